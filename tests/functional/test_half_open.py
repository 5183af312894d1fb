"""Connections that begin and don't go on: cut off in time, while a good client is answered at once."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from consumers.frames import PROTOCOL
from gaterhub.half_open import BODY_SECONDS, HEAD_MAX_BYTES, HEAD_SECONDS, LINE_MAX_BYTES, MAX_HEADERS
from tests.functional.conftest import Server, serving

QUICK_SECONDS: Final = 2.0
"""For one request and its answer; generous, for a machine that does other things as well."""
PATIENCE_SECONDS: Final = 15.0
"""Beyond what the server gives."""
EVENTS: Final = "/api/v1/instances/health/events/"
EVENT: Final = b'{"topic": "subscription_health:prod:users", "event_type": "registration_success"}'


def dial(server: Server, said: bytes = b"") -> socket.socket:
    connection = socket.create_connection((server.host, server.port), timeout=10)
    connection.sendall(said)
    return connection


def head(server: Server, *headers: str, length: int = 0) -> bytes:
    lines = [
        f"POST {EVENTS} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {server.token}",
        "Content-Type: application/json",
        f"Content-Length: {length}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def answer_of(connection: socket.socket, seconds: float) -> bytes:
    """Read until the server closes, which it has to within these seconds."""
    connection.settimeout(seconds)
    got = b""
    while chunk := connection.recv(65_536):
        got += chunk
    return got


def seconds_of_a_publish(server: Server) -> float:
    began = time.monotonic()
    client = http.client.HTTPConnection(server.host, server.port, timeout=20)
    client.request(
        "POST", EVENTS, EVENT, {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    )
    assert client.getresponse().status == 202
    client.close()
    return time.monotonic() - began


@contextmanager
def socket_of(server: Server) -> Iterator[ClientConnection]:
    with connect(server.ws_url, subprotocols=[Subprotocol(PROTOCOL)], open_timeout=20) as client:
        yield client


def connects(server: Server) -> bool:
    with socket_of(server) as client:
        client.send(json.dumps({"id": 1, "connect": {"token": server.token}}))
        return "connected" in json.loads(str(client.recv(timeout=10)).split("\n")[0])


class TestHalfOpenConnections:
    def test_hold_nobody_up_and_are_cut_off(self, server: Server) -> None:
        with ExitStack() as open_ones:
            silent = [open_ones.enter_context(dial(server)) for _ in range(200)]
            halved = [open_ones.enter_context(dial(server, head(server)[:60])) for _ in range(200)]
            slow = [open_ones.enter_context(dial(server, head(server, length=1_000) + b"{")) for _ in range(50)]

            assert seconds_of_a_publish(server) < QUICK_SECONDS
            assert connects(server)

            assert {answer_of(each, HEAD_SECONDS + PATIENCE_SECONDS) for each in silent} == {b""}
            told = {answer_of(each, HEAD_SECONDS + PATIENCE_SECONDS).split(b"\r\n")[0] for each in halved}
            assert told == {b"HTTP/1.1 408 Request Timeout"}
            assert seconds_of_a_publish(server) < QUICK_SECONDS
            told = {answer_of(each, BODY_SECONDS + PATIENCE_SECONDS).split(b"\r\n")[0] for each in slow}
            assert told == {b"HTTP/1.1 408 Request Timeout"}

    def test_gain_nothing_by_a_byte_now_and_then(self, server: Server) -> None:
        with dial(server) as in_the_head, dial(server, head(server, length=10_000)) as in_the_body:
            ends: dict[socket.socket, bytes] = {}
            began = time.monotonic()
            texts = {in_the_head: iter(head(server) * 100), in_the_body: iter(b" " * 10_000)}
            while len(ends) < len(texts) and time.monotonic() - began < BODY_SECONDS + PATIENCE_SECONDS:
                for connection, text in texts.items():
                    if connection not in ends:
                        connection.settimeout(0.1)
                        try:
                            connection.sendall(bytes([next(text)]))
                            ends[connection] = connection.recv(200)
                        except TimeoutError:
                            continue
                        except OSError:
                            ends[connection] = b""

            assert set(ends) == set(texts)

    def test_end_beside_a_request_on_the_same_connection_too(self, server: Server) -> None:
        good = head(server, length=len(EVENT)) + EVENT
        with dial(server, good) as connection:
            assert b" 202 " in connection.recv(65_536)
            connection.sendall(b"GET / HTTP")

            assert b" 408 " in answer_of(connection, HEAD_SECONDS + PATIENCE_SECONDS)


class TestLargeHeads:
    @pytest.mark.parametrize(
        "headers",
        [
            [f"X-Large: {'x' * (LINE_MAX_BYTES + 1)}"],
            [f"X-{number}: y" for number in range(MAX_HEADERS)],
            [f"X-{number}: {'x' * 7_000}" for number in range(HEAD_MAX_BYTES // 7_000 + 1)],
            ["Upgrade: websocket", "Connection: Upgrade", f"X-Large: {'x' * (LINE_MAX_BYTES + 1)}"],
        ],
        ids=["one-line", "many", "in-all", "handshake"],
    )
    def test_are_refused(self, server: Server, headers: list[str]) -> None:
        with dial(server, head(server, *headers)) as connection:
            told = answer_of(connection, 10)

        assert told.startswith(b"HTTP/1.1 431 ")
        assert b'"code":"too_large"' in told

    def test_are_refused_before_their_end(self, server: Server) -> None:
        with dial(server, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Endless: ") as connection:
            for _ in range(20):
                try:
                    connection.sendall(b"x" * 4_096)
                except OSError:
                    break

            try:
                told = answer_of(connection, 5)
            except ConnectionResetError:
                told = b"HTTP/1.1 431 "

        assert told.startswith(b"HTTP/1.1 431 ")

    def test_of_a_long_address_are_refused(self, server: Server) -> None:
        with dial(server, f"GET /?{'x' * LINE_MAX_BYTES} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()) as connection:
            assert answer_of(connection, 10).startswith(b"HTTP/1.1 431 ")

    def test_of_usual_size_are_taken(self, server: Server) -> None:
        cookies = f"Cookie: {'a=' + 'x' * 4_000}"
        with dial(server, head(server, cookies, "Connection: close", length=len(EVENT)) + EVENT) as connection:
            assert answer_of(connection, 10).startswith(b"HTTP/1.1 202 ")


class TestSilentSockets:
    def test_make_room_for_who_says_who_it_is(self, tmp_path: Path) -> None:
        with (
            serving(tmp_path, settings={"GATERHUB_ANONYMOUS_CONNECTIONS": "20"}) as server,
            ExitStack() as open_ones,
        ):
            silent = [open_ones.enter_context(socket_of(server)) for _ in range(30)]

            assert connects(server)
            with pytest.raises(ConnectionClosed) as closed:
                silent[0].recv(timeout=5)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4000
            with pytest.raises(TimeoutError):
                silent[-1].recv(timeout=0.1)
