"""The API's documentation page: it works under the strict policy, and everything on it is the hub's own."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.functional.browser.conftest import Watch
from tests.functional.conftest import Server

pytestmark = pytest.mark.browser

PUBLISH = "#operations-instances-publish_events"


def summaries(page: Page, server: Server) -> list[str]:
    """Return what the OpenAPI document calls its operations, sorted."""
    document = page.request.get(f"{server.url}api/v1/schema/", headers={"Accept": "application/json"}).json()
    return sorted(operation["summary"] for path in document["paths"].values() for operation in path.values())


class TestTheApiDocs:
    def test_lead_a_visitor_to_the_log_in_page_and_back(self, visitor: Page, server: Server) -> None:
        docs = f"{server.url.rstrip('/')}/api/v1/docs/"
        visitor.goto(docs)

        visitor.get_by_label("User name").fill(server.operator.name)
        visitor.get_by_label("Password").fill(server.operator.password)
        visitor.get_by_role("button", name="Log in").click()

        visitor.wait_for_url(docs)
        expect(visitor.locator(".opblock-summary").first).to_be_visible()

    def test_show_every_operation_with_the_hub_s_own_files_alone(
        self, page: Page, server: Server, watch: Watch
    ) -> None:
        page.goto(f"{server.url.rstrip('/')}/api/v1/docs/")

        documented = summaries(page, server)
        shown = page.locator(".opblock-summary-description")
        expect(shown).to_have_count(len(documented))
        assert sorted(shown.all_inner_texts()) == documented
        assert {"The ten instances", "Publish", "Event types"} <= set(documented)
        # The icons come from data: addresses, which the policy allows on this page alone.
        assert page.locator("svg").count() > 0
        assert watch.foreign == []
        assert watch.complaints == []

    def test_publish_an_event_for_the_reader_who_is_logged_in(self, page: Page, server: Server) -> None:
        page.goto(f"{server.url.rstrip('/')}/api/v1/docs/")

        page.locator(f"{PUBLISH} .opblock-summary-control").click()
        page.locator(f"{PUBLISH} .try-out__btn").click()
        page.locator(f"{PUBLISH} tr[data-param-name=instance] input").fill("health")
        with page.expect_response("**/events/") as answered:
            page.locator(f"{PUBLISH} button.execute").click()

        assert answered.value.status == 202
        assert json.loads(answered.value.body())["accepted"] == 1
        expect(page.locator(f"{PUBLISH} .live-responses-table .response .response-col_status")).to_contain_text("202")
