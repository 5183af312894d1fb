"""An operator limits how long events stay, in a real browser, and they go though nothing new comes."""

import json
import time
import urllib.parse
import urllib.request
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from instances.retention.purging import PURGE_SECONDS
from tests.functional.browser.axe import serious_findings
from tests.functional.browser.conftest import Watch
from tests.functional.conftest import Server
from tests.functional.subscriber import post

pytestmark = pytest.mark.browser

AT_MOST_SECONDS: Final = 10
MARGIN_SECONDS: Final = 15.0
"""For a machine that is busy with something else."""


def kept(server: Server, topic: str) -> int:
    """Return how many events of a topic can still be read."""
    request = urllib.request.Request(
        f"{server.url}api/v1/instances/health/events/?topic={urllib.parse.quote(topic)}",
        headers={"Authorization": f"Bearer {server.token}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return len(json.load(answer)["results"])


def fill_in(page: Page, server: Server) -> None:
    page.goto(f"{server.url}admin/instances/retentionpolicy/add/")
    page.get_by_label("Name:").fill("Shops")
    page.get_by_label("Instance:").select_option("health")
    page.get_by_label("Pattern:").fill("process_health:*")
    page.get_by_label("At most:").fill(f"{AT_MOST_SECONDS} seconds")
    page.get_by_label("Rule:").fill("GDPR art. 5(1)(e)")


class TestRetentionPolicy:
    def test_is_previewed_then_set_and_purges_a_quiet_stream(
        self, page: Page, server: Server, door: Server, watch: Watch
    ) -> None:
        for number in range(4):
            event = {"topic": "process_health:shop", "event_type": "checked", "data": number}
            assert post(door, "health", event)[0] == 202
        published = time.monotonic()
        assert post(door, "health", {"topic": "subscription_health:a:b", "event_type": "checked"})[0] == 202
        # What is told is of events that are too old by the policy, which these are not before its age has passed.
        page.wait_for_timeout((AT_MOST_SECONDS + 1) * 1_000)

        fill_in(page, server)
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_role("heading", name="Preview: nothing is saved")).to_be_visible()
        row = page.get_by_role("row").filter(has_text="health.process_health")
        expect(row).to_contain_text("4 events")
        expect(row).to_contain_text("within 30 seconds")
        assert serious_findings(page) == []
        assert kept(door, "process_health:*") == 4

        page.get_by_label("Why:").fill("DPO-31: shops log names of customers.")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".messagelist")).to_contain_text("was added successfully")
        expect(page.get_by_role("heading", name="The next purge, by all active policies")).to_be_visible()
        assert serious_findings(page) == []
        page.set_viewport_size({"width": 360, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert serious_findings(page) == []
        page.set_viewport_size({"width": 1440, "height": 900})

        deadline = time.monotonic() + PURGE_SECONDS + MARGIN_SECONDS
        while kept(door, "process_health:*"):
            assert time.monotonic() < deadline, f"{time.monotonic() - published:.0f} s after they were published"
            time.sleep(0.2)
        assert kept(server, "subscription_health:*") == 1

        page.locator("#result_list").get_by_role("link", name="Shops").click()
        expect(page.get_by_role("row").filter(has_text="DPO-31")).to_contain_text(server.operator.name)
        expect(page.get_by_role("row").filter(has_text="health.process_health")).to_contain_text("0 events")
        page.set_viewport_size({"width": 360, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.get_by_role("link", name="Delete").click()
        page.get_by_label("Why:").fill("The shops no longer do.")
        assert serious_findings(page) == []
        page.get_by_role("button", name="Delete it").click()
        expect(page.locator(".messagelist")).to_contain_text("“Shops” is deleted")
        expect(page.get_by_role("row").filter(has_text="The shops no longer do.")).to_contain_text("Deleted.")
