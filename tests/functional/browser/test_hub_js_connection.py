"""How hub.js connects, stays connected and comes back, in a world whose sockets, time and chance are the test's."""

import pytest

from consumers.close_codes import CLOSE_CODES
from tests.functional.browser.script import Script

pytestmark = pytest.mark.browser


class TestConnecting:
    def test_says_connect_under_the_subprotocol_and_nothing_before_the_answer(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            hub.subscribe("health", "*");
            world.socket.onopen({});
            const { protocols, sent, url } = world.socket;
            return { protocols, sent, path: new URL(url).pathname, scheme: new URL(url).protocol };
        """)

        assert told == {
            "protocols": ["gaterhub.v1+json"],
            "sent": [{"id": 1, "connect": {}}],
            "path": "/ws/v1/",
            "scheme": "ws:",
        }

    def test_greets_with_the_token_it_was_given(self, script: Script) -> None:
        told = script("""
            new Hub({ ...world.options, token: "gh_secret" }).connect();
            world.socket.onopen({});
            return world.socket.sent;
        """)

        assert told == [{"id": 1, "connect": {"token": "gh_secret"}}]

    def test_subscribes_once_it_is_connected_and_tells_each_state(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            hub.subscribe("health", "a:*");
            world.socket.greet();
            return { states: world.states.map(({ state }) => state), asked: world.socket.sent[1].subscribe };
        """)

        assert told == {"states": ["connecting", "live"], "asked": {"instance": "health", "pattern": "a:*"}}

    def test_asks_once_for_what_the_page_follows_as_it_hears_of_the_connection(self, script: Script) -> None:
        told = script("""
            const onState = (state) => state === "live" && hub.subscribe("health", "a:*");
            const hub = new Hub({ ...world.options, onState });
            hub.connect();
            world.socket.greet();
            return world.socket.sent.filter((frame) => frame.subscribe).length;
        """)

        assert told == 1

    def test_gives_up_a_server_that_stays_mute(self, script: Script) -> None:
        told = script("""
            new Hub(world.options).connect();
            world.socket.onopen({});
            world.pass(9_999);
            const before = world.socket.closed;
            world.pass(1);
            return [before, world.sockets[0].closed, world.states.at(-1).state];
        """)

        assert told == [False, True, "offline"]


class TestStayingConnected:
    def test_answers_a_ping(self, script: Script) -> None:
        told = script("""
            new Hub(world.options).connect();
            world.socket.greet();
            world.socket.say({ ping: {} });
            return world.socket.sent.at(-1);
        """)

        assert told == {"pong": {}}

    def test_gives_up_a_connection_whose_ping_is_overdue(self, script: Script) -> None:
        told = script("""
            new Hub(world.options).connect();
            world.socket.greet();
            world.pass(34_000);
            world.socket.say({ ping: {} });
            world.pass(34_999);
            const before = world.sockets[0].closed;
            world.pass(1);
            return [before, world.sockets[0].closed];
        """)

        assert told == [False, True]

    @pytest.mark.parametrize("code", [1001, 1006, 1012, *CLOSE_CODES, 4499, 4999])
    def test_comes_back_unless_the_close_code_says_that_it_is_in_vain(self, script: Script, code: int) -> None:
        told = script(
            """
            new Hub(world.options).connect();
            world.socket.greet();
            world.socket.end(argument, "because");
            world.pass(60_000);
            const offline = world.states.find(({ state }) => state === "offline");
            return { ...offline, sockets: Math.min(world.sockets.length, 2) };
            """,
            code,
        )

        comes_back = code < 4500
        assert told == {
            "state": "offline",
            "code": code,
            "reason": "because",
            "retryInMs": 500 if comes_back else None,
            "sockets": 2 if comes_back else 1,
        }

    def test_waits_as_long_as_the_bye_asks(self, script: Script) -> None:
        told = script("""
            new Hub(world.options).connect();
            world.socket.greet();
            world.socket.say({ bye: { code: 4001, reason: "draining", retry_after_ms: 1840 } });
            world.socket.end(1006);
            world.pass(1_839);
            const before = world.sockets.length;
            world.pass(1);
            return [world.states[2], before, world.sockets.length];
        """)

        assert told == [{"state": "offline", "code": 4001, "reason": "draining", "retryInMs": 1840}, 1, 2]

    def test_waits_longer_each_time_until_a_connection_has_lasted(self, script: Script) -> None:
        told = script("""
            new Hub(world.options).connect();
            const waits = [];
            for (const lasts of [0, 0, 0, 10_000, 0]) {
              world.socket.greet();
              world.pass(lasts);
              world.socket.end(1006);
              waits.push(world.states.at(-1).retryInMs);
              world.pass(waits.at(-1));
            }
            return waits;
        """)

        assert told == [500, 1000, 2000, 500, 1000]

    def test_tries_at_once_when_asked_to(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            hub.connect();
            world.socket.greet();
            world.socket.end(4500);
            hub.connect();
            return [world.sockets.length, hub.state];
        """)

        assert told == [2, "connecting"]

    def test_stays_away_once_it_is_closed(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            hub.subscribe("health", "*");
            world.socket.greet();
            hub.close();
            world.pass(120_000);
            return [world.sockets.length, world.socket.closed, hub.state];
        """)

        assert told == [1, True, "offline"]

    def test_drops_one_believed_dead_and_makes_another_at_once(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            hub.subscribe("health", "a:*", handlers("all"));
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e1:3" });
            hub.reconnect();
            hub.reconnect();
            const closed = world.sockets.map((socket) => socket.closed);
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e1:5" });
            world.pass(30_000);
            return [closed, world.sockets.length, world.states.map(({ state }) => state), seen.at(-1)];
        """)

        assert told == [[True, False], 2, ["connecting", "live"] * 2, ["all", "subscribed", True, 2]]

    def test_says_when_the_hub_was_heard(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            const before = hub.heardAt;
            hub.connect();
            world.pass(7);
            world.socket.greet();
            const greeted = hub.heardAt;
            world.pass(25_000);
            world.socket.say({ ping: {} });
            return [before, greeted, hub.heardAt];
        """)

        assert told == [None, 7, 25_007]


class TestIdentity:
    META = "document.head.insertAdjacentHTML('beforeend', '<meta name=\"gaterhub-session\" content=\"olgas\">');"

    @pytest.mark.parametrize(("said", "state"), [("annas", "offline"), ("olgas", "live"), (None, "live")])
    def test_of_another_user_is_refused_by_a_page_that_was_made_for_one(
        self, script: Script, said: str | None, state: str
    ) -> None:
        told = script(
            self.META
            + """
            const hub = new Hub(world.options);
            document.querySelector("meta[name=gaterhub-session]").remove();
            hub.connect();
            world.socket.onopen({});
            world.socket.say({ id: 1, connected: { ping: 25, ...(argument && { identity: argument }) } });
            return { ...world.states.at(-1), closed: world.socket.closed };
            """,
            said,
        )

        if state == "live":
            assert told == {"state": "live", "closed": False}
        else:
            reason = "Somebody else is logged in by now; load the page again."
            assert told == {"state": "offline", "code": 4500, "reason": reason, "retryInMs": None, "closed": True}


class TestManySubscriptions:
    def test_are_asked_for_no_faster_than_the_server_takes_them(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            for (let number = 0; number < 128; number++) hub.subscribe("health", `a:${number}`);
            world.socket.greet();
            const counts = [];
            for (let seconds = 0; seconds < 4; seconds++) {
              counts.push(world.socket.sent.length);
              world.pass(1_000);
            }
            const patterns = world.socket.sent.slice(1).map((frame) => frame.subscribe.pattern);
            return [counts, patterns.every((pattern, number) => pattern === `a:${number}`)];
        """)

        assert told == [[45, 90, 129, 129], True]


class TestSubscribingAgain:
    def test_says_how_much_went_by_at_most(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            const sub = hub.subscribe("health", "*", handlers("all"));
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e1:3", "health.b": "e1:0" });
            world.socket.say(world.event("a:x", 4), { positions: { "health.b": "e1:7" } });
            const positions = sub.positions;
            world.socket.end(4001);
            world.pass(500);
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e1:10", "health.b": "e1:8" });
            return { positions, seen };
        """)

        assert told == {
            "positions": {"health.a": "e1:4", "health.b": "e1:7"},
            "seen": [["all", "subscribed", False, None], ["all", 4], ["all", "subscribed", True, 7]],
        }

    def test_says_that_nobody_knows_after_a_new_beginning_of_the_count(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            hub.subscribe("health", "*", handlers("all"));
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e1:3", "health.b": "e1:3" });
            world.socket.end(1006);
            world.pass(500);
            world.socket.greet();
            world.socket.confirm("s1", { "health.a": "e2:0", "health.b": "e1:3" });
            return seen.at(-1);
        """)

        assert told == ["all", "subscribed", True, None]

    def test_leaves_out_what_was_left_meanwhile(self, script: Script) -> None:
        told = script("""
            const hub = new Hub(world.options);
            hub.subscribe("health", "a:*");
            const left = hub.subscribe("health", "b:*");
            world.socket.greet();
            world.socket.end(1006);
            left.unsubscribe();
            world.pass(500);
            world.socket.greet();
            return world.socket.sent.filter((frame) => frame.subscribe).map((frame) => frame.subscribe.pattern);
        """)

        assert told == ["a:*"]
