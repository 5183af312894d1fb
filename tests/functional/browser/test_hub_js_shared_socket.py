"""What the shared worker's socket passes on to which tab, in a world whose socket belongs to the test."""

from typing import Any

import pytest

from tests.functional.browser.script import Script

pytestmark = pytest.mark.browser

PRELUDE = """
const { SharedSocket } = await import("/static/consumers/shared_socket.js");
const real = globalThis.WebSocket;
globalThis.WebSocket = world.options.WebSocket;
const socket = new SharedSocket({ url: "/ws/v1/" }, () => seen.push("empty"));
class FakeTab {
  lines = [];
  put(line) { this.lines.push(JSON.parse(line)); }
  flush() {}
  heard() {}
  get generation() { return this.lines.findLast(({ state }) => state).state.generation; }
}
const [a, b] = [new FakeTab(), new FakeTab()];
socket.join(a);
socket.join(b);
globalThis.WebSocket = real;
world.socket.greet();
const say = (tab, frame) => socket.hear(tab, frame, tab.generation);
const follow = (tab, pattern, streams) => {
  say(tab, { id: 1, subscribe: { instance: "health", pattern } });
  if (streams) world.socket.confirm("s1", streams);
  tab.lines.length = tab.lines.findIndex(({ state }) => state?.state === "live") + 1;
};
const told = (tab) => tab.lines.slice(tab.lines.findIndex(({ state }) => state?.state === "live") + 1);
"""


@pytest.fixture
def shared(script: Script) -> Any:
    return lambda body: script(PRELUDE + body)


class TestSharedSocket:
    def test_passes_gaps_and_positions_on_to_those_they_concern(self, shared: Any) -> None:
        told = shared("""
            follow(a, "a:*", { "health.a": "e1:3" });
            follow(b, "b:*", { "health.b": "e1:3" });
            const gap = { stream: "health.a", epoch: "e1", from: 4, to: 8, next: "e1:8", lost: null, reason: "slow" };
            world.socket.say({ gap }, { positions: { "health.b": "e1:9" } });
            say(b, { id: 2, subscribe: { instance: "health", pattern: "a:*" } });
            say(a, { id: 3, subscribe: { instance: "health", pattern: "b:*" } });
            return [told(a).map(({ gap, subscribed }) => gap?.to ?? subscribed.streams),
              told(b).map(({ positions, subscribed }) => positions ?? subscribed.streams)];
        """)

        assert told == [[8, {"health.b": "e1:9"}], [{"health.b": "e1:9"}, {"health.a": "e1:8"}]]

    def test_tells_every_tab_that_follows_anything_of_conflation(self, shared: Any) -> None:
        told = shared("""
            follow(a, "a:*", { "health.a": "e1:3" });
            world.socket.say({ positions: {}, conflated: 4 });
            return [told(a), told(b)];
        """)

        assert told == [[{"positions": {}, "conflated": 4}], []]

    def test_passes_over_what_was_meant_for_an_earlier_connection(self, shared: Any) -> None:
        told = shared("""
            const earlier = a.generation;
            world.socket.end(4503);
            socket.connect();
            world.socket.greet();
            const subscribe = { instance: "health", pattern: "a:*" };
            socket.hear(a, { id: 1, subscribe }, earlier);
            const before = world.socket.sent.length;
            socket.hear(a, { id: 2, subscribe }, a.generation);
            return [before, world.socket.sent.length];
        """)

        assert told == [1, 2]

    def test_makes_another_connection_once_however_many_tabs_find_one_dead(self, shared: Any) -> None:
        told = shared("""
            const dead = a.generation;
            socket.reconnect(dead);
            world.socket.greet();
            socket.reconnect(dead);
            const before = world.sockets.length;
            socket.reconnect(a.generation);
            return [before, world.sockets.length];
        """)

        assert told == [2, 3]

    def test_leaves_what_a_tab_asked_for_and_did_not_wait_for(self, shared: Any) -> None:
        told = shared("""
            say(a, { id: 1, subscribe: { instance: "health", pattern: "a:*" } });
            socket.leave(a);
            world.socket.confirm("s1", { "health.a": "e1:3" });
            return [world.socket.sent.at(-1).unsubscribe, a.lines.some(({ subscribed }) => subscribed)];
        """)

        assert told == [{"sub": "s1"}, False]

    def test_is_closed_by_the_last_tab_that_leaves(self, shared: Any) -> None:
        told = shared("""
            socket.leave(a);
            const before = [...seen];
            socket.leave(b);
            return [before, seen, world.socket.closed];
        """)

        assert told == [[], ["empty"], True]
