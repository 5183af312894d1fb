"""Publishes batches as quickly as the hub takes them, over a WebSocket or HTTP, and nobody follows. A process."""

import asyncio
import json
import re
import sys
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import uvloop
from picows import WSMsgType

from instances.catalog import find
from tests.benchmarks.clients import REPLY_TIMEOUT_SECONDS, Client, RunFailed, connect
from tests.benchmarks.dialects import GaterhubDialect, SizedEvents, sized_event
from tests.benchmarks.never_reads import topic_of
from tests.benchmarks.plan import WEBSOCKET
from tests.benchmarks.usage import cpu_seconds

BATCH_EVENTS = 100
# So many batches wait for their answer at a time: enough that the server always has one to go on with.
BATCHES_IN_FLIGHT = 4
WARMUP_BATCHES = 20
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TAKEN = (b"201", b"202")


@dataclass(frozen=True)
class PublishingOrders:
    """What one measurement is to do."""

    base_url: str
    token: str
    instance: str
    way: str
    seconds: float
    server_pids: list[int]
    redis_pids: list[int]


@dataclass(frozen=True)
class PublishingFindings:
    """What one way into one instance took in."""

    system: str
    instance: str
    way: str
    delivery_class: str
    events: int
    seconds: float
    # Server and Redis together.
    cpu_seconds: float

    @property
    def events_per_second(self) -> float:
        """Return how many events were answered in a second."""
        return self.events / self.seconds

    @property
    def cpu_us(self) -> float:
        """Return the CPU microseconds that an event took."""
        return self.cpu_seconds / self.events * 1e6


class SocketWay:
    """Publishes over one WebSocket, on which several batches wait for their answers."""

    def __init__(self, orders: PublishingOrders, topic: str, failure: asyncio.Future[None]) -> None:
        dialect = GaterhubDialect(orders.token, orders.instance)
        self._client = BatchClient(dialect, failure)
        self._url = orders.base_url + dialect.publish_path
        events = SizedEvents(dialect, topic)
        self._frame = dialect.publishing([events.write(number) for number in range(BATCH_EVENTS)])

    async def open(self) -> None:
        """Connect and log in."""
        await connect(self._client, self._url)

    async def publish(self) -> None:
        """Publish a batch and wait for its answer."""
        await self._client.publish(self._frame)

    def close(self) -> None:
        """Disconnect."""
        self._client.leave()


class BatchClient(Client):
    """Matches answers to publications by their order, which is the lane's."""

    def __init__(self, dialect: GaterhubDialect, failure: asyncio.Future[None]) -> None:
        super().__init__("the publisher", dialect, self._fail)
        self._failure = failure
        self._waiting: list[asyncio.Future[None]] = []

    async def publish(self, frame: bytes) -> None:
        """Send a publication and wait for its answer."""
        assert self.transport is not None
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(answered)
        self.transport.send(WSMsgType.TEXT, frame)
        await answered

    def _fail(self, why: Exception) -> None:
        if not self._failure.done():
            self._failure.set_exception(why)

    def take_reply(self, line: bytes) -> None:
        if line.startswith(b'{"id":3,"published"'):
            self._waiting.pop(0).set_result(None)
        else:
            super().take_reply(line)


class HttpWay:
    """Publishes over HTTP, one connection that is kept open for each batch in flight."""

    def __init__(self, orders: PublishingOrders, topic: str) -> None:
        address = urlsplit(orders.base_url)
        assert address.hostname is not None
        assert address.port is not None
        self._address = address.hostname, address.port
        self._free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        body = b"[%b]" % b",".join(sized_event({"topic": topic}, number) for number in range(BATCH_EVENTS))
        head = (
            f"POST /api/v1/instances/{orders.instance}/events/ HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Authorization: Bearer {orders.token}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        )
        self._request = head.encode() + b"\r\n" + body

    async def open(self) -> None:
        """Connect."""
        for _ in range(BATCHES_IN_FLIGHT):
            self._free.put_nowait(await asyncio.open_connection(*self._address))

    async def publish(self) -> None:
        """Publish a batch and wait for its answer.

        Raises:
            RunFailed: it was not taken.
        """
        reader, writer = await self._free.get()
        writer.write(self._request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        if head[9:12] not in _TAKEN:
            raise RunFailed(f"a batch was answered with {head[:40]!r} {body[:300]!r}")
        self._free.put_nowait((reader, writer))

    def close(self) -> None:
        """Disconnect."""
        while not self._free.empty():
            self._free.get_nowait()[1].close()


async def measure(orders: PublishingOrders) -> dict[str, object]:
    """Warm up, and publish for so many seconds.

    Raises:
        RunFailed: a batch was refused, or not answered.
    """
    failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    spec = find(orders.instance)
    topic = topic_of(spec)
    way = SocketWay(orders, topic, failure) if orders.way == WEBSOCKET else HttpWay(orders, topic)
    await way.open()
    taken = 0
    ends_at = float("inf")

    async def publish_on(batches: float) -> None:
        nonlocal taken
        while batches > 0 and perf_counter() < ends_at:
            batches -= 1
            async with asyncio.timeout(REPLY_TIMEOUT_SECONDS):
                await way.publish()
            taken += BATCH_EVENTS

    async def publish_side_by_side(batches: float) -> None:
        publishers = asyncio.gather(*(publish_on(batches / BATCHES_IN_FLIGHT) for _ in range(BATCHES_IN_FLIGHT)))
        either: list[asyncio.Future[Any]] = [publishers, failure]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if failure.done():
            failure.result()
        await publishers

    await publish_side_by_side(WARMUP_BATCHES)
    taken = 0
    cpu = cpu_seconds(orders.server_pids + orders.redis_pids)
    began_at = perf_counter()
    ends_at = began_at + orders.seconds
    await publish_side_by_side(float("inf"))
    seconds = perf_counter() - began_at
    cpu = cpu_seconds(orders.server_pids + orders.redis_pids) - cpu
    way.close()
    return {"delivery_class": spec.delivery.name, "events": taken, "seconds": seconds, "cpu_seconds": cpu}


def main() -> int:
    """Measure what standard input orders."""
    orders = PublishingOrders(**json.load(sys.stdin))
    try:
        found = uvloop.run(measure(orders))
    except RunFailed as failed:
        json.dump({"failed": str(failed)}, sys.stdout)
        return 1
    json.dump(found, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
