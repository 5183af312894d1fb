"""The first page: ten instances, their figures moving while somebody looks."""

import re

import pytest
from playwright.sync_api import Page, expect

from instances.catalog import INSTANCES
from tests.functional.browser.conftest import Publish, Watch
from tests.functional.conftest import Server

pytestmark = pytest.mark.browser


class TestOverview:
    def test_names_the_ten_in_order_with_what_each_is_for(self, page: Page) -> None:
        rows = page.locator("#instances tbody tr")

        expect(rows).to_have_count(10)
        for place, spec in enumerate(INSTANCES):
            row = rows.nth(place)
            expect(row.get_by_role("link")).to_have_text(spec.name)
            expect(row.get_by_role("rowheader")).to_contain_text(spec.title)
            expect(row.get_by_role("rowheader")).to_contain_text(spec.purpose)
            expect(row).to_contain_text(spec.delivery.name)

    def test_moves_its_figures_when_events_are_published(self, page: Page, publish: Publish) -> None:
        row = page.locator("tr[data-instance=diagnostics]")
        expect(row.locator(".state")).to_have_text("up")
        before = int(row.locator(".total").inner_text().replace(",", ""))

        publish("diagnostics", "diagnostics:memory_analysis", "memory_snapshot", count=40)

        expect(row.locator(".total")).to_have_text(f"{before + 40:,}")
        expect(row.locator(".ten")).not_to_have_text("0")
        expect(row.locator("polyline")).to_have_attribute("points", re.compile(r"^\d+,[\d.]+ \d+,[\d.]+"))
        expect(row.locator(".newest")).to_contain_text("memory_snapshot")
        expect(row.locator(".newest")).to_contain_text("diagnostics:memory_analysis")
        expect(page.locator("#totals")).to_contain_text("10 of 10 up")

    def test_leads_from_a_row_to_the_instance(self, page: Page) -> None:
        # The link lies over the whole row, which Playwright would take for an obstacle.
        page.locator("tr[data-instance=metrics] .newest").click(force=True)

        expect(page).to_have_url(re.compile("/instances/metrics/$"))

    def test_shows_a_command_that_publishes_to_this_very_hub(self, page: Page, server: Server) -> None:
        expect(page.locator("#curl")).to_contain_text(f"{server.url}api/v1/instances/health/events/")

    def test_says_so_when_the_hub_does_not_answer_and_goes_on_when_it_does(self, page: Page, watch: Watch) -> None:
        watch.expect("Failed to load resource")
        expect(page.locator("#state")).to_have_text("Live")

        page.route("**/api/v1/instances/", lambda route: route.fulfill(status=503))
        expect(page.get_by_role("alert")).to_contain_text("The hub gives no figures: it answered 503.")
        expect(page.locator("#state")).to_have_text("No answer")
        page.unroute("**/api/v1/instances/")

        expect(page.locator("#state")).to_have_text("Live")
        expect(page.get_by_role("alert")).to_be_hidden()

    def test_offers_the_log_in_when_the_session_has_ended(self, page: Page, watch: Watch) -> None:
        watch.expect("Failed to load resource")

        page.context.clear_cookies()

        expect(page.get_by_role("alert")).to_contain_text("Your log-in has ended.")
        expect(page.get_by_role("link", name="Log in again")).to_be_visible()

    @pytest.mark.parametrize("width", [360, 768, 1440])
    def test_fits_the_width(self, page: Page, width: int) -> None:
        page.set_viewport_size({"width": width, "height": 800})

        assert page.evaluate("document.documentElement.scrollWidth") <= width
