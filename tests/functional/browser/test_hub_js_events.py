"""What hub.js does with events, gaps, refusals and publishes, in a world that belongs to the test."""

import pytest

from tests.functional.browser.script import Script

pytestmark = pytest.mark.browser


class TestEvents:
    def test_go_once_to_every_subscription_they_match(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            for (const pattern of ["*", "a:*", "b:*"]) hub.subscribe("health", pattern, handlers(pattern));
            hub.subscribe("system", "*", handlers("system"));
            world.socket.greet();
            for (const { id } of world.socket.sent.slice(1)) {
              world.socket.say({ id, subscribed: { sub: `s${id}`, pattern: "", streams: {} } });
            }
            seen.length = 0;
            world.socket.say(world.event("a:x", 1), world.event("b:x", 1), world.event("a:x", 1), world.event("a", 2));
            return seen;
        """)

        assert told == [["*", 1], ["a:*", 1], ["*", 1], ["b:*", 1], ["*", 2]]

    def test_end_with_a_word_where_an_operator_ends_their_subscription(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            hub.subscribe("health", "a:*", { onError: ({ message, retry }) => seen.push([message, retry]) });
            hub.subscribe("health", "b:*", handlers("b:*"));
            world.socket.greet();
            world.socket.sent.slice(1).forEach(({ id }, index) => {
              world.socket.say({ id, subscribed: { sub: `s${index}`, pattern: "", streams: {} } });
            });
            seen.length = 0;
            world.socket.say({ unsubscribed: { sub: "s0", reason: "nobody needs it" } }, world.event("b:x", 1));
            return seen;
        """)

        assert told == [["An operator ended this subscription: nobody needs it", False], ["b:*", 1]]

    def test_of_streams_that_a_family_is_spread_over_are_resumed_from(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            const sub = hub.subscribe("health", "a:*", handlers("a"));
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e1:3" });
            world.socket.say(world.event("a:x", 2, { stream: "health.a.0" }));
            const streams = { "health.a.0": "e1:0", "health.a.1": "e1:7" };
            world.socket.say({ extended: { sub: "s1", streams } }, world.event("a:y", 8, { stream: "health.a.1" }));
            return [sub.positions, seen.filter(([, what]) => typeof what === "number")];
        """)

        positions, seen = told
        assert positions == {"health.a": "e1:3", "health.a.0": "e1:2", "health.a.1": "e1:8"}
        assert seen == [["a", 2], ["a", 8]]

    def test_before_the_confirmation_belong_to_others(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            hub.subscribe("health", "*", handlers("all"));
            world.socket.greet();
            world.socket.say(world.event("a:x", 5));
            world.socket.confirm("s1", { "health.a": "e1:5" });
            world.socket.say(world.event("a:x", 6));
            return seen;
        """)

        assert told == [["all", "subscribed", False, None], ["all", 6]]

    def test_follow_an_alias(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            hub.subscribe(":ex_esdb_health", "*", handlers("all"));
            world.socket.greet();
            world.socket.confirm("s1", {});
            world.socket.say(world.event("a:x", 6));
            return seen.at(-1);
        """)

        assert told == ["all", 6]

    def test_of_a_new_epoch_begin_anew(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            const sub = hub.subscribe("health", "*", handlers("all"));
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e1:9" });
            world.socket.say(world.event("a:x", 1, { epoch: "e2" }));
            return [seen.at(-1), sub.positions];
        """)

        assert told == [["all", 1], {"health.a": "e2:1"}]

    def test_end_with_the_subscription(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            const sub = hub.subscribe("health", "*", handlers("all"));
            world.socket.greet();
            world.socket.confirm("s1", {});
            seen.length = 0;
            sub.unsubscribe();
            sub.unsubscribe();
            world.socket.say(world.event("a:x", 1));
            return [seen, world.socket.sent.filter((frame) => frame.unsubscribe).map((frame) => frame.unsubscribe)];
        """)

        assert told == [[], [{"sub": "s1"}]]

    def test_reach_the_next_subscriber_past_one_that_fails(self, script: Script) -> None:
        told = script("""
            const reported = [];
            addEventListener("error", (error) => {
              error.preventDefault();
              reported.push(error.message);
            }, { once: true });
            const hub = new Hub(world.options);
            hub.subscribe("health", "*", { onEvent: () => { throw new Error("of the page"); } });
            hub.subscribe("health", "a:*", handlers("next"));
            world.socket.greet();
            for (const { id } of world.socket.sent.slice(1)) {
              world.socket.say({ id, subscribed: { sub: `s${id}`, pattern: "", streams: {} } });
            }
            world.socket.say(world.event("a:x", 1));
            return [seen.at(-1), reported];
        """)

        assert told == [["next", 1], ["Uncaught Error: of the page"]]


class TestGaps:
    def test_go_to_those_who_follow_the_stream_and_move_the_position(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            const sub = hub.subscribe("health", "*", handlers("all"));
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e1:70" });
            world.socket.say(
              { gap: { stream: "health.a", from: 71, to: 131, next: "e1:131", lost: null, reason: "slow" } },
              { gap: { stream: "health.z", from: 1, to: 2, next: "e1:2", lost: null, reason: "slow" } },
              world.event("a:x", 131),
              world.event("a:x", 132),
            );
            return [seen.slice(1), sub.positions];
        """)

        assert told == [[["all", "gap", 71, 131], ["all", 132]], {"health.a": "e1:132"}]

    def test_and_positions_never_move_a_subscription_back(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            const sub = hub.subscribe("health", "*", handlers("all"));
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e1:70" });
            world.socket.say({ positions: { "health.a": "e1:60" } });
            return sub.positions;
        """)

        assert told == {"health.a": "e1:70"}


class TestRefusals:
    def test_reach_the_subscription_they_answer(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            hub.subscribe("health", "a:*", handlers("good"));
            hub.subscribe("health", "sub*:x", handlers("bad"));
            world.socket.greet();
            const { id } = world.socket.sent[2];
            world.socket.say({ id, error: { code: "bad_pattern", message: "no", retry: false } });
            world.socket.end(1006);
            world.pass(500);
            world.socket.greet();
            return [seen, world.socket.sent.filter((frame) => frame.subscribe).length];
        """)

        assert told == [[["bad", "bad_pattern", False]], 1]

    def test_for_the_time_being_are_asked_again(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            hub.subscribe("health", "a:*", handlers("all"));
            world.socket.greet();
            const { id } = world.socket.sent[1];
            world.socket.say({ id, error: { code: "unavailable", message: "later", retry: true } });
            world.pass(8_000);
            return [seen, world.socket.sent.filter((frame) => frame.subscribe).length];
        """)

        assert told == [[["all", "unavailable", True]], 2]


class TestPublish:
    def test_resolves_to_where_the_event_stands(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            const published = hub.publish("system", "system_status:web", "started", { a: 1 }, { metadata: { b: 2 } });
            world.socket.greet();
            await settle();
            const { id, publish } = world.socket.sent[1];
            world.socket.say({ id, published: { events: [{ id: "u", stream: "s", offset: 7, epoch: "e" }] } });
            return [publish, await outcome(published)];
        """)

        assert told == [
            {
                "instance": "system",
                "topic": "system_status:web",
                "event_type": "started",
                "data": {"a": 1},
                "metadata": {"b": 2},
            },
            {"id": "u", "stream": "s", "offset": 7, "epoch": "e"},
        ]

    @pytest.mark.parametrize(
        ("act", "code", "retry"),
        [
            ("world.socket.say({ id: 2, error: { code: 'bad_topic', message: '' } });", "bad_topic", False),
            ("world.socket.end(1006);", "unavailable", True),
        ],
        ids=["refused", "connection lost"],
    )
    def test_rejects_with_what_the_hub_says_or_that_nobody_knows(
        self, script: Script, act: str, code: str, retry: bool
    ) -> None:
        told = script(f"""
            const hub = new Hub(world.options);
            hub.connect();
            world.socket.greet();
            const published = hub.publish("system", "a:b", "t");
            {act}
            return await outcome(published);
        """)

        assert told == [True, code, retry]

    def test_rejects_what_is_larger_than_a_message_may_be(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            hub.connect();
            world.socket.greet();
            const published = hub.publish("system", "a:b", "t", "ä".repeat(70_000));
            return [await outcome(published), world.socket.sent.length];
        """)

        assert told == [[True, "too_large", False], 1]

    def test_rejects_at_once_while_the_hub_is_away(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            hub.connect();
            world.socket.end(1006);
            return await outcome(hub.publish("system", "a:b", "t"));
        """)

        assert told == [True, "unavailable", True]
