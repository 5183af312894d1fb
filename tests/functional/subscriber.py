"""A client of the hub's WebSocket for tests: speaks the protocol, remembers what it got, and never sleeps to wait."""

import itertools
import json
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from http import HTTPStatus
from http.cookiejar import CookieJar
from types import TracebackType
from typing import Any, Final, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.functional.conftest import Reachable, Server

PROTOCOL: Final = "gaterhub.v1+json"
PATIENCE_SECONDS: Final = 30.0
"""Generous: a shared machine may be busy with something else."""
MESSAGE_MAX_BYTES: Final = 256 * 1024

Frame = dict[str, Any]
Event = dict[str, Any]


class Closed(Exception):
    """The hub closed the socket where a test waited for a frame."""

    def __init__(self, code: int) -> None:
        super().__init__(f"The hub closed the socket with {code}.")
        self.code = code


class Subscriber:
    """One socket. What arrives is read only when a method waits for something, so one left alone is a slow one."""

    def __init__(
        self,
        server: Reachable,
        *,
        token: str | None = None,
        connected: bool = True,
        subprotocols: Sequence[str] = (PROTOCOL,),
        headers: dict[str, str] | None = None,
        receive_buffer_bytes: int | None = None,
    ) -> None:
        """`receive_buffer_bytes` makes the client's own buffers small, so that the hub feels soon who doesn't read."""
        raw = socket.socket()
        raw.settimeout(PATIENCE_SECONDS)
        if receive_buffer_bytes is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        raw.connect((server.host, server.port))
        self._exit = ExitStack()
        self._socket = self._exit.enter_context(
            connect(
                server.ws_url,
                sock=raw,
                subprotocols=[Subprotocol(name) for name in subprotocols] or None,
                additional_headers=headers,
                compression=None,
                max_size=2 * MESSAGE_MAX_BYTES,
                max_queue=16 if receive_buffer_bytes is None else 1,
                ping_interval=None,
                open_timeout=PATIENCE_SECONDS,
                close_timeout=1,
            )
        )
        self._numbers = itertools.count(1)
        self._unread: list[Frame] = []
        self._markers: dict[str, str] = {}
        self.frames: list[Frame] = []
        """All that was read, pings excepted."""
        if connected:
            self.connected = self.connect(token=server.token if token is None else token)["connected"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        # Not the closing handshake: it would wait for a hub whose frames nobody reads.
        self._socket.close_socket()
        self._exit.close()

    # --- saying --------------------------------------------------------------------------------------------------

    def send(self, message: str | bytes) -> None:
        """Send a message as it is, right or wrong. Raises: Closed."""
        try:
            self._socket.send(message)
        except ConnectionClosed as closed:
            raise _closed(closed) from None

    def say(self, verb: str, value: object) -> int:
        """Send a frame without waiting for its answer, and return its id."""
        number = next(self._numbers)
        self.send(json.dumps({"id": number, verb: value}))
        return number

    def ask(self, verb: str, value: object) -> Frame:
        """Send a frame, and return the one that answers it, an error as well."""
        number = self.say(verb, value)
        return self.expect(lambda frame: frame.get("id") == number)

    def connect(self, **said: str) -> Frame:
        return self.ask("connect", said)

    def subscribe(self, instance: str, pattern: str, **more: object) -> Frame:
        """Follow a pattern, and return what `subscribed` tells."""
        answer = self.ask("subscribe", {"instance": instance, "pattern": pattern, **more})
        assert "subscribed" in answer, answer
        told: Frame = answer["subscribed"]
        return told

    def publish(self, instance: str, topic: str, event_type: str = "told", **more: object) -> Frame:
        """Publish an event, and return its receipt."""
        [receipt] = self.publish_all(instance, [{"topic": topic, "event_type": event_type, **more}])
        return receipt

    def publish_all(self, instance: str, events: Iterable[Event]) -> list[Frame]:
        """Publish a batch, and return its receipts."""
        answer = self.ask("publish", [{"instance": instance, **event} for event in events])
        assert "published" in answer, answer
        receipts: list[Frame] = answer["published"]["events"]
        return receipts

    # --- hearing -------------------------------------------------------------------------------------------------

    def next(self) -> Frame:
        """Return the next frame; pings are answered and passed over. Raises: Closed, TimeoutError."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            while not self._unread:
                try:
                    message = self._socket.recv(max(0.0, deadline - time.monotonic()))
                except ConnectionClosed as closed:
                    raise _closed(closed) from None
                self._unread = [json.loads(line) for line in str(message).split("\n")]
            frame = self._unread.pop(0)
            if "ping" in frame:
                self.send('{"pong":{}}')
                continue
            self.frames.append(frame)
            return frame

    def expect(self, wanted: Callable[[Frame], bool]) -> Frame:
        """Return the first frame that is wanted, reading on past the others.

        What comes regularly, such as `positions`, must not keep the wait for what never comes alive.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not wanted(frame := self.next()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"Not among the last frames: {self.frames[-5:]}")
        return frame

    def expect_event(self, **fields: object) -> Event:
        """Return the first event with these fields, reading on past the others."""
        event: Event = self.expect(lambda frame: _has(frame.get("event"), fields))["event"]
        return event

    def expect_close(self) -> int:
        """Read to the end, and return the code with which the hub closed the socket; 1006 where it was cut."""
        while True:
            try:
                self.next()
            except Closed as closed:
                return closed.code

    def listen(self, seconds: float) -> None:
        """Read what arrives in so long, be it nothing."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                message = self._socket.recv(left)
            except TimeoutError:
                return
            self._unread += [json.loads(line) for line in str(message).split("\n")]

    def settled(self, *instances: str) -> None:
        """Read all that the hub took in before now for these instances.

        A marker is published, which takes the same way, and comes after everything that was acknowledged before it.
        """
        for instance in instances:
            marker = self._markers.get(instance)
            if marker is None:
                marker = self._markers[instance] = f"settled:{uuid.uuid4().hex}"
                self.subscribe(instance, marker)
            id = self.publish(instance, marker, "settled")["id"]
            # It may have come before its receipt.
            if not any(_has(frame.get("event"), {"id": id}) for frame in self.frames):
                self.expect_event(id=id)

    @property
    def events(self) -> list[Event]:
        """The events read so far, markers excepted."""
        return [
            frame["event"]
            for frame in self.frames
            if "event" in frame and not frame["event"]["topic"].startswith("settled:")
        ]

    def of(self, frame: str) -> list[Frame]:
        """Return what the frames of one kind said: gap, error, positions."""
        return [said[frame] for said in self.frames if frame in said]


def _closed(closed: ConnectionClosed) -> Closed:
    return Closed(1006 if closed.rcvd is None else closed.rcvd.code)


def _has(value: Event | None, fields: dict[str, object]) -> bool:
    return value is not None and all(value.get(name) == wanted for name, wanted in fields.items())


def post(server: Reachable, instance: str, body: object) -> tuple[int, Any]:
    """Publish over HTTP, and return the status and what was answered."""
    request = urllib.request.Request(
        f"{server.url}api/v1/instances/{instance}/events/",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def post_all(server: Reachable, instance: str, events: Sequence[Event]) -> list[str]:
    """Publish different events in one batch, and return their ids."""
    status, answer = post(server, instance, events)
    assert status in (HTTPStatus.ACCEPTED, HTTPStatus.CREATED), answer
    return [each["id"] for each in answer["events"]]


def session_cookie(server: Server, name: str, password: str) -> str:
    """Log somebody in, and return the Cookie header of their browser from then on."""
    cookies = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    address = f"{server.url}accounts/login/"
    opener.open(address, timeout=PATIENCE_SECONDS).close()
    csrf = next(str(cookie.value) for cookie in cookies if cookie.name == "csrftoken")
    form = {"username": name, "password": password, "csrfmiddlewaretoken": csrf}
    opener.open(address, urllib.parse.urlencode(form).encode(), timeout=PATIENCE_SECONDS).close()
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)
