"""An operator configures an instance in a real browser, and every process goes by it within two seconds."""

import time
from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from instances.config import REFRESH_SECONDS
from tests.functional.browser.axe import serious_findings
from tests.functional.browser.conftest import Watch
from tests.functional.browser.doors import MEMORY, REDIS, two_doors
from tests.functional.conftest import Server
from tests.functional.subscriber import post

pytestmark = pytest.mark.browser

MARGIN_SECONDS: Final = 3.0
"""For a machine that is busy with something else."""


@pytest.fixture(scope="module", params=[MEMORY, REDIS])
def processes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    """Give the process that serves the pages and the one that events enter by."""
    with two_doors(request, tmp_path_factory.mktemp("configuration")) as doors:
        yield doors


@pytest.fixture(scope="module")
def server(processes: tuple[Server, Server]) -> Server:
    return processes[0]


@pytest.fixture(scope="module")
def door(processes: tuple[Server, Server]) -> Server:
    return processes[1]


def event(size: int) -> dict[str, Any]:
    return {"topic": "process_health:api", "event_type": "checked", "data": {"text": "x" * size}}


def until_answered(door: Server, status: int) -> None:
    """Publish until that is the answer, for no longer than a change may take."""
    began = time.monotonic()
    while True:
        told, answer = post(door, "health", event(4_000))
        if told == status:
            return
        assert time.monotonic() - began < REFRESH_SECONDS + MARGIN_SECONDS, answer
        time.sleep(0.05)


def open_instance(page: Page, server: Server, name: str) -> None:
    page.goto(f"{server.url}admin/instances/instanceconfig/")
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name="Limits")).to_be_visible()


class TestConfiguration:
    def test_is_changed_holds_in_every_process_and_is_taken_back(
        self, page: Page, server: Server, door: Server, watch: Watch
    ) -> None:
        assert post(door, "health", event(4_000))[0] == 202
        open_instance(page, server, "health")
        page.get_by_label("Largest event (bytes)").fill("2048")
        page.get_by_label("Why").fill("OPS-1204: some client sends whole files.")
        page.get_by_role("button", name="Save", exact=True).click()
        until_answered(door, 413)
        status, problem = post(door, "health", event(4_000))
        assert (status, problem["code"]) == (413, "too_large")
        assert "2,048" in problem["detail"]

        open_instance(page, server, "health")
        row = page.get_by_role("row").filter(has_text="OPS-1204")
        expect(row).to_contain_text("largest event: the catalog's → 2,048")
        expect(row).to_contain_text(server.operator.name)
        page.get_by_label("Why").fill("The client is mended.")
        row.get_by_role("button", name="To before this").click()
        expect(page.locator(".messagelist")).to_contain_text("goes by what was set before")
        until_answered(door, 202)

        assert serious_findings(page) == []

    def test_that_would_break_evidence_is_refused_at_its_field(
        self, page: Page, server: Server, door: Server, watch: Watch
    ) -> None:
        open_instance(page, server, "audit")

        page.get_by_label("History (events)").fill("500")
        page.get_by_label("Why").fill("It takes too much room.")
        page.get_by_role("button", name="Save", exact=True).click()

        expect(page.get_by_text("Nothing of audit may be dropped").first).to_be_visible()
        expect(page.get_by_label("History (events)")).to_have_value("500")
