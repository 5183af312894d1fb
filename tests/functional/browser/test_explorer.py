"""The explorer in a real browser: what goes through the hub, and what a pattern would bring."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.functional.browser.axe import LOOKS, serious_findings
from tests.functional.browser.conftest import Publish, Watch
from tests.functional.conftest import Server
from tests.functional.subscriber import Subscriber

pytestmark = pytest.mark.browser


def open_explorer(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.url}explorer/{query}")
    expect(page.locator("#state")).to_have_text("Live")


class TestExplorer:
    def test_shows_what_enters_and_leads_to_it(self, page: Page, server: Server, publish: Publish, mark: str) -> None:
        page.goto(server.url)
        page.get_by_role("link", name="Explorer").click()
        page.get_by_label("Instance", exact=True).select_option("health")
        page.get_by_label("Pattern").fill(f"process_health:{mark}:*")
        [event] = publish("health", f"process_health:{mark}:api", "checked")

        row = page.locator("#topics tbody tr")
        expect(row).to_have_count(1)
        expect(row).to_contain_text(f"process_health:{mark}:api")
        expect(row).to_contain_text("checked")
        expect(page.locator("#families tbody tr").first).to_contain_text("process_health")
        expect(page.locator("[data-figure=topics]")).to_have_text("1")
        expect(page).to_have_url(re.compile(rf"instance=health&pattern=process_health:{mark}:\*"))
        expect(row.get_by_role("link", name="checked")).to_have_attribute(
            "href", f"/instances/health/?pattern=process_health:{mark}:api&event={event['id']}"
        )
        page.get_by_role("link", name="Follow", exact=True).click()
        expect(page).to_have_url(re.compile(rf"/instances/health/\?pattern=process_health:{mark}:\*"))

    def test_tells_who_listens(self, page: Page, server: Server, publish: Publish, mark: str) -> None:
        with Subscriber(server) as follower:
            follower.subscribe("events", f"business_events:{mark}")
            publish("events", f"business_events:{mark}", "ordered")
            open_explorer(page, server, f"?instance=events&pattern=business_events:{mark}")

            page.get_by_role("button", name=f"1 listen to business_events:{mark}: who?").click()

            dialog = page.get_by_role("dialog")
            expect(dialog).to_contain_text(follower.connected["connection"])
            expect(dialog).to_contain_text(f"events business_events:{mark}")
            assert serious_findings(page) == []
            page.keyboard.press("Escape")
            expect(dialog).to_be_hidden()

    def test_says_at_once_what_is_wrong_with_a_pattern(self, page: Page, server: Server, watch: Watch) -> None:
        watch.expect("400 (Bad Request)")
        open_explorer(page, server)

        page.get_by_label("Pattern").fill("sub*:x")

        expect(page.get_by_role("alert").filter(has_text="must be a whole segment")).to_be_visible()
        expect(page.get_by_label("Pattern")).to_have_attribute("aria-invalid", "true")
        page.get_by_label("Pattern").fill("subscription_health:*")
        expect(page.locator("#pattern-error")).to_be_empty()
        expect(page.locator("#state")).to_have_text("Live")

    def test_holds_still_on_pause(self, page: Page, server: Server, publish: Publish, mark: str) -> None:
        open_explorer(page, server, f"?instance=system&pattern=system_status:{mark}")
        expect(page.get_by_role("heading", name="No topic was seen")).to_be_visible()

        page.get_by_role("button", name="Pause").click()
        publish("system", f"system_status:{mark}", "told")
        expect(page.locator("#state")).to_have_text("Paused")
        expect(page.locator("#topics tbody tr")).to_have_count(0)
        page.get_by_role("button", name="Pause").click()

        expect(page.locator("#topics tbody tr")).to_have_count(1)

    def test_keeps_the_keyboard_where_it_is(self, page: Page, server: Server, publish: Publish, mark: str) -> None:
        for name in ("a", "b"):
            publish("system", f"system_status:{mark}:{name}", "told")
        open_explorer(page, server, f"?instance=system&pattern=system_status:{mark}:*")
        page.get_by_role("button", name=f"system_status:{mark}:b").focus()

        publish("system", f"system_status:{mark}:b", "told_more", count=50)

        expect(page.locator("#topics")).to_contain_text("told_more")
        expect(page.get_by_role("button", name=f"system_status:{mark}:b")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_label("Pattern")).to_have_value(f"system_status:{mark}:b")

    @LOOKS
    def test_fits_and_is_accessible(
        self, page: Page, server: Server, publish: Publish, scheme: str, width: int
    ) -> None:
        publish("health", "process_health:" + "a-long-name-" * 8, "checked", count=3)
        publish("health", "proces_health:api", "checked")
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 900})

        open_explorer(page, server, "?instance=health")

        expect(page.locator("#families")).to_contain_text("did you mean")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert serious_findings(page) == []
