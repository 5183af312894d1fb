"""A compliance report, from the head of the page to paper: asked for, watched, read, printed and taken away."""

import csv
import hashlib
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.functional.browser.axe import serious_findings
from tests.functional.browser.conftest import Publish
from tests.functional.conftest import Server

pytestmark = pytest.mark.browser

MADE_MS = 90_000
"""Its process has to begin, and the machine may be busy."""


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def downloaded(page: Page, name: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("link", name=name, exact=True).click()
    return Path(download.value.path()).read_bytes()


class TestAReport:
    def test_finds_a_burst_that_was_published_a_moment_ago(
        self, page: Page, server: Server, publish: Publish, mark: str
    ) -> None:
        begins = datetime.now(UTC) - timedelta(seconds=2)
        for user in (f"={mark}", mark):
            data = {"user_id": user, "ip_address": "203.0.113.9", "outcome": "failure"}
            publish("security", "security_events:authentication", "authentication_failure", count=12, data=data)
        page.goto(server.url)
        page.get_by_role("link", name="Reports").click()
        page.get_by_label("From").fill("the day before yesterday")
        page.get_by_role("button", name="Make the report").click()
        expect(page.get_by_label("From")).to_have_accessible_description(
            re.compile("This is no day such as 2026-10-01")
        )
        assert serious_findings(page) == []

        page.get_by_label("From").fill(stamp(begins))
        page.get_by_label("To").fill(stamp(datetime.now(UTC)))
        page.get_by_label("To").press("Enter")

        expect(page.get_by_role("progressbar")).to_be_visible()
        heading = page.get_by_role("heading", level=1, name="Evidence review")
        expect(heading.locator("xpath=ancestor::article")).to_be_visible(timeout=MADE_MS)
        finding = page.locator("[data-kind=login-burst]").filter(has_text=f"as {mark} failed")
        expect(finding).to_contain_text("12 log-ins")
        expect(finding.get_by_role("link", name=re.compile(r"security \d+"))).to_have_count(10)
        page.get_by_role("navigation", name="Contents").get_by_role("link", name="Integrity statement").click()
        expect(page.locator("table[data-table=journals] tbody tr").first).to_contain_text("as it was sealed")
        for width, scheme in ((360, "dark"), (1440, "light")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.reload()
            assert serious_findings(page) == [], f"{width} px, {scheme}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        self._is_printed(page)
        self._is_taken_away(page, mark)

    def _is_printed(self, page: Page) -> None:
        page.emulate_media(media="print")
        expect(page.locator(".site")).to_be_hidden()
        expect(page.locator(".actions")).to_be_hidden()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        colours = page.evaluate(
            "[...new Set([...document.querySelectorAll('.report *')].map((each) => getComputedStyle(each).color))]"
        )
        assert all(red == green == blue for red, green, blue in (re.findall(r"\d+", each)[:3] for each in colours))
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
        page.emulate_media(media="screen")

    def _is_taken_away(self, page: Page, mark: str) -> None:
        lines = list(csv.reader(io.StringIO(downloaded(page, "CSV").decode("utf-8-sig"), newline="")))
        assert ["failed_logins", "users", f"'={mark}", "12"] in lines
        assert not [cell for line in lines for cell in line if cell[:1] in ("=", "+", "@")]
        shown = page.locator("dt", has_text="SHA-256").locator("xpath=following-sibling::dd").inner_text()
        assert hashlib.sha256(downloaded(page, "JSON")).hexdigest() == shown
