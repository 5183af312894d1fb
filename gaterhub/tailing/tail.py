"""Follows one pattern, and goes on where it was whenever the hub comes back."""

import asyncio
import json
import random
from contextlib import suppress
from typing import Any, Final

from django.core.management.base import CommandError, OutputWrapper
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from consumers.close_codes import CLOSE_CODES
from consumers.frames import PROTOCOL
from consumers.messages import MESSAGE_MAX_BYTES
from gaterhub.hub_address import HubAddress
from gaterhub.tailing.positions import Positions
from gaterhub.tailing.resume_file import ResumeFile

RETRY_MOST_SECONDS: Final = 30.0
SILENCE_SECONDS: Final = 35.0
"""The hub pings every 25 s, so a connection that says nothing for longer is dead."""
KEEP_SECONDS: Final = 1.0
"""Between two writes of the positions, to the file or to the hub."""


class Tail:
    """Connects, subscribes, prints; and comes back with its positions when the hub goes away."""

    def __init__(
        self,
        address: HubAddress,
        instance: str,
        pattern: str,
        *,
        durable: str | None,
        file: ResumeFile | None,
        positions: Positions,
        out: OutputWrapper,
        err: OutputWrapper,
    ) -> None:
        self._address = address
        self._wish: dict[str, Any] = {"instance": instance, "pattern": pattern}
        if durable is not None:
            self._wish["durable"] = durable
        self._file = file
        self._positions = positions
        self._out = out
        self._err = err
        self._sub: str | None = None
        """The hub's name for the subscription, while it stands."""
        self._acknowledged: dict[str, str] = {}
        self._gaps = 0
        self._failures = 0
        self._retry_after_seconds: float | None = None
        self._reason = ""
        """In full, why the hub closes the connection for good."""

    async def run(self) -> None:
        """Follow until ended. Raises: CommandError for what trying again can't mend."""
        while True:
            try:
                async with connect(
                    self._address.websocket,
                    subprotocols=[Subprotocol(PROTOCOL)],
                    compression=None,
                    max_size=2 * MESSAGE_MAX_BYTES,
                    ping_interval=None,
                ) as socket:
                    await self._follow(socket)
            except ConnectionClosed as closed:
                self._judge(closed)
            except (InvalidHandshake, OSError, TimeoutError) as error:
                self._tell(f"The hub at {self._address.url} can't be reached: {error or type(error).__name__}.")
            await self._pause()

    async def _follow(self, socket: ClientConnection) -> None:
        self._sub, self._gaps, self._acknowledged = None, 0, {}
        await socket.send(json.dumps({"id": 1, "connect": {"token": self._address.token}}))
        since = {"since": self._positions.as_dict()} if self._positions else {}
        await socket.send(json.dumps({"id": 2, "subscribe": self._wish | since}))
        loop = asyncio.get_running_loop()
        heard_at = keep_at = loop.time()
        receiving = asyncio.create_task(socket.recv())
        try:
            while True:
                # What was printed last is kept within the second, also where nothing comes after it.
                await asyncio.wait({receiving}, timeout=KEEP_SECONDS)
                if receiving.done():
                    heard_at = loop.time()
                    for line in str(receiving.result()).split("\n"):
                        await self._hear(socket, json.loads(line))
                    receiving = asyncio.create_task(socket.recv())
                elif loop.time() - heard_at > SILENCE_SECONDS:
                    raise TimeoutError("it says nothing any more")
                if loop.time() - keep_at >= KEEP_SECONDS:
                    keep_at = loop.time()
                    await self._keep(socket)
        finally:
            receiving.cancel()
            with suppress(ConnectionClosed):
                await self._keep(socket)

    async def _keep(self, socket: ClientConnection) -> None:
        """Have the positions kept of what is printed. Raises: CommandError."""
        positions = self._positions.as_dict()
        if self._file is not None:
            self._file.save(positions)
        if "durable" in self._wish and self._sub is not None and positions != self._acknowledged:
            self._acknowledged = positions
            await socket.send(json.dumps({"ack": {"sub": self._sub, "positions": positions}}))

    async def _hear(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        if event := frame.get("event"):
            position = f"{event['epoch']}:{event['offset']}"
            if not self._positions.passed(event["stream"], position):
                self._out.write(json.dumps(event, ensure_ascii=False))
                self._out.flush()
                # Only what is printed is worked off.
                self._positions.advance(event["stream"], position)
        elif "ping" in frame:
            await socket.send('{"pong":{}}')
        elif gap := frame.get("gap"):
            self._gaps += 1
            self._positions.advance(gap["stream"], gap["next"])
            self._tell(f"gap: {json.dumps(gap)}")
        elif positions := frame.get("positions"):
            for stream, position in positions.items():
                self._positions.advance(stream, position)
        elif extended := frame.get("extended"):
            self._positions.extend(extended["streams"])
        elif subscribed := frame.get("subscribed"):
            self._begin(subscribed)
        elif bye := frame.get("bye"):
            self._hear_bye(bye)
        elif ended := frame.get("unsubscribed"):
            raise CommandError(f"An operator ended this subscription: {ended.get('reason', 'no reason was given')}.")
        elif error := frame.get("error"):
            self._hear_error(error)
            await socket.close()

    def _hear_error(self, error: dict[str, Any]) -> None:
        """Tell it. Raises: CommandError where trying again can't help."""
        text = f"{error['code']}: {error['message']}"
        if not error["retry"]:
            raise CommandError(text)
        self._tell(text)

    def _hear_bye(self, bye: dict[str, Any]) -> None:
        if "retry_after_ms" in bye:
            self._retry_after_seconds = bye["retry_after_ms"] / 1000
        else:
            # Nobody is waited for; the close that follows says no more than fits into it.
            self._reason = bye["reason"]

    def _begin(self, subscribed: dict[str, Any]) -> None:
        resumed = bool(self._positions) or "durable" in self._wish
        self._failures = 0
        self._sub = subscribed["sub"]
        self._positions.begin(subscribed["streams"])
        told = f"Following {subscribed['pattern']} of {self._wish['instance']}"
        if not resumed:
            self._tell(f"{told}.")
        elif subscribed["recovered"]:
            self._tell(f"{told}, recovered: {subscribed['replayed']} replayed, nothing is missing.")
        else:
            self._tell(f"{told}, not recovered: {subscribed['replayed']} replayed, {self._gaps} gaps.")

    def _judge(self, closed: ConnectionClosed) -> None:
        code = closed.rcvd.code if closed.rcvd is not None else 1006
        known = CLOSE_CODES.get(code)
        reason = self._reason or (closed.rcvd.reason if closed.rcvd is not None else "") or (known and known.reason)
        told = f"The hub closed the connection ({code}{f', {reason}' if reason else ''})."
        if known is not None and not known.reconnect:
            raise CommandError(told)
        self._tell(told)

    async def _pause(self) -> None:
        """Wait before the next try: as the hub said, else a random part of a time that doubles (full jitter)."""
        pause, self._retry_after_seconds = self._retry_after_seconds, None
        if pause is None:
            pause = random.uniform(0, min(RETRY_MOST_SECONDS, 0.5 * 2**self._failures))
        self._failures = min(self._failures + 1, 10)
        await asyncio.sleep(pause)

    def _tell(self, text: str) -> None:
        self._err.write(text)
