"""A clumsy or hostile client of the WebSocket: what it is told, and when the hub has had enough."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any, Final

import pytest

from tests.functional.conftest import Server
from tests.functional.subscriber import Closed, Subscriber, session_cookie

BAD_FRAMES: Final[dict[str, tuple[str | bytes, str]]] = {
    "binary": (b'{"id": 1, "pong": {}}', "bad_request"),
    "empty": ("", "bad_request"),
    "broken JSON": ('{"id": 7, "subscribe": {', "bad_request"),
    "no object": ("[1, 2]", "bad_request"),
    "an unknown verb": ('{"id": 7, "dance": {}}', "bad_request"),
    "no verb": ('{"id": 7}', "bad_request"),
    "two verbs": ('{"id": 7, "pong": {}, "unsubscribe": {"sub": "s1"}}', "bad_request"),
    "an unknown key": ('{"id": 7, "unsubscribe": {"sub": "s1", "colour": "red"}}', "bad_request"),
    "a second connect": ('{"id": 7, "connect": {}}', "bad_request"),
    "deep": ('{"id": 7, "publish": ' + "[" * 5_000 + "]" * 5_000 + "}", "bad_request"),
    "of a subscription that isn't": ('{"id": 7, "unsubscribe": {"sub": "s99"}}', "not_found"),
}

BAD_PATTERNS: Final = [
    "",
    "a::b",
    ":a",
    "a:",
    "sub*:x",
    "**",
    "a:b:c:d:e:f:g:h:i",
    f"{'a' * 100}:{'b' * 100}:{'c' * 98}",
    "a" * 129,
    "subscription_health:🔥",
    "subscription_health:\0",
    "subscription health",
]

BAD_EVENTS: Final[dict[str, tuple[str, str]]] = {
    "an unknown instance": ('{"instance": "heath", "topic": "a:b", "event_type": "x"}', "unknown_instance"),
    "no instance": ('{"topic": "a:b", "event_type": "x"}', "bad_request"),
    "a bad topic": ('{"instance": "health", "topic": "a::b", "event_type": "x"}', "bad_topic"),
    "NaN": ('{"instance": "health", "topic": "a:b", "event_type": "x", "data": NaN}', "bad_request"),
    "a key of the hub's": ('{"instance": "health", "topic": "a:b", "event_type": "x", "offset": 1}', "bad_request"),
    "a repeated key": ('{"instance": "health", "topic": "a:b", "topic": "a:c", "event_type": "x"}', "bad_request"),
    "an empty batch": ("[]", "bad_request"),
    "an event of 65 KiB": (
        json.dumps({"instance": "health", "topic": "a:b", "event_type": "x", "data": "x" * 65 * 1024}),
        "too_large",
    ),
}


@pytest.fixture
def client(server: Server) -> Iterator[Subscriber]:
    """Give a client that has connected."""
    with Subscriber(server) as client:
        yield client


@pytest.fixture
def stranger(server: Server) -> Iterator[Subscriber]:
    """Give a client that has not said who it is."""
    with Subscriber(server, connected=False) as stranger:
        yield stranger


def told(client: Subscriber) -> dict[str, Any]:
    """Return the error that the hub tells next."""
    error: dict[str, Any] = client.expect(lambda frame: "error" in frame)["error"]
    assert error["message"]
    assert error["retry"] is False
    return error


def works(client: Subscriber) -> bool:
    client.subscribe("events", "event_stream:*")
    return bool(client.publish("events", "event_stream:orders")["stream"] == "events.event_stream")


def log_in(server: Server, name: str) -> str:
    """Make a user, and return the cookie of their browser."""
    made = f"from tests.accounts import *; account('{name}', *READS_AND_PUBLISHES, password='password-of-{name}')"
    server.manage("shell", "-c", made)
    return session_cookie(server, name, f"password-of-{name}")


class TestABadFrame:
    @pytest.mark.parametrize(("frame", "code"), BAD_FRAMES.values(), ids=BAD_FRAMES)
    def test_is_told_and_the_socket_lives(self, client: Subscriber, frame: str | bytes, code: str) -> None:
        client.send(frame)

        assert told(client)["code"] == code
        assert works(client)

    @pytest.mark.parametrize("pattern", BAD_PATTERNS)
    def test_with_a_malformed_pattern_is_told_and_the_socket_lives(self, client: Subscriber, pattern: str) -> None:
        answer = client.ask("subscribe", {"instance": "health", "pattern": pattern})

        assert answer["error"]["code"] == "bad_pattern"
        assert works(client)

    def test_with_an_unknown_instance_names_the_nearest(self, client: Subscriber) -> None:
        error = client.ask("subscribe", {"instance": "helth", "pattern": "*"})["error"]

        assert error["code"] == "unknown_instance"
        assert '"health"' in error["message"]

    @pytest.mark.parametrize(("event", "code"), BAD_EVENTS.values(), ids=BAD_EVENTS)
    def test_with_a_bad_event_is_told_and_nothing_is_published(self, client: Subscriber, event: str, code: str) -> None:
        client.subscribe("health", "*")

        client.send(f'{{"publish": {event}}}')

        assert told(client)["code"] == code
        client.settled("health")
        assert client.events == []

    def test_with_one_bad_event_of_a_batch_publishes_none(self, client: Subscriber) -> None:
        client.subscribe("health", "*")
        good = {"instance": "health", "topic": "process_health:disk", "event_type": "checked"}

        error = client.ask("publish", [good, {**good, "topic": "a::b"}, good])["error"]

        assert [(one["index"], one["code"]) for one in error["errors"]] == [(1, "bad_topic")]
        client.settled("health")
        assert client.events == []

    def test_is_the_last_when_it_is_the_twentieth(self, client: Subscriber) -> None:
        for _ in range(19):
            client.send("{")
            told(client)
        assert works(client)

        client.send("{")

        assert client.expect_close() == 4509


class TestAStranger:
    @pytest.mark.parametrize(
        "first",
        [
            '{"id": 1, "subscribe": {"instance": "health", "pattern": "*"}}',
            '{"id": 1, "publish": {"instance": "health", "topic": "a:b", "event_type": "x"}}',
            '{"pong": {}}',
            '{"id": 1, "connect": {"token": 5}}',
            "hello",
            b"{}",
        ],
    )
    def test_who_says_something_else_first_is_shut_out_without_a_word(
        self, stranger: Subscriber, first: str | bytes
    ) -> None:
        stranger.send(first)

        assert stranger.expect_close() == 4501
        assert stranger.frames == []

    def test_who_says_nothing_is_shut_out(self, stranger: Subscriber) -> None:
        assert stranger.expect_close() == 4501

    @pytest.mark.parametrize("token", ["", "x", "gh_abcdefgh_" + "A" * 43, "gh_\0", "é" * 1_000])
    def test_with_a_token_that_is_none_is_shut_out(self, stranger: Subscriber, token: str) -> None:
        stranger.say("connect", {"token": token})

        assert stranger.expect_close() == 4500
        assert stranger.frames == []

    def test_with_a_revoked_token_is_shut_out(self, server: Server) -> None:
        token = server.manage("create_token", "retired").strip()
        server.manage("revoke_token", token.split("_")[1])

        # Whoever has not connected ten seconds after the socket was opened is shut out for that.
        with Subscriber(server, connected=False) as stranger:
            stranger.say("connect", {"token": token})

            assert stranger.expect_close() == 4500

    def test_without_the_subprotocol_is_shut_out(self, server: Server) -> None:
        for subprotocols in ((), ("graphql-ws",)):
            with Subscriber(server, connected=False, subprotocols=subprotocols) as stranger:
                assert stranger.expect_close() == 4501
                assert stranger.frames == []


@pytest.fixture(scope="module")
def cookie(server: Server) -> str:
    """Give the cookie of somebody at a browser."""
    return log_in(server, "dana")


class TestABrowser:
    def test_is_connected_by_its_session_from_the_hub_s_own_pages(self, server: Server, cookie: str) -> None:
        headers = {"Cookie": cookie, "Origin": server.url.rstrip("/")}
        with Subscriber(server, connected=False, headers=headers) as page:
            assert "connected" in page.connect()
            assert works(page)

    @pytest.mark.parametrize("origin", [None, "null", "http://intruder.example", "http://127.0.0.1.intruder.example"])
    def test_is_refused_on_another_s_page(self, server: Server, cookie: str, origin: str | None) -> None:
        headers = {"Cookie": cookie} | ({} if origin is None else {"Origin": origin})
        with Subscriber(server, connected=False, headers=headers) as page:
            page.say("connect", {})

            assert page.expect_close() == 4507
            assert page.frames == []

    @pytest.mark.parametrize("cookie", [None, "sessionid=stolen", "sessionid"])
    def test_without_a_session_is_shut_out(self, server: Server, cookie: str | None) -> None:
        headers = {"Origin": server.url.rstrip("/")} | ({} if cookie is None else {"Cookie": cookie})
        with Subscriber(server, connected=False, headers=headers) as page:
            page.say("connect", {})

            assert page.expect_close() == 4500

    def test_has_ten_connections_and_no_eleventh(self, server: Server) -> None:
        headers = {"Cookie": log_in(server, "erik"), "Origin": server.url.rstrip("/")}
        with ExitStack() as stack:
            pages = [stack.enter_context(Subscriber(server, connected=False, headers=headers)) for _ in range(11)]
            for page in pages[:10]:
                assert "connected" in page.connect()

            pages[10].say("connect", {})

            assert pages[10].expect_close() == 4504
            assert all(works(page) for page in pages[:10])


class TestTooMuch:
    def test_of_one_message_closes(self, client: Subscriber) -> None:
        client.say("publish", {"instance": "health", "topic": "a:b", "event_type": "x", "data": "x" * 129 * 1024})

        assert client.expect_close() == 4510

    def test_in_characters_of_several_bytes_closes(self, client: Subscriber) -> None:
        client.send('{"id": 1, "publish": "' + "é" * 65 * 1024 + '"}')

        assert client.expect_close() == 4510

    def test_of_frames_in_a_second_closes(self, client: Subscriber) -> None:
        # Ten times as many, for a busy machine may spread them over several seconds.
        with suppress(Closed):
            for _ in range(1_000):
                client.send('{"pong": {}}')

        assert client.expect_close() == 4013

    def test_of_publishes_is_no_matter_of_frames_a_second(self, client: Subscriber) -> None:
        for number in range(300):
            client.say("publish", {"instance": "events", "topic": "event_stream:a", "event_type": "x", "data": number})

        assert works(client)

    def test_of_subscriptions_is_refused_and_the_others_stay(self, client: Subscriber) -> None:
        for number in range(128):
            if number == 64:
                # So many subscriptions within one second would be too many frames in it.
                client.listen(1.0)
            client.subscribe("health", f"process_health:p{number}")

        error = client.ask("subscribe", {"instance": "health", "pattern": "process_health:p128"})["error"]

        assert (error["code"], error["retry"]) == ("limit_exceeded", False)
        client.publish("health", "process_health:p0")
        client.publish("health", "process_health:p127")
        while len(client.events) < 2:
            client.next()
        assert [event["topic"] for event in client.events] == ["process_health:p0", "process_health:p127"]
