"""Looking an event type up on the page of its instance."""

import re

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from instances.schemas.registry import types_of
from tests.functional.conftest import Server

pytestmark = pytest.mark.browser


class TestLookingUp:
    def test_opens_the_type_that_the_address_names(self, page: Page, server: Server) -> None:
        page.goto(f"{server.url}instances/health/types/#registration_success")

        opened = page.locator("details.type[open]")
        expect(opened).to_have_count(1)
        expect(opened).to_have_attribute("data-type", "registration_success")
        expect(opened.locator("summary").first).to_be_in_viewport()

    def test_opens_a_type_from_the_index(self, page: Page, server: Server) -> None:
        page.goto(f"{server.url}instances/metrics/types/")
        expect(page.locator("details.type[open]")).to_have_count(0)

        page.get_by_role("navigation", name="Event types").get_by_role("link", name="latency_measured").click()

        expect(page.locator("details.type[open]")).to_have_attribute("data-type", "latency_measured")

    def test_narrows_both_list_and_index_while_words_are_typed(self, page: Page, server: Server) -> None:
        page.goto(f"{server.url}instances/metrics/types/")

        page.get_by_label("Search the types").fill("PROCESSOR use")

        expect(page.locator("details.type:visible h2")).to_have_text(["Resource use", "Processor use"])
        expect(page.locator(".index a:visible")).to_have_text(["resource_usage", "cpu_usage"])
        expect(page.get_by_role("status").filter(has_text="types")).to_have_text(
            f"2 of {len(types_of('metrics'))} types"
        )

    def test_says_so_when_nothing_is_found(self, page: Page, server: Server) -> None:
        page.goto(f"{server.url}instances/metrics/types/")

        page.get_by_label("Search the types").fill("no such words")

        expect(page.get_by_text("No type has these words.")).to_be_visible()
        expect(page.locator("details.type:visible")).to_have_count(0)

    def test_leads_a_visitor_to_the_log_in_and_back(self, visitor: Page, server: Server) -> None:
        visitor.goto(f"{server.url}instances/health/types/")

        expect(visitor).to_have_url(re.compile(r"/accounts/login/\?next=/instances/health/types/$"))

    def test_needs_no_script(self, browser: Browser, operators_cookies: StorageState, server: Server) -> None:
        context = browser.new_context(java_script_enabled=False, storage_state=operators_cookies)
        page = context.new_page()
        page.goto(f"{server.url}instances/metrics/types/?q=latency_measured")

        expect(page.locator("details.type")).to_have_count(1)
        expect(page.get_by_text("From the question to the answer.")).to_be_visible()
        expect(page.get_by_role("button", name="Publish a test event")).to_have_count(0)
        context.close()
