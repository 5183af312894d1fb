"""What hub.js does with what is replayed to it, in a world that belongs to the test."""

import pytest

from tests.functional.browser.script import Script

pytestmark = pytest.mark.browser

RETURNING = """
const hub = new Hub(world.options);
const back = () => {
  world.socket.end(1006);
  world.pass(1_000);
  world.socket.greet();
  seen.length = 0;
};
const replayed = (sub, topic, offset, more) => ({ ...world.event(topic, offset, more), sub });
const gap = (from, to, more) =>
  ({ gap: { stream: "health.a", epoch: "e1", from, to, next: `e1:${to}`, lost: null, reason: "slow", ...more } });
const asked = () => world.socket.sent.filter((frame) => frame.subscribe).map((frame) => frame.subscribe);
"""


class TestReturning:
    def test_asks_from_where_each_stream_was_left(self, script: Script) -> None:
        told = script(
            RETURNING
            + """
            hub.subscribe("health", "a:*", handlers("a"));
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e1:3" });
            world.socket.say(world.event("a:x", 4));
            back();
            return asked();
        """
        )

        assert told == [{"instance": "health", "pattern": "a:*", "since": {"health.a": "e1:4"}}]

    def test_asks_from_where_a_page_says(self, script: Script) -> None:
        told = script(
            RETURNING
            + """
            const since = { "health.a": "e1:2" };
            const sub = hub.subscribe("health", "a:*", { ...handlers("a"), since });
            const before = sub.positions;
            world.socket.greet();
            const [frame] = asked();
            world.socket.say(replayed("s1", "a:x", 3));
            world.socket.confirm("s1", { "health.a": "e1:9" }, { recovered: true, replayed: 1 });
            return [before, frame, seen, sub.positions];
        """
        )

        assert told == [
            {"health.a": "e1:2"},
            {"instance": "health", "pattern": "a:*", "since": {"health.a": "e1:2"}},
            [["a", 3], ["a", "subscribed", False, 0]],
            {"health.a": "e1:9"},
        ]

    def test_takes_what_is_replayed_of_streams_that_its_family_was_spread_over_since(self, script: Script) -> None:
        told = script(
            RETURNING
            + """
            const sub = hub.subscribe("health", "a:*", { ...handlers("a"), since: { "health.a": "e1:2" } });
            world.socket.greet();
            const streams = { "health.a.0": "e1:0" };
            world.socket.say({ extended: { sub: "s1", of: "health.a", streams } });
            world.socket.say(replayed("s1", "a:x", 1, { stream: "health.a.0" }), replayed("s1", "a:y", 3));
            const { positions } = sub;
            world.socket.confirm("s1", { "health.a": "e1:3", "health.a.0": "e1:1" }, { recovered: true, replayed: 2 });
            return [positions, seen, sub.positions];
        """
        )

        assert told == [
            {"health.a": "e1:3", "health.a.0": "e1:1"},
            [["a", 1], ["a", 3], ["a", "subscribed", False, 0]],
            {"health.a": "e1:3", "health.a.0": "e1:1"},
        ]

    def test_gives_what_is_replayed_to_the_one_that_resumes(self, script: Script) -> None:
        told = script(
            RETURNING
            + """
            hub.subscribe("health", "a:*", handlers("live"));
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e1:9" });
            hub.subscribe("health", "*", { ...handlers("back"), since: { "health.a": "e1:4" } });
            hub.subscribe("health", "*", { ...handlers("new") });
            seen.length = 0;
            world.socket.say(replayed("s2", "a:x", 5), world.event("a:x", 10), replayed("s2", "b:x", 1));
            world.socket.say(replayed("s2", "a:x", 10));
            const { id } = world.socket.sent.filter((frame) => frame.subscribe).at(-2);
            world.socket.say({ id, subscribed: { sub: "s2", streams: { "health.a": "e1:10" }, recovered: true } });
            world.socket.say(world.event("a:x", 11));
            return seen;
        """
        )

        assert told == [
            ["back", 5],
            ["live", 10],
            ["back", 10],
            ["back", "subscribed", False, 0],
            ["live", 11],
            ["back", 11],
        ]

    def test_tells_gaps_apart_by_whose_they_are(self, script: Script) -> None:
        told = script(
            RETURNING
            + """
            hub.subscribe("health", "a:*", handlers("live"));
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e1:50" });
            const resuming = hub.subscribe("health", "*", { ...handlers("back"), since: { "health.a": "e1:4" } });
            seen.length = 0;
            world.socket.say({ ...gap(5, 20, { reason: "evicted" }), sub: "s2" }, gap(51, 60));
            const meanwhile = resuming.positions;
            world.socket.say(replayed("s2", "a:x", 55));
            world.socket.confirm("s2", { "health.a": "e1:60" }, { recovered: false });
            return [seen, meanwhile];
        """
        )

        assert told == [
            [["back", "gap", 5, 20], ["live", "gap", 51, 60], ["back", 55], ["back", "subscribed", False, 16]],
            {"health.a": "e1:20"},
        ]

    @pytest.mark.parametrize(
        ("gaps", "missed"),
        [
            ("[gap(5, 8), gap(10, 10, { lost: 1 })]", 5),
            ("[gap(5, null, { next: 'e2:0', reason: 'epoch' })]", None),
            ("[gap(5, 8, { lost: 2 })]", 2),
            ("[]", 0),
        ],
    )
    def test_says_how_much_is_missing_at_most(self, script: Script, gaps: str, missed: int | None) -> None:
        told = script(
            RETURNING
            + f"""
            let info;
            hub.subscribe("health", "a:*", {{ onSubscribed: (said) => (info = said) }});
            world.socket.greet();
            world.socket.confirm("s1", {{ "health.a": "e1:4" }}, {{ recovered: true }});
            back();
            const gaps = {gaps}.map((each) => ({{ ...each, sub: "s1" }}));
            if (gaps.length > 0) world.socket.say(...gaps);
            // A tab's worker may have told gaps of which the hub knows nothing.
            world.socket.confirm("s1", {{ "health.a": "e1:30" }}, {{ recovered: true }});
            return [info.missed, info.recovered, info.again];
        """
        )

        assert told == [missed, missed == 0, True]

    def test_goes_on_within_a_replay_that_was_cut_short(self, script: Script) -> None:
        told = script(
            RETURNING
            + """
            hub.subscribe("health", "a:*", handlers("a"));
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e1:4" });
            back();
            world.socket.say(replayed("s1", "a:x", 6));
            back();
            return asked();
        """
        )

        assert [each["since"] for each in told] == [{"health.a": "e1:6"}]

    def test_asks_for_one_after_the_other_on_the_same_stream_and_for_others_at_once(self, script: Script) -> None:
        told = script(
            RETURNING
            + """
            for (const pattern of ["a:1", "a:2", "b:1"]) hub.subscribe("health", pattern);
            world.socket.greet();
            for (const { id, subscribe } of world.socket.sent.slice(1)) {
              const stream = `health.${subscribe.pattern[0]}`;
              world.socket.say({ id, subscribed: { sub: `s${id}`, streams: { [stream]: "e1:1" } } });
            }
            back();
            const first = asked().map(({ pattern }) => pattern);
            const { id } = world.socket.sent[1];
            world.socket.say({ id, error: { code: "unavailable", message: "", retry: true } });
            return [first, asked().map(({ pattern }) => pattern)];
        """
        )

        assert told == [["a:1", "b:1"], ["a:1", "b:1", "a:2"]]


class TestDurable:
    def test_is_asked_for_by_its_name(self, script: Script) -> None:
        told = script(
            RETURNING
            + """
            hub.subscribe("audit", "*", { durable: "billing" });
            world.socket.greet();
            return asked();
        """
        )

        assert told == [{"instance": "audit", "pattern": "*", "durable": "billing"}]

    def test_acknowledges_at_most_once_a_second_and_the_newest_at_last(self, script: Script) -> None:
        told = script(
            RETURNING
            + """
            const sub = hub.subscribe("health", "a:*");
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e1:4" });
            const acks = () => world.socket.sent.filter((frame) => frame.ack);
            for (let offset = 5; offset < 10; offset++) {
              world.socket.say(world.event("a:x", offset));
              sub.ack();
            }
            const at = [acks().length];
            world.pass(999);
            at.push(acks().length);
            world.pass(1);
            at.push(acks().length);
            sub.ack();
            world.pass(5_000);
            return [at, acks()];
        """
        )

        assert told == [
            [1, 1, 2],
            [
                {"ack": {"sub": "s1", "positions": {"health.a": "e1:5"}}},
                {"ack": {"sub": "s1", "positions": {"health.a": "e1:9"}}},
            ],
        ]

    def test_acknowledges_on_the_next_connection_what_the_last_may_not_have_heard(self, script: Script) -> None:
        told = script(
            RETURNING
            + """
            const sub = hub.subscribe("health", "a:*");
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e1:4" });
            world.socket.say(world.event("a:x", 5));
            sub.ack();
            world.socket.say(world.event("a:x", 6));
            back();
            world.socket.confirm("s7", { "health.a": "e1:8" }, { recovered: true });
            return world.socket.sent.filter((frame) => frame.ack);
        """
        )

        assert told == [{"ack": {"sub": "s7", "positions": {"health.a": "e1:5"}}}]
