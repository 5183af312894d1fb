"""Publishers that send on schedule, and send a batch again with the same ids until somebody says that it is taken."""

import asyncio
import itertools
import json
import random
import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from tests.functional.chaos.record import Acknowledged
from tests.functional.conftest import Server
from tests.functional.subscriber import PROTOCOL, Event

TURN_SECONDS: Final = 0.1
ANSWER_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 0.1
INSTANCE: Final = "events"
TOPICS: Final = ("aggregate_events:busy", "aggregate_events:steady", "aggregate_events:rare")
_SHARES: Final = (70, 28, 2)


class Publisher:
    """Publishes so many events a second by one WebSocket, from one server or another."""

    def __init__(self, servers: Sequence[Server], *, events_a_second: int, first: int = 0) -> None:
        self.acknowledged: list[Acknowledged] = []
        self.refused = 0
        """Batches that were answered with `unavailable`, and sent again."""
        self._servers = servers
        self._turn = first
        self._batch = max(1, round(events_a_second * TURN_SECONDS))
        self._ids = itertools.count(1)
        self._socket: ClientConnection | None = None

    async def run(self, ending: asyncio.Event) -> None:
        """Publish until the end is told, and then until the last batch is acknowledged."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        try:
            while not ending.is_set():
                topics = random.choices(TOPICS, _SHARES, k=self._batch)
                await self.publish(
                    [{"topic": topic, "event_type": "told", "data": {"filler": "x" * 100}} for topic in topics]
                )
                due = max(due + TURN_SECONDS, loop.time() - TURN_SECONDS)
                await asyncio.sleep(max(0.0, due - loop.time()))
        finally:
            await self.close()

    async def publish(self, events: Sequence[Event]) -> None:
        """Publish a batch, however often it takes."""
        batch = [{"instance": INSTANCE, "id": str(uuid.uuid4()), **event} for event in events]
        while True:
            receipts = await self._try(batch)
            if receipts is not None:
                break
            await asyncio.sleep(PAUSE_SECONDS)
        for event, receipt in zip(batch, receipts, strict=True):
            assert receipt["id"] == event["id"]
            self.acknowledged.append(
                Acknowledged(receipt["id"], event["topic"], receipt["stream"], receipt["epoch"], receipt["offset"])
            )

    async def close(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def _try(self, batch: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
        """Return the receipts, or None where the batch has to be sent again."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                if self._socket is None:
                    self._socket = await self._connected()
                number = next(self._ids)
                await self._socket.send(json.dumps({"id": number, "publish": batch}))
                while True:
                    for line in str(await self._socket.recv()).split("\n"):
                        frame = json.loads(line)
                        if "ping" in frame:
                            await self._socket.send('{"pong":{}}')
                        elif frame.get("id") == number:
                            if "published" in frame:
                                receipts: list[dict[str, Any]] = frame["published"]["events"]
                                return receipts
                            assert frame["error"]["retry"], frame
                            self.refused += 1
                            return None
        except (ConnectionClosed, InvalidHandshake, OSError, TimeoutError):
            with suppress(ConnectionClosed):
                await self.close()
            self._turn += 1
            return None

    async def _connected(self) -> ClientConnection:
        server = self._servers[self._turn % len(self._servers)]
        socket = await connect(
            server.ws_url,
            subprotocols=[Subprotocol(PROTOCOL)],
            compression=None,
            ping_interval=None,
            open_timeout=ANSWER_SECONDS,
            close_timeout=1,
        )
        await socket.send(json.dumps({"id": 0, "connect": {"token": server.token}}))
        return socket
