"""A subscriber that stops reading its socket, and later reads all that the server still had for it."""

import asyncio
from collections.abc import Callable
from time import perf_counter

from picows import WSFrame, WSMsgType, WSTransport

from tests.benchmarks.clients import Client
from tests.benchmarks.dialects import Dialect, Kind

# A woken sleeper has read everything when nothing came for so long: `positions` come once a second.
QUIET_SECONDS = 2.0
READ_AT_MOST_SECONDS = 15.0


class Sleeper(Client):
    """Keeps every line it reads, and knows how its connection ended."""

    def __init__(self, name: str, dialect: Dialect, fail: Callable[[Exception], None]) -> None:
        super().__init__(name, dialect, fail)
        self.lines: list[bytes] = []
        # None while connected, 0 when the connection was cut without a close frame.
        self.closed_with: int | None = None
        self._last_read_at = 0.0

    def sleep(self) -> None:
        """Read nothing from now on; the kernel's buffers fill, and then the server's."""
        assert self.transport is not None
        self.transport.underlying_transport.pause_reading()

    async def wake_and_read(self) -> None:
        """Read until the connection ends or nothing comes any more."""
        assert self.transport is not None
        if self.closed_with is None:
            self.transport.underlying_transport.resume_reading()
        woken_at = self._last_read_at = perf_counter()
        while self.closed_with is None and perf_counter() - woken_at < READ_AT_MOST_SECONDS:
            if perf_counter() - self._last_read_at > QUIET_SECONDS:
                return
            await asyncio.sleep(0.05)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self._last_read_at = perf_counter()
        if frame.msg_type == WSMsgType.CLOSE:
            self.closed_with = int.from_bytes(frame.get_payload_as_bytes()[:2], "big")
        elif frame.msg_type == WSMsgType.TEXT:
            for line in frame.get_payload_as_bytes().split(b"\n"):
                kind = self.dialect.kind(line)
                if kind is Kind.PING:
                    transport.send(WSMsgType.TEXT, self.dialect.pong)
                elif kind is Kind.REPLY:
                    self.take_reply(line)
                else:
                    self.lines.append(line)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if self.closed_with is None:
            self.closed_with = 0
