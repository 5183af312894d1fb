"""A subscriber that resumes as docs/websocket.md says, from whichever server takes it in, until it is told to end."""

import asyncio
import json
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from instances.topics import Pattern
from tests.functional.chaos.record import Heard
from tests.functional.conftest import Reachable
from tests.functional.subscriber import PROTOCOL

PAUSE_SECONDS: Final = (0.05, 0.25)
"""Before it connects again; spread, so that they don't all come at once."""
OPEN_SECONDS: Final = 15.0
MESSAGE_MAX_BYTES: Final = 512 * 1024


class ToldEvent(msgspec.Struct):
    id: str
    stream: str
    epoch: str
    offset: int
    received: int


class ToldGap(msgspec.Struct):
    stream: str
    epoch: str
    first: int = msgspec.field(name="from")
    last: int | None = msgspec.field(name="to")
    following: str = msgspec.field(name="next")
    reason: str


class ToldSubscribed(msgspec.Struct):
    streams: dict[str, str]
    recovered: bool
    replayed: int


class ToldError(msgspec.Struct):
    code: str
    message: str
    retry: bool


class ToldBye(msgspec.Struct):
    code: int
    retry_after_ms: int


class ToldFrame(msgspec.Struct):
    """What a follower reads of a frame; whatever else stands in it is passed over."""

    event: ToldEvent | None = None
    gap: ToldGap | None = None
    positions: dict[str, str] | None = None
    subscribed: ToldSubscribed | None = None
    error: ToldError | None = None
    bye: ToldBye | None = None
    ping: dict[str, object] | None = None


_decode: Final = msgspec.json.Decoder(ToldFrame).decode


class Follower:
    """One pattern of one instance, and the connections that it took one after the other."""

    def __init__(
        self, servers: Sequence[Reachable], instance: str, pattern: str, *, whole: bool, first: int = 0
    ) -> None:
        """`first` is the server that it goes to first; then each in turn."""
        self.heard = Heard(f"{pattern} from server {first}", Pattern(pattern), whole)
        self.resumed: list[ToldSubscribed] = []
        """The answers to its subscriptions, the first one too."""
        self.byes: list[ToldBye] = []
        self.byes_at: list[float] = []
        """When it was told, in seconds of the loop's clock."""
        self.closes: list[int] = []
        """The codes with which its connections ended; 1006 where they were cut."""
        self.live = asyncio.Event()
        """Whether it is subscribed."""
        self._servers = servers
        self._instance = instance
        self._turn = first
        self._task = asyncio.create_task(self._run(), name=self.heard.name)

    async def end(self) -> None:
        """Let go of the connection. Raises what went wrong with the follower itself."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while True:
            server = self._servers[self._turn % len(self._servers)]
            try:
                async with connect(
                    server.ws_url,
                    subprotocols=[Subprotocol(PROTOCOL)],
                    compression=None,
                    max_size=MESSAGE_MAX_BYTES,
                    ping_interval=None,
                    open_timeout=OPEN_SECONDS,
                    close_timeout=1,
                ) as socket:
                    await self._follow(socket, server.token)
            except ConnectionClosed as closed:
                self.closes.append(1006 if closed.rcvd is None else closed.rcvd.code)
            except (OSError, InvalidHandshake, TimeoutError):
                pass
            finally:
                self.live.clear()
            self._turn += 1
            pause = random.uniform(*PAUSE_SECONDS)
            if self.byes and self.closes and self.closes[-1] == self.byes[-1].code:
                # Another server is asked at once; the time told is for those who have no other.
                pause = min(pause, self.byes[-1].retry_after_ms / 1000)
            await asyncio.sleep(pause)

    async def _follow(self, socket: ClientConnection, token: str) -> None:
        since = {stream: f"{epoch}:{offset}" for stream, (epoch, offset) in self.heard.positions.items()}
        wish: dict[str, object] = {"instance": self._instance, "pattern": self.heard.pattern.text}
        if since:
            wish["since"] = since
        await socket.send(json.dumps({"id": 1, "connect": {"token": token}}))
        await socket.send(json.dumps({"id": 2, "subscribe": wish}))
        async for message in socket:
            for line in str(message).split("\n"):
                frame = _decode(line)
                self._hear(frame)
                if frame.ping is not None:
                    await socket.send('{"pong":{}}')
                elif frame.error is not None:
                    if not frame.error.retry:
                        self.heard.faults.append(f"{self.heard.name} was refused: {frame.error.message}")
                    return

    def _hear(self, frame: ToldFrame) -> None:
        heard = self.heard
        if (event := frame.event) is not None:
            heard.event(event.stream, event.epoch, event.offset, event.id, event.received)
        elif (gap := frame.gap) is not None:
            heard.gap(gap.stream, gap.epoch, gap.first, gap.last, gap.following, gap.reason)
        elif frame.positions is not None:
            for stream, position in frame.positions.items():
                epoch, _, offset = position.rpartition(":")
                heard.served(stream, epoch, int(offset))
        elif frame.subscribed is not None:
            for stream, position in frame.subscribed.streams.items():
                epoch, _, offset = position.rpartition(":")
                heard.begins(stream, epoch, int(offset))
            self.resumed.append(frame.subscribed)
            self.live.set()
        elif frame.bye is not None:
            self.byes.append(frame.bye)
            self.byes_at.append(asyncio.get_running_loop().time())
