"""Working on a console: narrowing it, going back, pausing, handing a view on; and what is missing told in its place."""

import json
import re
import time
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from tests.functional.browser.axe import serious_findings
from tests.functional.browser.conftest import Publish
from tests.functional.browser.console_page import ConsolePage
from tests.functional.browser.evidence_page import verdict
from tests.functional.browser.follower import Line
from tests.functional.doors import IN_MEMORY

pytestmark = pytest.mark.browser

STORY_SECONDS: Final = 20.0
STORY_CLICKS: Final = 5
GAP: Final = {
    "stream": "security.security_events",
    "epoch": "e",
    "from": 71,
    "to": 131,
    "next": "e:131",
    "lost": 12,
    "reason": "slow",
}
AUTHENTICATION: Final = "security_events:authentication"


def failed(publish: Publish, user: str, address: str, *, count: int = 1) -> list[str]:
    """Have a log-in fail, and return the ids of the events."""
    data = {"user_id": user, "ip_address": address, "reason": "invalid_credentials"}
    return [
        each["id"] for each in publish("security", AUTHENTICATION, "authentication_failure", data=data, count=count)
    ]


class Clicks:
    """Clicks as a person makes them, counted and timed."""

    def __init__(self) -> None:
        self.count = 0
        self._begun = time.monotonic()

    def on(self, target: Any) -> None:
        target.click()
        self.count += 1

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begun


class TestAnAlert:
    def test_leads_to_who_from_where_what_else_and_the_record_in_five_clicks_and_twenty_seconds(
        self, console: ConsolePage, publish: Publish, mark: str
    ) -> None:
        user, address = f"{mark}-mallory", f"2001:db8::{mark[1:5]}"
        failed(publish, user, address, count=3)
        resource = {"user_id": user, "action": "delete_subscription", "resource": "subscription_123"}
        publish("audit", "audit_trail:user_actions", "user_action", data=resource)
        publish("logging", f"logs:{mark}:warning", "log_written", data={"message": "let in", "user": user})
        console.follow("soc")
        expect(console.row(user).first).to_be_visible()
        clicks = Clicks()

        clicks.on(console.row(user).filter(has_text="authentication_failure").first)
        expect(console.fact("Who")).to_contain_text(user)
        expect(console.fact("From")).to_contain_text(address)
        clicks.on(console.page.get_by_role("link", name=f"Whole story of {user}"))
        expect(console.page.get_by_role("heading", level=1)).to_contain_text(user)
        expect(console.rows).to_have_count(5)
        assert {console.rows.nth(each).locator(".instance").inner_text() for each in range(5)} == {
            "security",
            "audit",
            "logging",
        }
        clicks.on(console.row("delete_subscription").first)
        expect(console.fact("Id")).not_to_be_empty()
        id = console.fact("Id").inner_text()
        clicks.on(console.fact("Record").get_by_role("link"))
        expect(console.page).to_have_url(re.compile(f"/evidence/audit/entries/{id}/"))
        expect(verdict(console.page, "ok")).to_contain_text("Proven", timeout=20_000)

        assert clicks.count <= STORY_CLICKS
        assert clicks.seconds <= STORY_SECONDS


@IN_MEMORY
class TestNarrowing:
    def test_by_a_count_concerns_every_panel_and_stands_in_the_address(
        self, console: ConsolePage, publish: Publish, mark: str
    ) -> None:
        ids = failed(publish, f"{mark}-a", f"{mark}.example", count=2) + failed(publish, f"{mark}-b", f"{mark}.example")
        failed(publish, f"{mark}-b", f"{mark}.elsewhere", count=4)
        console.follow("soc", f"?text={mark}")
        origin, user = console.panel("Failures by origin"), console.panel("Failures by user")
        expect(origin.locator(".top-row")).to_have_text([f"{mark}.elsewhere4", f"{mark}.example3"])

        origin.get_by_text(f"{mark}.example").click()

        expect(console.chips).to_have_text(f"from: {mark}.example ✕")
        expect(console.count).to_contain_text("3 of ")
        assert sorted(console.ids(3)) == sorted(ids)
        expect(user.locator(".top-row")).to_have_text([f"{mark}-a2", f"{mark}-b1"])
        console.page.reload()
        assert sorted(console.ids(3)) == sorted(ids)
        console.chips.click()
        expect(console.rows).to_have_count(7)
        # What comes goes through the same filter, live.
        console.text.fill("nothing of that kind")
        expect(console.page.locator(".empty-what").first).to_have_text("No event passes the filter.")
        console.press("Escape", "x")
        expect(console.chips).to_have_count(0)
        expect(console.row(mark).first).to_be_visible()


class TestTime:
    def test_goes_back_and_on_and_a_link_holds_it(self, console: ConsolePage, publish: Publish, mark: str) -> None:
        console.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        before = failed(publish, mark, "203.0.113.7", count=2)
        console.follow("soc", f"?text={mark}")
        assert sorted(console.ids(2)) == sorted(before)
        expect(console.panel("Failures by user").locator(".top-number")).to_have_text("2")

        console.press("c")
        expect(console.page.locator("#said")).to_have_text("Link to this view at this time copied.")
        link = console.page.evaluate("navigator.clipboard.readText()")
        assert re.search(rf"/consoles/soc/\?text={mark}&at=\d{{13}}$", link)
        failed(publish, mark, "203.0.113.7")
        expect(console.rows).to_have_count(3)

        console.page.goto(link)
        expect(console.state).to_have_text("Past")
        assert sorted(console.ids(2)) == sorted(before)
        console.press("[")
        expect(console.page).to_have_url(re.compile(r"at=\d+"))
        console.press("[", "[")
        expect(console.rows).to_have_count(0)
        expect(console.page.locator(".empty-what").first).to_have_text("No event passes the filter.")
        console.press("l")
        expect(console.state).to_have_text("Live")
        expect(console.rows).to_have_count(3)
        assert "at=" not in console.page.url
        console.page.get_by_label("Span").select_option("300")
        expect(console.page).to_have_url(re.compile("span=300"))
        expect(console.rows).to_have_count(3)

    @IN_MEMORY
    def test_stands_still_in_a_pause_and_loses_nothing(self, console: ConsolePage, publish: Publish, mark: str) -> None:
        console.follow("soc", f"?text={mark}")
        first = failed(publish, mark, "203.0.113.7")
        expect(console.rows).to_have_count(1)

        console.press("p")
        waiting = failed(publish, mark, "203.0.113.8", count=30)
        expect(console.page.locator("#waiting")).to_contain_text("30 waiting")
        expect(console.rows).to_have_count(1)
        expect(console.panel("Failures by origin").locator(".top-row")).to_have_count(1)
        console.press("p")

        assert sorted(console.ids(31)) == sorted(first + waiting)
        expect(console.panel("Failures by origin").locator(".top-row").first).to_have_text("203.0.113.830")


class TestWhatIsMissing:
    def test_is_told_as_a_counted_row_and_an_event_comes_once(
        self, line: Line, console: ConsolePage, publish: Publish, mark: str
    ) -> None:
        console.follow("soc", f"?text={mark}")
        failed(publish, mark, "203.0.113.7")
        expect(console.rows).to_have_count(1)
        console.rows.first.click()
        event = json.loads(str(console.page.locator("#inspector-json").text_content()))
        console.press("Escape")

        line.newest.send(json.dumps({"gap": {**GAP, "stream": event["stream"], "epoch": "x", "next": "x:131"}}))
        line.newest.send(json.dumps({"event": event}))

        gap = console.notices.filter(has_text="Gap: #71 to #131")
        expect(gap).to_have_count(1)
        expect(gap).to_contain_text("(12 events of this pattern)")
        expect(console.rows).to_have_count(1)

    def test_is_told_within_three_seconds_and_mended(
        self, line: Line, console: ConsolePage, publish: Publish, mark: str
    ) -> None:
        console.follow("soc", f"?text={mark}")
        line.newest.send('{"bye": {"code": 4001, "reason": "draining", "retry_after_ms": 60000}}')
        line.newest.close(code=4001, reason="draining")
        expect(console.state).to_have_text(re.compile(r"^Not live since \d\d:\d\d:\d\d$"), timeout=3_000)

        ids = failed(publish, mark, "203.0.113.7", count=5)
        console.page.get_by_role("button", name="Try now").click()

        expect(console.state).to_have_text("Live")
        assert sorted(console.ids(5)) == sorted(ids)
        expect(console.notices.filter(has_text="Reconnected after")).to_have_count(1)


@IN_MEMORY
class TestWhatAPersonKeeps:
    def test_is_pinned_events_and_saved_views(self, console: ConsolePage, publish: Publish, mark: str) -> None:
        failed(publish, mark, "203.0.113.7")
        console.follow("soc", f"?text={mark}")
        expect(console.rows).to_have_count(1)

        console.press("j")
        expect(console.rows.first).to_be_focused()
        console.press("Enter")
        expect(console.inspector).to_be_visible()
        console.press("i")
        pinned = console.panel("Pinned").get_by_role("listitem")
        expect(pinned).to_contain_text("authentication_failure")
        console.press("v")
        dialog = console.page.get_by_role("dialog", name="Saved views")
        dialog.get_by_label("Name").fill(f"Refused {mark}")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.get_by_role("link", name=f"Refused {mark}")).to_be_visible()
        assert serious_findings(console.page) == []

        console.follow("soc")
        console.panel("Pinned").get_by_role("button", name=re.compile("authentication_failure")).first.click()
        expect(console.fact("Who")).to_contain_text(mark)
        assert serious_findings(console.page) == []
        console.panel("Pinned").get_by_role("button", name="Take authentication_failure off").first.click()
        expect(pinned).to_have_count(0)
        console.press("v")
        dialog.get_by_role("link", name=f"Refused {mark}").click()
        expect(console.text).to_have_value(mark)
        console.press("Escape", "v")
        dialog.get_by_role("button", name=f"Delete Refused {mark}").click()
        expect(dialog.get_by_role("link", name=f"Refused {mark}")).to_have_count(0)
        console.press("Escape", "?")
        expect(console.page.get_by_role("dialog", name="Keys").get_by_role("row")).not_to_have_count(0)
