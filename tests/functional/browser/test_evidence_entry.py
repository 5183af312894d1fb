"""The page of an entry: what was tampered with shows where it was, and what is not sealed yet is waited for."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.functional.browser.axe import serious_findings
from tests.functional.browser.evidence_page import step, verdict
from tests.functional.conftest import Server

pytestmark = pytest.mark.browser


def changed_answer(page: Page, change: Callable[[dict[str, Any]], None]) -> None:
    """Have the hub's proofs changed on their way to the page."""

    def tamper(route: Route) -> None:
        answer = route.fetch()
        said = answer.json()
        if said["state"] == "sealed":
            change(said)
        route.fulfill(response=answer, body=json.dumps(said))

    page.route("**/proof/", tamper)


def turned(text: str) -> str:
    data = bytearray(base64.b64decode(text))
    data[7] ^= 1
    return base64.b64encode(data).decode()


class TestAnEntry:
    @pytest.mark.parametrize(
        ("name", "change"),
        [
            ("leaf", lambda said: said.update(leaf_hash=turned(said["leaf_hash"]))),
            ("path", lambda said: said.update(inclusion=[turned(said["inclusion"][0]), *said["inclusion"][1:]])),
            ("signature", lambda said: said.update(checkpoint=re.sub(r"time=\d", "time=9", said["checkpoint"]))),
        ],
    )
    def test_that_was_tampered_with_is_shown_red_at_the_right_step(
        self, page: Page, server: Server, name: str, change: Callable[[dict[str, Any]], None]
    ) -> None:
        changed_answer(page, change)
        page.goto(f"{server.url}evidence/audit/entries/0/")

        expect(verdict(page, "failed")).to_contain_text("Not proven")
        failed = step(page, name, "failed")
        bad = page.evaluate("getComputedStyle(document.querySelector('.verdict')).color")
        assert failed.locator("h3").evaluate("(heading) => getComputedStyle(heading).color") == bad
        expect(failed.locator("dl")).to_be_visible()
        expect(page.locator("#steps [data-state=skipped]").first).to_contain_text("it rests on the step that failed")
        assert serious_findings(page) == []

    def test_whose_bytes_were_changed_does_not_pass(self, page: Page, server: Server) -> None:
        def tamper(route: Route) -> None:
            answer = route.fetch()
            route.fulfill(
                response=answer, body=answer.text().replace("schema_version&quot;:1", "schema_version&quot;:2")
            )

        page.route("**/entries/0/", tamper)
        page.goto(f"{server.url}evidence/audit/entries/0/")

        verdict(page, "failed")
        step(page, "event", "ok")
        step(page, "leaf", "failed")

    def test_that_is_not_sealed_yet_says_so_and_renews_itself(self, page: Page, server: Server) -> None:
        address = f"{server.url}evidence/audit/entries/0/"
        answers = [{"state": "waiting"}, {"state": "numbered", "index": 7}]
        page.route("**/proof/", lambda route: route.fulfill(json=answers[0]))

        def unsealed(route: Route) -> None:
            answer = route.fetch()
            route.fulfill(response=answer, body=re.sub(r' data-index="\d+"', "", answer.text()))

        page.route("**/entries/0/", unsealed)
        page.goto(address)
        expect(verdict(page, "now")).to_contain_text("committed, and not yet sealed")

        page.unroute("**/entries/0/", unsealed)
        del answers[0]
        expect(page.locator("#proof")).to_have_attribute("data-index", re.compile(r"\d+"))
        expect(verdict(page, "now")).to_contain_text("It has its place, entry 7.")
        page.unroute("**/proof/")
        verdict(page, "ok")
