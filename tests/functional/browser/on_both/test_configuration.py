"""An operator configures an instance in a real browser, and every process goes by it within two seconds."""

import time
from collections.abc import Callable
from typing import Any, Final, Self

import pytest
from playwright.sync_api import Page, expect

from instances.config import REFRESH_SECONDS
from tests.functional.browser.axe import serious_findings
from tests.functional.browser.conftest import Watch
from tests.functional.conftest import Server
from tests.functional.subscriber import Subscriber, post

pytestmark = pytest.mark.browser

MARGIN_SECONDS: Final = 3.0
"""For a machine that is busy with something else."""


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

    def test_spreads_a_busy_family_and_nobody_who_follows_misses_anything(
        self, page: Page, server: Server, door: Server, watch: Watch
    ) -> None:
        with Subscriber(server) as follower, Subscriber(door) as elsewhere, Flood(door) as flood:
            followers = (follower, elsewhere)
            before = [each.subscribe("events", "event_stream:*")["streams"].keys() for each in followers]
            flood.publish()
            open_instance(page, server, "events")
            page.get_by_label("event_stream (streams)").fill("4")
            page.get_by_label("Why").fill("OPS-1205: one stream is too slow for it.")
            page.get_by_role("button", name="Save", exact=True).click()
            expect(page.locator(".messagelist")).to_contain_text("changed successfully")
            assert serious_findings(page) == []
            flood.publish_until(lambda stream: stream.endswith((".0", ".1", ".2", ".3")))
            flood.publish()

            for each, streams in zip(followers, before, strict=True):
                each.expect_event(id=flood.ids[-1])
                each.settled("events")
                of_flood = [event for event in each.events if event["event_type"] == FLOODED]
                assert sorted(event["id"] for event in of_flood) == sorted(flood.ids)
                assert each.of("gap") == []
                assert len({event["stream"] for event in of_flood} | set(streams)) > 1
                assert each.of("extended")

        open_instance(page, server, "events")
        row = page.get_by_role("row").filter(has_text="OPS-1205")
        expect(row).to_contain_text("streams of event_stream: the catalog's → 4")
        page.get_by_label("Why").fill("One is enough.")
        row.get_by_role("button", name="To before this").click()
        expect(page.locator(".messagelist")).to_contain_text("goes by what was set before")

    def test_says_what_is_given_up_and_tells_those_who_follow(
        self, page: Page, server: Server, door: Server, watch: Watch
    ) -> None:
        with Subscriber(door) as follower:
            assert follower.subscribe("logging", "*")["policy"] == "drop_oldest"
            open_instance(page, server, "logging")
            page.get_by_label("When a subscriber's queue is full").select_option("drop_newest")
            page.get_by_label("Why").fill("OPS-1206: how it began matters.")
            page.get_by_role("button", name="Save", exact=True).click()

            told = follower.expect(lambda frame: "policy" in frame)["policy"]

            assert told == {"sub": "s1", "policy": "drop_newest"}


FLOODED: Final = "flooded"


class Flood:
    """A publisher of events of many topics of one family, which remembers what it published."""

    def __init__(self, door: Server) -> None:
        self.ids: list[str] = []
        self._publisher = Subscriber(door)
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._publisher.close()

    def publish(self, batches: int = 20) -> None:
        for _ in range(batches):
            self._publish()

    def publish_until(self, into: Callable[[str], bool]) -> None:
        """Publish until events enter such a stream, for no longer than a change may take."""
        began = time.monotonic()
        while not any(into(stream) for stream in self._publish()):
            assert time.monotonic() - began < REFRESH_SECONDS + MARGIN_SECONDS
            # Those who follow read only later, and nothing may be dropped for them.
            time.sleep(0.05)

    def _publish(self) -> list[str]:
        self._number += 1
        topics = [f"event_stream:order-{self._number}-{each}" for each in range(20)]
        receipts = self._publisher.publish_all("events", [{"topic": t, "event_type": FLOODED} for t in topics])
        self.ids += [receipt["id"] for receipt in receipts]
        return [receipt["stream"] for receipt in receipts]
