"""What hub.js tells of what its page shows: over a socket of its own, and over one that tabs share."""

from typing import Any, Final

import pytest

from tests.functional.browser.script import Script
from tests.functional.browser.test_hub_js_shared_socket import PRELUDE as SHARED

pytestmark = pytest.mark.browser

SAID: Final = """
const said = ({ sent } = world.socket) => sent.filter(({ viewing }) => viewing).map(({ viewing }) => viewing.views);
"""
PAGE: Final = """
const { Watching } = await import("/static/consumers/watching.js");
class FakePage extends EventTarget {
  visibilityState = "visible";
  turn(visibilityState) {
    this.visibilityState = visibilityState;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}
const page = new FakePage();
const told = [];
let connection = true;
const watching = new Watching({
  say: (views) => connection && Boolean(told.push(views)), clock: world.options.clock, page,
});
"""


@pytest.fixture
def alone(script: Script) -> Any:
    return lambda body: script(SAID + body)


@pytest.fixture
def on_page(script: Script) -> Any:
    return lambda body: script(PAGE + body)


@pytest.fixture
def shared(script: Script) -> Any:
    return lambda body: script(SHARED + SAID + body)


class TestHub:
    def test_connects_to_say_what_is_looked_at_and_says_it_again_after_a_reconnection(self, alone: Any) -> None:
        told = alone("""
            const hub = new Hub(world.options);
            hub.view("instance:health");
            world.socket.greet();
            world.socket.end(4000);
            world.pass(1_000);
            world.socket.greet();
            return world.sockets.map(said);
        """)

        assert told == [[["instance:health"]], [["instance:health"]]]

    def test_says_each_change_once(self, alone: Any) -> None:
        told = alone("""
            const hub = new Hub(world.options);
            hub.view(null);
            const before = world.sockets.length;
            hub.view("overview");
            world.socket.greet();
            hub.view("overview");
            hub.view("console:soc");
            hub.view(null);
            world.socket.end(4000);
            world.pass(1_000);
            world.socket.greet();
            return [before, world.sockets.map(said)];
        """)

        assert told == [0, [[["overview"], ["console:soc"], []], []]]

    def test_reports_a_name_that_the_hub_finds_wrong_as_the_page_s_mistake(self, alone: Any) -> None:
        told = alone("""
            const hub = new Hub(world.options);
            hub.view("Overview");
            world.socket.greet();
            const reported = new Promise((resolve) => addEventListener("error", (event) => {
              event.preventDefault();
              resolve(event.message);
            }, { once: true }));
            const { id } = world.socket.sent.at(-1);
            world.socket.say({ id, error: { code: "bad_request", message: "No name of a view.", retry: false } });
            return outcome(reported);
        """)

        assert "No name of a view." in told


class TestWatching:
    def test_ends_when_the_page_was_hidden_for_half_a_minute_and_begins_as_it_is_seen(self, on_page: Any) -> None:
        told = on_page("""
            watching.view("overview");
            page.turn("hidden");
            world.pass(29_999);
            const before = told.length;
            world.pass(1);
            page.turn("visible");
            return [before, told];
        """)

        assert told == [1, [["overview"], [], ["overview"]]]

    def test_goes_on_while_something_is_looked_up_in_another_tab(self, on_page: Any) -> None:
        told = on_page("""
            watching.view("overview");
            for (let times = 0; times < 5; times++) {
              page.turn("hidden");
              world.pass(20_000);
              page.turn("visible");
              world.pass(20_000);
            }
            return told;
        """)

        assert told == [["overview"]]

    def test_does_not_begin_in_a_tab_that_was_opened_in_the_background(self, on_page: Any) -> None:
        told = on_page("""
            page.visibilityState = "hidden";
            watching.view("overview");
            const before = [told.length, watching.wanted];
            page.turn("visible");
            return [before, told];
        """)

        assert told == [[0, False], [["overview"]]]

    def test_is_told_when_there_is_a_connection(self, on_page: Any) -> None:
        told = on_page("""
            connection = false;
            watching.view("overview");
            const before = told.length;
            connection = true;
            watching.connected();
            watching.connected();
            return [before, told];
        """)

        assert told == [0, [["overview"], ["overview"]]]


class TestSharedSocket:
    def test_says_what_all_tabs_show_and_drops_what_a_tab_showed_that_leaves(self, shared: Any) -> None:
        told = shared("""
            say(a, { id: 1, viewing: { views: ["instance:health"] } });
            say(b, { id: 1, viewing: { views: ["instance:health"] } });
            say(b, { id: 2, viewing: { views: ["overview"] } });
            say(b, { id: 3, viewing: { views: [] } });
            socket.leave(a);
            return said();
        """)

        health = "instance:health"
        assert told == [[health], [health, health], [health, "overview"], [health], []]

    def test_tells_each_tab_what_became_of_its_own(self, shared: Any) -> None:
        tell = """
            const { id } = world.socket.sent.at(-1);
            world.socket.say({ id, viewing: { views: ["overview"], passed_over: ["console:soc"] } });
        """
        told = shared(f"""
            say(a, {{ id: 7, viewing: {{ views: ["overview"] }} }});
            {{ {tell} }}
            say(b, {{ id: 7, viewing: {{ views: ["console:soc"] }} }});
            {{ {tell} }}
            return [told(a), told(b)];
        """)

        assert told == [
            [{"id": 7, "viewing": {"views": ["overview"]}}],
            [{"id": 7, "viewing": {"views": [], "passed_over": ["console:soc"]}}],
        ]

    def test_keeps_a_wrong_name_of_one_tab_from_the_others(self, shared: Any) -> None:
        told = shared("""
            say(a, { id: 1, viewing: { views: ["NONE"] } });
            const { id } = world.socket.sent.at(-1);
            world.socket.say({ id, error: { code: "bad_request", message: "No name of a view.", retry: false } });
            say(b, { id: 1, viewing: { views: ["overview"] } });
            return [told(a)[0].error.code, said()];
        """)

        assert told == ["bad_request", [["NONE"], ["overview"]]]

    def test_says_no_more_than_the_hub_takes_and_every_view_of_it_first(self, shared: Any) -> None:
        told = shared("""
            const tabs = Array.from({ length: 20 }, () => new FakeTab());
            for (const [number, tab] of tabs.entries()) {
              socket.join(tab);
              say(tab, { id: 1, viewing: { views: [number < 18 ? "overview" : `instance:${"ab"[number - 18]}`] } });
            }
            return said().at(-1);
        """)

        assert len(told) == 16
        assert told[:3] == ["overview", "instance:a", "instance:b"]

    def test_says_nothing_of_a_connection_before(self, shared: Any) -> None:
        told = shared("""
            say(a, { id: 1, viewing: { views: ["overview"] } });
            world.socket.end(4000);
            socket.connect();
            world.socket.greet();
            say(b, { id: 1, viewing: { views: ["instance:health"] } });
            return said();
        """)

        assert told == [["instance:health"]]
