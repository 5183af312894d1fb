"""A break between an instance's page and the hub: told within 3 s, mended without a repeat, what is missing named."""

import json
import re
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.functional.browser.conftest import Publish, Watch, log_in, watched_context, watched_page
from tests.functional.browser.follower import Follower, Line
from tests.functional.conftest import Server, serving

pytestmark = pytest.mark.browser

TOLD_WITHIN_MS = 3_000
NOT_LIVE = re.compile(r"^Not live since \d\d:\d\d:\d\d$")
GAP = {"stream": "health.process_health", "epoch": "e", "from": 71, "to": 131, "next": "e:131", "lost": 12}


class TestLostConnection:
    def test_is_told_and_mended_with_a_row_about_it(
        self, line: Line, follower: Follower, publish: Publish, mark: str
    ) -> None:
        follower.open("health", f"process_health:{mark}")
        publish("health", f"process_health:{mark}", "before")
        expect(follower.rows).to_have_count(1)

        line.newest.close(code=4008, reason="too slow")

        expect(follower.notices).to_have_text(
            re.compile(r"^Reconnected after \d+ s, not live since [\d:]{8}\. Nothing came meanwhile\.$")
        )
        expect(follower.state).to_have_text("Live")
        publish("health", f"process_health:{mark}", "after")
        expect(follower.rows.locator(".type")).to_have_text(["after", "before"])

    def test_brings_what_came_meanwhile(self, line: Line, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", f"process_health:{mark}")
        line.newest.send('{"bye": {"code": 4001, "reason": "draining", "retry_after_ms": 60000}}')
        line.newest.close(code=4001, reason="draining")
        expect(follower.state).to_have_text(NOT_LIVE)
        expect(follower.page.locator("#detail")).to_contain_text("Trying again in")

        publish("health", f"process_health:{mark}", "meanwhile", count=5)
        follower.button("Try now").click()

        expect(follower.notices).to_have_text(re.compile(r"5 events came meanwhile, and can be seen here\.$"))
        expect(follower.rows).to_have_count(5)

    def test_shows_no_event_twice_after_it(self, line: Line, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", f"process_health:{mark}")
        publish("health", f"process_health:{mark}", "first")
        expect(follower.rows).to_have_count(1)
        follower.row("first").click()
        shown = follower.page.locator("#inspector-json")
        event = json.loads(str(shown.text_content()))
        follower.press("Escape")
        line.newest.close(code=4000)
        expect(follower.notices).to_have_count(1)

        # A gap that leads into another epoch makes hub.js forget what it had of this one; the list must know by itself.
        line.newest.send(json.dumps({"gap": {**GAP, "stream": event["stream"], "epoch": "x", "next": "x:1"}}))
        line.newest.send(json.dumps({"event": event}))
        line.newest.send(json.dumps({"event": {**event, "offset": event["offset"] + 1, "event_type": "second"}}))

        expect(follower.row("second")).to_have_count(1)
        expect(follower.row("first")).to_have_count(1)
        expect(follower.count).to_have_text("2 events")

    def test_by_an_operator_is_final_until_the_reader_asks(self, line: Line, follower: Follower) -> None:
        follower.open("health")

        line.newest.close(code=4503, reason="disconnected by an operator")

        expect(follower.state).to_have_text(NOT_LIVE)
        expect(follower.page.locator("#detail")).to_have_text(
            "The hub closed this connection: disconnected by an operator (4503)."
        )
        follower.button("Connect again").click()
        expect(follower.state).to_have_text("Live")

    def test_by_a_session_that_ended_offers_the_log_in(self, line: Line, follower: Follower) -> None:
        follower.open("health", "process_health:*")
        follower.page.context.clear_cookies()

        line.newest.close(code=4000)

        expect(follower.page.locator("#detail")).to_contain_text("Your log-in has ended.")
        expect(follower.page.get_by_role("link", name="Log in again")).to_have_attribute(
            "href", re.compile(r"/accounts/login/\?next=%2Finstances%2Fhealth%2F%3Fpattern%3D")
        )


class TestGap:
    def test_has_a_row_of_its_own_in_its_place(
        self, line: Line, follower: Follower, publish: Publish, mark: str
    ) -> None:
        follower.open("health", "process_health:*")
        publish("health", f"process_health:{mark}", "before")
        expect(follower.row("before")).to_have_count(1)

        line.newest.send(json.dumps({"gap": {**GAP, "reason": "slow"}}))
        expect(follower.notices).to_have_count(1)
        publish("health", f"process_health:{mark}", "after")

        expect(follower.row("after")).to_have_count(1)
        texts = follower.page.locator("button.row").all_text_contents()
        assert "after" in texts[0]
        assert (
            "Gap: #71 to #131 of health.process_health did not reach this page (12 events of this pattern)."
            " Reason: slow." in texts[1]
        )
        assert "before" in texts[2]
        expect(follower.page.locator("#announcement")).to_contain_text("Gap: #71 to #131")

    def test_stays_whatever_the_filter_says(self, line: Line, follower: Follower) -> None:
        follower.open("health", "process_health:*", "&text=nothing%20has%20this")

        line.newest.send(json.dumps({"gap": {**GAP, "to": None, "lost": None, "reason": "slow"}}))

        expect(follower.notices).to_have_text(re.compile(r"^Gap: from #71 on of .* Reason: slow\.$"))


class TestConflated:
    def test_has_a_row_of_its_own(self, line: Line, follower: Follower) -> None:
        follower.open("health", "process_health:*")

        line.newest.send('{"positions": {}, "conflated": 12}')

        expect(follower.notices).to_have_text("Conflated: 12 events replaced by newer ones of the same topic and type.")


class TestHub:
    """What the page tells of a hub that dies, hangs, or can't be reached, on a hub of the test's own."""

    @pytest.fixture
    def own(self, tmp_path: Path) -> Iterator[Server]:
        with serving(tmp_path) as server:
            yield server
            server.process.send_signal(signal.SIGCONT)

    @pytest.fixture
    def own_page(self, browser: Browser, own: Server) -> Iterator[Page]:
        context, watch = watched_context(browser), Watch(own.url)
        watch.expect("WebSocket connection", "Failed to load resource", "net::ERR")
        page = watched_page(context, watch)
        page.goto(own.url)
        log_in(page, own)
        yield page
        watch.check(page)
        context.close()

    @pytest.fixture
    def following(self, own_page: Page, own: Server) -> Follower:
        follower = Follower(own_page, own)
        follower.open("system", "break:*")
        publish(own, "before")
        expect(follower.row("before")).to_have_count(1)
        return follower

    def test_that_is_killed_is_told_within_three_seconds(self, own: Server, following: Follower) -> None:
        own.stop(signal.SIGKILL)

        expect(following.state).to_have_text(NOT_LIVE, timeout=TOLD_WITHIN_MS)

        expect(following.row("before")).to_have_count(1)

    def test_that_hangs_is_told_within_three_seconds_and_loses_nothing(self, own: Server, following: Follower) -> None:
        own.process.send_signal(signal.SIGSTOP)

        expect(following.state).to_have_text(NOT_LIVE, timeout=TOLD_WITHIN_MS)

        expect(following.page.locator("#detail")).to_have_text("The hub does not answer.")
        own.process.send_signal(signal.SIGCONT)
        expect(following.state).to_have_text("Live")
        publish(own, "after")
        expect(following.rows.locator(".type")).to_have_text(["after", "before"])
        expect(following.notices).to_have_text(
            re.compile(r"^The hub did not answer for \d+ s\. The connection held: what came meanwhile follows\.$")
        )

    def test_that_can_t_be_reached_is_told_within_three_seconds(self, following: Follower) -> None:
        following.page.context.set_offline(True)

        expect(following.state).to_have_text(NOT_LIVE, timeout=TOLD_WITHIN_MS)

        following.page.context.set_offline(False)
        expect(following.state).to_have_text("Live", timeout=15_000)

    def test_that_only_has_nothing_to_say_stays_live(self, following: Follower) -> None:
        for _ in range(4):
            with following.page.expect_response("**/livez") as asked:
                pass
            assert asked.value.ok

        expect(following.state).to_have_text("Live")
        expect(following.notices).to_have_count(0)


def publish(server: Server, name: str) -> list[dict[str, Any]]:
    """Publish one event to a hub of the test's own."""
    body = json.dumps({"topic": "break:test", "event_type": name}).encode()
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}api/v1/instances/system/events/", body, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        accepted: list[dict[str, Any]] = json.load(answer)["events"]
    return accepted
