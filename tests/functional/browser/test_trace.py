"""A trace in a real browser: begun on the explorer, followed on its page, ended."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.functional.browser.axe import LOOKS, serious_findings
from tests.functional.browser.conftest import Publish, Watch
from tests.functional.conftest import Server
from tests.functional.subscriber import Subscriber

pytestmark = pytest.mark.browser


def begin(page: Page, server: Server, pattern: str) -> None:
    page.goto(f"{server.url}explorer/?instance=health&pattern={pattern}")
    page.get_by_label("Reason").fill("OPS-1320: nobody sees them")
    page.get_by_role("button", name="Trace", exact=True).click()
    expect(page).to_have_url(re.compile(r"/explorer/trace/t_[0-9a-f]{12}/"))
    expect(page.locator("#state")).to_have_text("Running")


class TestTrace:
    def test_tells_the_way_of_an_event_and_is_stopped(
        self, page: Page, server: Server, publish: Publish, mark: str
    ) -> None:
        with Subscriber(server) as follower:
            follower.subscribe("health", f"process_health:{mark}")
            begin(page, server, f"process_health:{mark}")
            expect(page.get_by_role("heading", name="Nothing came yet")).to_be_visible()

            [event] = publish("health", f"process_health:{mark}", "checked")

            card = page.locator(".traced")
            expect(card).to_have_count(1)
            expect(card).to_contain_text(event["id"])
            for word in ("Accepted", "Stored", "Broadcast", "Arrived", "Delivered"):
                expect(card.get_by_text(word, exact=True)).to_be_visible()
            expect(card).to_contain_text(follower.connected["connection"])
            assert serious_findings(page) == []

            page.get_by_label("Reason for stopping early").fill("found")
            page.get_by_role("button", name="Stop").click()
            expect(page.locator("#state")).to_have_text("Over")
            page.get_by_role("link", name="Back to the explorer").click()
            expect(page.locator("#traces")).to_contain_text(f"health process_health:{mark}")

    def test_that_is_unknown_is_told_so(self, page: Page, server: Server, watch: Watch) -> None:
        watch.expect("404 (Not Found)")
        page.goto(f"{server.url}explorer/trace/t_nothing/")

        expect(page.get_by_role("alert")).to_contain_text("has a trace")
        expect(page.locator("#state")).to_have_text("Not found")

    def test_says_why_it_did_not_begin(self, page: Page, server: Server, watch: Watch) -> None:
        watch.expect("400 (Bad Request)")
        page.goto(f"{server.url}explorer/?instance=health")
        page.get_by_label("Reason").fill("   ")
        page.get_by_role("button", name="Trace", exact=True).click()

        expect(page.locator("#trace-error")).to_contain_text("Say why")

    @LOOKS
    def test_fits_and_is_accessible(
        self, page: Page, server: Server, publish: Publish, mark: str, scheme: str, width: int
    ) -> None:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 900})
        begin(page, server, f"process_health:{mark}")
        publish("health", f"process_health:{mark}", "checked", count=3)

        expect(page.locator(".traced")).to_have_count(3)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert serious_findings(page) == []
        page.get_by_label("Reason for stopping early").fill("found")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#state")).to_have_text("Over")
