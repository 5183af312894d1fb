"""Lets many subscribers resume at once, and checks that each gets all that it missed. A process of its own."""

import asyncio
import dataclasses
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeVar

import uvloop
from picows import WSFrame, WSMsgType, WSTransport

from tests.benchmarks.clients import Client, RunFailed, connect
from tests.benchmarks.dialects import Dialect, GaterhubDialect, SizedEvents
from tests.benchmarks.generator import CONNECTING_AT_ONCE
from tests.benchmarks.latency import percentile
from tests.benchmarks.ledger import FIRST_SEQUENCE
from tests.benchmarks.usage import cpu_seconds

INSTANCE = "events"
TOPIC = "event_stream:resuming:all"
BATCH_EVENTS = 100
ALL_LIVE_SECONDS = 90.0
Found = TypeVar("Found")
_SEQUENCE = re.compile(rb'"n":(\d+)')


@dataclass(frozen=True)
class ResumingOrders:
    """What one measurement is to do."""

    base_url: str
    token: str
    subscribers: int
    events: int
    server_pids: list[int]
    redis_pids: list[int]


@dataclass(frozen=True)
class ResumingFindings:
    """How long it took until they were live again, and what it took of the server."""

    subscribers: int
    # Of each subscriber.
    events: int
    # Until the last was live.
    seconds: float
    # Until the middle one was.
    p50_seconds: float
    server_cpu_seconds: float
    redis_cpu_seconds: float
    generator_cpu_seconds: float

    @property
    def events_per_second(self) -> float:
        """Return how many events were replayed in a second, to all together."""
        return self.subscribers * self.events / self.seconds

    @property
    def cpu_us(self) -> float:
        """Return the CPU microseconds of server and Redis that a replayed event took."""
        return (self.server_cpu_seconds + self.redis_cpu_seconds) / (self.subscribers * self.events) * 1e6


class Resumer(Client):
    """A subscriber that must get the missed events, each once and in order, then be live, then get one more."""

    def __init__(self, name: str, dialect: Dialect, fail: Callable[[Exception], None], missed: list[bytes]) -> None:
        super().__init__(name, dialect, fail)
        self.received = 0
        self.got_live_event: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._missed = missed
        self._live = False

    async def resume(self, frame: bytes) -> float:
        """Subscribe with a position to go on from, and return when it was live.

        Raises:
            RunFailed: it is not told that all was recovered, or wasn't given all.
        """
        told = json.loads(await self.ask(frame))["subscribed"]
        live_at = perf_counter()
        self._live = True
        if not told["recovered"] or told["replayed"] != len(self._missed) or self.received != len(self._missed):
            raise RunFailed(f"{self.name} got {self.received} of {len(self._missed)} missed events and was told {told}")
        return live_at

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        numbers = _SEQUENCE.findall(payload)
        if frame.msg_type == WSMsgType.TEXT and len(numbers) == payload.count(b"\n") + 1:
            self._take(numbers)
        else:
            self.read_lines(transport, frame)

    def take_event(self, line: bytes) -> None:
        self._take(_SEQUENCE.findall(line))

    def _take(self, numbers: list[bytes]) -> None:
        due = self._missed[self.received : self.received + len(numbers)]
        if self._live and not self.got_live_event.done():
            self.got_live_event.set_result(None)
        elif numbers == due:
            self.received += len(numbers)
        else:
            self.refuse(f"{self.name} got events {numbers[:3]} … after {self.received}, and was to get {due[:3]} …")


async def measure(orders: ResumingOrders) -> ResumingFindings:
    """Publish what all of them miss, let them resume at once, and publish one more that all must get.

    Raises:
        RunFailed: one of them lost something, or got something twice or out of order.
    """
    failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def fail(why: Exception) -> None:
        if not failure.done():
            failure.set_exception(why)

    dialect = GaterhubDialect(orders.token, INSTANCE)
    url = orders.base_url + dialect.follow_path
    publisher = await connect(Client("the publisher", dialect, fail), url)
    events = SizedEvents(dialect, TOPIC)
    numbers = range(1, orders.events + 1)
    answer = json.loads(await publisher.ask(dialect.publishing([events.write(0)])))
    place = answer["published"]["events"][0]
    for first in range(1, orders.events + 1, BATCH_EVENTS):
        batch = numbers[first - 1 : first - 1 + BATCH_EVENTS]
        await publisher.ask(dialect.publishing([events.write(number) for number in batch]))

    gate = asyncio.Semaphore(CONNECTING_AT_ONCE)
    missed = [b"%d" % (FIRST_SEQUENCE + number) for number in numbers]

    async def open_one(number: int) -> Resumer:
        async with gate:
            return await connect(Resumer(f"subscriber {number}", dialect, fail, missed), url)

    subscribers = await asyncio.gather(*(open_one(number) for number in range(orders.subscribers)))
    since = {place["stream"]: f"{place['epoch']}:{place['offset']}"}
    wish = {"instance": INSTANCE, "pattern": TOPIC, "since": since}
    frame = json.dumps({"id": 2, "subscribe": wish}).encode()
    own_cpu = time.process_time()
    server_cpu, redis_cpu = cpu_seconds(orders.server_pids), cpu_seconds(orders.redis_pids)
    began_at = perf_counter()
    live_at = sorted(await all_of([subscriber.resume(frame) for subscriber in subscribers], failure))
    server_cpu = cpu_seconds(orders.server_pids) - server_cpu
    redis_cpu = cpu_seconds(orders.redis_pids) - redis_cpu
    own_cpu = time.process_time() - own_cpu

    await publisher.ask(dialect.publishing([events.write(orders.events + 1)]))
    await all_of([subscriber.got_live_event for subscriber in subscribers], failure)
    for client in [publisher, *subscribers]:
        client.leave()
    return ResumingFindings(
        subscribers=orders.subscribers,
        events=orders.events,
        seconds=live_at[-1] - began_at,
        p50_seconds=percentile(live_at, 50) - began_at,
        server_cpu_seconds=server_cpu,
        redis_cpu_seconds=redis_cpu,
        generator_cpu_seconds=own_cpu,
    )


async def all_of(awaited: Sequence[Awaitable[Found]], failure: asyncio.Future[None]) -> list[Found]:
    """Wait for all, and return what they return.

    Raises:
        RunFailed: a connection failed meanwhile, or it took too long.
    """
    together = asyncio.gather(*awaited)
    either: list[asyncio.Future[Any]] = [together, failure]
    await asyncio.wait(either, timeout=ALL_LIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if failure.done():
        failure.result()
    if not together.done():
        together.cancel()
        raise RunFailed(f"not all {len(awaited)} subscribers were served within {ALL_LIVE_SECONDS:.0f} s")
    return await together


def main() -> int:
    """Measure what standard input orders."""
    orders = ResumingOrders(**json.load(sys.stdin))
    try:
        findings = uvloop.run(measure(orders))
    except RunFailed as failed:
        json.dump({"failed": str(failed)}, sys.stdout)
        return 1
    json.dump(dataclasses.asdict(findings), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
