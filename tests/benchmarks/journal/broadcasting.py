"""Publishes evidence over one WebSocket and follows it over another: from acknowledgement to arrival. A process."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Final

import uvloop
from picows import WSMsgType

from tests.benchmarks.clients import REPLY_TIMEOUT_SECONDS, Client, RunFailed, connect
from tests.benchmarks.dialects import GaterhubDialect
from tests.benchmarks.journal.events import INSTANCE, TOPIC, event
from tests.benchmarks.journal.findings import Broadcast
from tests.benchmarks.latency import percentile

WARMUP_EVENTS: Final = 20
_PUBLISHED: Final = b'{"id":3,"published"'


@dataclass(frozen=True)
class BroadcastOrders:
    """What one measurement is to do: `rate` single events a second, for so many seconds."""

    where: str
    publish_url: str
    follow_url: str
    token: str
    rate: float
    seconds: float


class Publisher(Client):
    """Notes when each event was acknowledged."""

    def __init__(self, dialect: GaterhubDialect, fail: Callable[[Exception], None]) -> None:
        super().__init__("the publisher", dialect, fail)
        self.acknowledged_at: dict[str, float] = {}

    def take_reply(self, line: bytes) -> None:
        if line.startswith(_PUBLISHED):
            now = perf_counter()
            self.acknowledged_at[json.loads(line)["published"]["events"][0]["id"]] = now
        else:
            super().take_reply(line)


class Subscriber(Client):
    """Notes when each event arrived."""

    def __init__(self, dialect: GaterhubDialect, fail: Callable[[Exception], None]) -> None:
        super().__init__("the subscriber", dialect, fail)
        self.arrived_at: dict[str, float] = {}
        self.offsets: list[int] = []

    def take_event(self, line: bytes) -> None:
        now = perf_counter()
        event = json.loads(line)["event"]
        self.arrived_at[event["id"]] = now
        self.offsets.append(event["offset"])


async def measure(orders: BroadcastOrders) -> Broadcast:
    """Publish at the pace, and wait until all has arrived.

    Raises:
        RunFailed: an event was not acknowledged, or did not arrive once and in order.
    """
    failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def fail(why: Exception) -> None:
        if not failure.done():
            failure.set_exception(why)

    dialect = GaterhubDialect(orders.token, INSTANCE)
    subscriber = await connect(Subscriber(dialect, fail), orders.follow_url + dialect.follow_path)
    await subscriber.ask(dialect.following(TOPIC, ()))
    publisher = await connect(Publisher(dialect, fail), orders.publish_url + dialect.publish_path)
    count = WARMUP_EVENTS + int(orders.rate * orders.seconds)
    began_at = perf_counter()
    assert publisher.transport is not None
    for number in range(count):
        await asyncio.sleep(max(began_at + number / orders.rate - perf_counter(), 0))
        frame = dialect.publishing([json.dumps({"instance": INSTANCE, **event(number)}).encode()])
        publisher.transport.send(WSMsgType.TEXT, frame)
    deadline = perf_counter() + REPLY_TIMEOUT_SECONDS
    while min(len(publisher.acknowledged_at), len(subscriber.arrived_at)) < count:
        if failure.done():
            failure.result()
        if perf_counter() > deadline:
            told, came = len(publisher.acknowledged_at), len(subscriber.arrived_at)
            raise RunFailed(f"of {count} events {told} were acknowledged and {came} arrived")
        await asyncio.sleep(0.02)
    publisher.leave()
    subscriber.leave()
    # Others publish to the stream as well: that it is followed is itself on record.
    if subscriber.offsets != sorted(set(subscriber.offsets)) or len(subscriber.offsets) != count:
        raise RunFailed("the subscriber got an event twice, or out of order")
    taken = [subscriber.arrived_at[id] - at for id, at in publisher.acknowledged_at.items()][WARMUP_EVENTS:]
    waits = sorted(max(each, 0.0) * 1e3 for each in taken)
    return Broadcast(orders.where, len(waits), percentile(waits, 50), percentile(waits, 99), waits[-1])


def main() -> int:
    """Measure what standard input orders."""
    orders = BroadcastOrders(**json.load(sys.stdin))
    try:
        found = uvloop.run(measure(orders))
    except RunFailed as failed:
        json.dump({"failed": str(failed)}, sys.stdout)
        return 1
    json.dump(asdict(found), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
