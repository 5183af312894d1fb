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
  put(line, event, sub) { this.lines.push(JSON.parse(line)); }
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

    def test_tells_every_tab_of_a_subscription_that_an_operator_ends_and_asks_anew_for_the_next(
        self, shared: Any
    ) -> None:
        told = shared("""
            follow(a, "a:*", { "health.a": "e1:3" });
            say(b, { id: 2, subscribe: { instance: "health", pattern: "a:*" } });
            const sub = told(b)[0].subscribed.sub;
            world.socket.say({ unsubscribed: { sub: "s1", reason: "nobody needs it" } });
            const before = world.socket.sent.length;
            say(a, { id: 3, subscribe: { instance: "health", pattern: "a:*" } });
            return [told(a).at(-1), told(b).at(-1).unsubscribed.sub === sub, world.socket.sent.length - before];
        """)

        ended, same, asked = told
        assert ended["unsubscribed"]["reason"] == "nobody needs it"
        assert same
        assert asked == 1

    def test_tells_every_tab_of_further_streams_under_its_own_name(self, shared: Any) -> None:
        told = shared("""
            follow(a, "a:*", { "health.a": "e1:3" });
            say(b, { id: 2, subscribe: { instance: "health", pattern: "a:*" } });
            const sub = told(b)[0].subscribed.sub;
            world.socket.say({ extended: { sub: "s1", streams: { "health.a.0": "e1:0" } } });
            const later = { id: 3, subscribe: { instance: "health", pattern: "a:*" } };
            say(b, later);
            const [, extended, confirmed] = told(b);
            return [told(a).at(-1).extended.streams, extended.extended.sub === sub, confirmed.subscribed.streams];
        """)

        assert told == [{"health.a.0": "e1:0"}, True, {"health.a": "e1:3", "health.a.0": "e1:0"}]

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


RESUME = """
const resume = (tab, id, pattern, since) => say(tab, { id, subscribe: { instance: "health", pattern, since } });
const asked = () => world.socket.sent.filter((frame) => frame.subscribe).map((frame) => frame.subscribe.since ?? null);
const replayed = (sub, topic, offset) => ({ ...world.event(topic, offset), sub });
const left = () => world.socket.sent.filter((frame) => frame.unsubscribe).map((frame) => frame.unsubscribe.sub);
const briefly = (tab) => told(tab).map(({ event, gap, subscribed }) =>
  event?.offset ?? (gap ? [gap.from, gap.to, gap.reason] : subscribed));
"""


class TestTabThatResumes:
    def test_gets_its_replay_alone_and_then_what_all_get(self, shared: Any) -> None:
        told = shared(
            RESUME
            + """
            follow(a, "a:*", { "health.a": "e1:9" });
            resume(b, 1, "a:*", { "health.a": "e1:4" });
            world.socket.say(replayed("s2", "a:x", 5), world.event("a:x", 10), replayed("s2", "a:x", 10));
            world.socket.confirm("s2", { "health.a": "e1:10" }, { recovered: true, replayed: 2 });
            world.socket.say(world.event("a:x", 11));
            return [briefly(a), briefly(b), left()];
        """
        )

        confirmed = {
            "sub": "s1.2",
            "pattern": "a:*",
            "streams": {"health.a": "e1:10"},
            "recovered": True,
            "replayed": 2,
        }
        assert told == [[10, 11], [5, 10, confirmed, 11], ["s2"]]

    def test_shares_it_with_one_that_left_off_at_the_same_place(self, shared: Any) -> None:
        told = shared(
            RESUME
            + """
            for (const tab of [a, b]) resume(tab, 1, "a:*", { "health.a": "e1:4" });
            world.socket.say(replayed("s1", "a:x", 5));
            world.socket.confirm("s1", { "health.a": "e1:5" }, { recovered: true, replayed: 1 });
            return [asked(), left(), ...[a, b].map((tab) => told(tab).map((frame) => Object.keys(frame)[0]))];
        """
        )

        assert told == [[{"health.a": "e1:4"}], [], ["event", "id"], ["event", "id"]]

    def test_has_one_of_its_own_once_the_others_replay_has_begun(self, shared: Any) -> None:
        told = shared(
            RESUME
            + """
            resume(a, 1, "a:*", { "health.a": "e1:4" });
            world.socket.say(replayed("s1", "a:x", 5));
            resume(b, 1, "a:*", { "health.a": "e1:4" });
            const before = asked().length;
            world.socket.confirm("s1", { "health.a": "e1:5" }, { recovered: true });
            world.socket.say(replayed("s2", "a:x", 5));
            world.socket.confirm("s2", { "health.a": "e1:5" }, { recovered: true });
            return [before, asked().length, left(), briefly(b)[0]];
        """
        )

        assert told == [1, 2, ["s2"], 5]

    def test_keeps_its_subscription_where_nobody_has_another(self, shared: Any) -> None:
        told = shared(
            RESUME
            + """
            resume(a, 1, "a:*", { "health.a": "e1:4" });
            world.socket.confirm("s1", { "health.a": "e1:5" }, { recovered: true });
            say(b, { id: 1, subscribe: { instance: "health", pattern: "a:*" } });
            return [asked().length, left(), told(b)[0].subscribed.recovered];
        """
        )

        assert told == [1, [], True]

    def test_is_told_a_gap_where_the_connection_bears_no_more(self, shared: Any) -> None:
        told = shared(
            RESUME
            + """
            follow(a, "a:*", { "health.a": "e1:9", "health.b": "e2:3", "health.c": "e1:1" });
            resume(b, 1, "a:*", { "health.a": "e1:4", "health.b": "e1:7", "health.c": "e1:1" });
            const { id } = world.socket.sent.at(-1);
            world.socket.say({ id, error: { code: "limit_exceeded", message: "", retry: false } });
            const [confirmed] = briefly(b).slice(-1);
            return [briefly(b).slice(0, -1), confirmed.recovered, told(b).map(({ sub }) => sub ?? null)];
        """
        )

        assert told == [[[5, 9, "lost"], [8, None, "epoch"]], False, ["s1", "s1", None]]


class TestDurable:
    def test_is_never_another_tabs_and_is_acknowledged_by_its_own_name(self, shared: Any) -> None:
        told = shared(
            RESUME
            + """
            follow(a, "a:*", { "health.a": "e1:9" });
            say(b, { id: 1, subscribe: { instance: "health", pattern: "a:*", durable: "billing" } });
            world.socket.confirm("s2", { "health.a": "e1:9" }, { recovered: true });
            const { sub } = told(b)[0].subscribed;
            say(b, { ack: { sub, positions: { "health.a": "e1:9" } } });
            return [world.socket.sent.at(-1), left(), sub];
        """
        )

        assert told == [{"ack": {"sub": "s2", "positions": {"health.a": "e1:9"}}}, [], "s2.2"]
