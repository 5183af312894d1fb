"""An auditor sees on an entry's page who saw it, and an operator on an instance's what recording that costs."""

import time
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from instances.config import REFRESH_SECONDS
from tests.functional.browser.axe import serious_findings
from tests.functional.browser.conftest import Watch
from tests.functional.conftest import Server
from tests.functional.doors import IN_TWO_PROCESSES
from tests.functional.subscriber import Subscriber

pytestmark = pytest.mark.browser

PATIENCE_SECONDS: Final = 20.0
TOPIC: Final = "audit_trail:user_actions"


def open_entry(page: Page, server: Server, id: str) -> None:
    page.goto(f"{server.url}admin/journal/auditentry/?q={id}")
    page.locator("#result_list tbody th a").first.click()
    expect(page.get_by_role("heading", name="Who saw it")).to_be_visible()


def open_entry_until(page: Page, server: Server, id: str, text: str) -> None:
    """Open the entry's page until it says so, which takes about a second."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    open_entry(page, server, id)
    while text not in page.locator("#who-saw").inner_text():
        assert time.monotonic() < deadline, page.locator("#who-saw").inner_text()
        page.wait_for_timeout(200)
        page.reload()


def switch(page: Page, server: Server, *, on: bool) -> None:
    page.goto(f"{server.url}admin/instances/instanceconfig/")
    page.get_by_role("link", name="audit", exact=True).click()
    page.get_by_label("Who saw it").set_checked(on)
    page.get_by_label("Why").fill("OPS-1401: it takes too much room.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("changed successfully")


def publish_until_unrecorded(page: Page, server: Server, follower: Subscriber) -> None:
    """Publish until an event's page says that it isn't recorded: each process hears of a switch by itself."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        id = follower.publish("audit", TOPIC, "told")["id"]
        follower.expect_event(id=id)
        open_entry(page, server, id)
        told = page.locator("#who-saw").inner_text()
        if "It was not recorded who saw events when this one came." in told:
            return
        assert time.monotonic() < deadline, told


class TestWhoSaw:
    def test_stands_on_the_page_of_an_entry(self, page: Page, server: Server, door: Server, watch: Watch) -> None:
        with Subscriber(door) as mindful, Subscriber(server) as silent:
            told = mindful.subscribe("audit", TOPIC, durable="siem")
            silent.subscribe("audit", "*")
            id = mindful.publish("audit", TOPIC, "told")["id"]
            event = mindful.expect_event(id=id)
            silent.expect_event(id=id)
            at = {event["stream"]: f"{event['epoch']}:{event['offset']}"}
            mindful.say("ack", {"sub": told["sub"], "positions": at})
            mine, theirs = mindful.connected["connection"], silent.connected["connection"]

            open_entry_until(page, server, id, mine)
            open_entry_until(page, server, id, theirs)
            row = page.locator("#who-saw tbody tr").filter(has_text=mine)
            expect(row).to_contain_text("token gater-1")
            expect(row).to_contain_text("durable as siem")
            expect(row).to_contain_text("live")
            expect(row.locator("td").last).to_contain_text("UTC")
            other = page.locator("#who-saw tbody tr").filter(has_text=theirs)
            expect(other.locator("td").last).to_have_text("no")
            expect(page.locator("#who-saw")).to_contain_text("it was recorded who saw events, since")

        assert serious_findings(page) == []

    @IN_TWO_PROCESSES
    def test_is_not_said_to_be_nobody_while_it_is_switched_off(
        self, page: Page, server: Server, door: Server, watch: Watch
    ) -> None:
        switch(page, server, on=False)
        page.locator("#result_list").get_by_role("link", name="audit", exact=True).click()
        expect(page.locator("#seen-cost")).to_contain_text("Recording who saw it is off.")
        expect(page.locator("#seen-cost")).to_contain_text("rows are kept, about")
        assert serious_findings(page) == []
        with Subscriber(door) as follower:
            follower.subscribe("audit", TOPIC)

            publish_until_unrecorded(page, server, follower)
            expect(page.locator("#who-saw")).to_contain_text(
                "recording is switched off. Who got this event then is not listed."
            )
            # The first of them came at the edge, where the other process still wrote down who got it.
            page.wait_for_timeout(REFRESH_SECONDS * 1_000)
            id = follower.publish("audit", TOPIC, "told")["id"]
            follower.expect_event(id=id)
            open_entry(page, server, id)
            expect(page.locator("#who-saw table")).to_have_count(0)

        switch(page, server, on=True)
        page.locator("#result_list").get_by_role("link", name="audit", exact=True).click()
        expect(page.locator("#seen-cost")).to_contain_text("Recording who saw it is on.")
        expect(page.get_by_role("row").filter(has_text="who saw it is recorded: yes → no")).to_have_count(1)

    @IN_TWO_PROCESSES
    def test_can_not_be_switched_on_where_nothing_is_kept(
        self, page: Page, server: Server, door: Server, watch: Watch
    ) -> None:
        page.goto(f"{server.url}admin/instances/instanceconfig/")
        page.get_by_role("link", name="health", exact=True).click()
        expect(page.get_by_text("health has no journal").first).to_be_visible()
        expect(page.locator("#seen-cost")).to_have_count(0)

        page.get_by_label("Who saw it").check()
        page.get_by_label("Why").fill("Somebody asks.")
        page.get_by_role("button", name="Save", exact=True).click()

        expect(page.locator(".errorlist").filter(has_text="health has no journal")).to_be_visible()
