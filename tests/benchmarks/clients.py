"""The generator's WebSocket clients, on picows: as little Python per received message as the check allows."""

import asyncio
import socket
from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from tests.benchmarks.dialects import Dialect, Kind
from tests.benchmarks.ledger import Cursor, UnreadableEvent, WrongEvent

# Servers start slowly on a loaded machine, and a textbook server answers while it is busy with others.
HANDSHAKE_TIMEOUT_SECONDS = 30.0
REPLY_TIMEOUT_SECONDS = 60.0


class RunFailed(Exception):
    """A run may not be used: an event was lost, doubled, reordered or refused, or a socket closed."""


class Client(WSListener):
    """One connection: waits for its set-up's answers, answers pings, and fails its run on anything odd."""

    def __init__(self, name: str, dialect: Dialect, fail: Callable[[Exception], None]) -> None:
        self.name = name
        self.dialect = dialect
        self.fail = fail
        self.transport: WSTransport | None = None
        self.leaving = False
        self._reply: asyncio.Future[bytes] | None = None

    async def ask(self, frame: bytes) -> bytes:
        """Send a frame and return the line that answers it."""
        assert self.transport is not None
        self._reply = asyncio.get_running_loop().create_future()
        self.transport.send(WSMsgType.TEXT, frame)
        async with asyncio.timeout(REPLY_TIMEOUT_SECONDS):
            return await self._reply

    def leave(self) -> None:
        """Close the connection on purpose."""
        self.leaving = True
        if self.transport is not None:
            self.transport.send_close()
            self.transport.disconnect()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.read_lines(transport, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.leaving:
            self.refuse(f"{self.name} was disconnected")

    def read_lines(self, transport: WSTransport, frame: WSFrame) -> int:
        """Read a frame line by line and return the number of events in it."""
        if frame.msg_type == WSMsgType.CLOSE:
            payload = frame.get_payload_as_bytes()
            if not self.leaving:
                code = int.from_bytes(payload[:2], "big")
                self.refuse(f"{self.name} was closed with {code} {payload[2:].decode()}")
            return 0
        if frame.msg_type != WSMsgType.TEXT:
            return 0
        events = 0
        for line in frame.get_payload_as_bytes().split(b"\n"):
            kind = self.dialect.kind(line)
            if kind is Kind.EVENT:
                self.take_event(line)
                events += 1
            elif kind is Kind.PING:
                transport.send(WSMsgType.TEXT, self.dialect.pong)
            elif kind is Kind.REPLY:
                self.take_reply(line)
            elif kind is not Kind.NOTHING:
                self.refuse(f"{self.name} got {line[:300]!r}")
        return events

    def take_event(self, line: bytes) -> None:
        """Take an event; a client that follows nothing gets none."""
        self.refuse(f"{self.name} follows nothing and got {line[:200]!r}")

    def take_reply(self, line: bytes) -> None:
        """Take an answer; one that nobody waits for is a publish's."""
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(line)

    def refuse(self, why: str) -> None:
        """Fail the run, and a set-up that waits for an answer."""
        failure = RunFailed(why)
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(failure)
        self.fail(failure)


class Follower(Client):
    """A subscriber that checks every event against its feed and counts it."""

    def __init__(
        self,
        name: str,
        dialect: Dialect,
        fail: Callable[[Exception], None],
        cursor: Cursor,
        arrived: Callable[[int], None],
    ) -> None:
        super().__init__(name, dialect, fail)
        self.cursor = cursor
        self.arrived = arrived

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        now = perf_counter()
        events = self.cursor.take(frame.get_payload_as_memoryview(), now)
        if not events:
            events = self.read_lines(transport, frame)
            if not events:
                return
            self.cursor.note_message(now)
        self.arrived(events)

    def take_event(self, line: bytes) -> None:
        try:
            self.cursor.take_line(line)
        except (WrongEvent, UnreadableEvent) as wrong:
            self.refuse(str(wrong))


SomeClient = TypeVar("SomeClient", bound=Client)


async def connect(
    client: SomeClient, url: str, *, receive_buffer_bytes: int | None = None, greet: bool = True
) -> SomeClient:
    """Connect a client and let it say what its server wants to hear first.

    A given receive buffer is the kernel's, for a client that is to be slow.
    """

    def make_socket(_: object) -> socket.socket | None:
        if receive_buffer_bytes is None:
            return None
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        made.setblocking(False)
        return made

    await ws_connect(
        lambda: client,
        url,
        websocket_handshake_timeout=HANDSHAKE_TIMEOUT_SECONDS,
        extra_headers=client.dialect.headers,
        socket_factory=make_socket,
    )
    for frame in client.dialect.greeting() if greet else []:
        await client.ask(frame)
    return client
