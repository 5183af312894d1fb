"""Puts a subscriber that never reads beside ten that do: its cost, its fate, and who else notices."""

import asyncio
import dataclasses
import json
import sys
from dataclasses import dataclass

import uvloop

from instances.catalog import find
from instances.spec import InstanceSpec
from tests.benchmarks.clients import Client, Follower, RunFailed, connect
from tests.benchmarks.dialects import GaterhubDialect
from tests.benchmarks.latency import percentile
from tests.benchmarks.ledger import Cursor, Feed
from tests.benchmarks.outcome import Sleep, judge
from tests.benchmarks.sleeper import Sleeper
from tests.benchmarks.traffic import Paced, Saturated, Traffic
from tests.benchmarks.usage import resident_bytes

NEIGHBOURS = 10
# More than any stream's history holds, so that the history has stopped growing before memory is looked at.
FILLING_EVENTS = 25_000
EVENTS_PER_SECOND = 2_000
# 4 MB on the wire: several times what a 1 MiB mailbox and the kernel's buffers take in.
PHASE_SECONDS = 5.0
# The smallest receive buffer the kernel gives.
RECEIVE_BUFFER_BYTES = 4096
LOOK_EVERY_SECONDS = 0.05


@dataclass(frozen=True)
class NeverReadsOrders:
    """What one measurement is to do."""

    base_url: str
    token: str
    instance: str
    server_pids: list[int]


@dataclass(frozen=True)
class NeverReadsFindings:
    """What the sleeper cost, what it met, and how its neighbours fared before and beside it."""

    instance: str
    overflow: str
    outcome: str
    as_declared: bool
    grown_bytes: int
    before_p99_ms: float
    beside_p99_ms: float


class Highest:
    """Remembers the most memory the processes had while it looked."""

    def __init__(self, process_ids: list[int]) -> None:
        self.bytes = 0
        self._process_ids = process_ids
        self._task = asyncio.ensure_future(self._look())

    def end(self) -> int:
        """Stop looking and return the most that was seen."""
        self._task.cancel()
        return max(self.bytes, resident_bytes(self._process_ids))

    async def _look(self) -> None:
        while True:
            self.bytes = max(self.bytes, resident_bytes(self._process_ids))
            await asyncio.sleep(LOOK_EVERY_SECONDS)


async def measure(orders: NeverReadsOrders) -> NeverReadsFindings:
    """Fill the histories, look at the neighbours alone, then beside a sleeper, then wake the sleeper.

    Raises:
        RunFailed: a neighbour didn't get each event exactly once and in order.
    """
    failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def fail(why: Exception) -> None:
        if not failure.done():
            failure.set_exception(why)

    spec = find(orders.instance)
    topic = topic_of(spec)
    dialect = GaterhubDialect(orders.token, spec.name)
    url = orders.base_url + dialect.follow_path
    feed = Feed()
    publisher = await connect(Client("the publisher", dialect, fail), url)
    traffic = Traffic(publisher, [topic], [feed], NEIGHBOURS)
    neighbours = []
    for number in range(NEIGHBOURS):
        name = f"neighbour {number}"
        neighbour = Follower(name, dialect, fail, Cursor(feed, name, timed=True), traffic.arrived)
        await connect(neighbour, url)
        await neighbour.ask(dialect.following(topic, [topic]))
        neighbours.append(neighbour)

    def paced() -> Paced:
        return Paced(traffic, max_events=10**9, seconds=PHASE_SECONDS, rate=EVENTS_PER_SECOND)

    await traffic.run(Saturated(traffic, max_events=FILLING_EVENTS, seconds=60, window=500, batch=100), failure)
    first_alone = traffic.sent
    highest = Highest(orders.server_pids)
    await traffic.run(paced(), failure)
    alone_bytes = highest.end()

    sleeper = await connect(Sleeper("the sleeper", dialect, fail), url, receive_buffer_bytes=RECEIVE_BUFFER_BYTES)
    await sleeper.ask(dialect.following(topic, [topic]))
    sleeper.sleep()
    first_beside = traffic.sent
    highest = Highest(orders.server_pids)
    await traffic.run(paced(), failure)
    beside_bytes = highest.end()

    await sleeper.wake_and_read()
    last_beside = traffic.sent
    if sleeper.closed_with is None:
        await traffic.run(paced_tail(traffic), failure)
        await sleeper.wake_and_read()
    published = traffic.sent - first_beside
    sleep = Sleep(sleeper.lines, sleeper.closed_with, published, last_sequence=traffic.sent - 1)
    verdict = judge(spec.delivery.overflow, sleep)
    for client in [publisher, *neighbours, sleeper]:
        client.leave()
    return NeverReadsFindings(
        instance=spec.name,
        overflow=str(spec.delivery.overflow),
        outcome=verdict.text,
        as_declared=verdict.as_declared,
        grown_bytes=beside_bytes - alone_bytes,
        before_p99_ms=p99_ms(neighbours, first_alone, first_beside),
        beside_p99_ms=p99_ms(neighbours, first_beside, last_beside),
    )


def paced_tail(traffic: Traffic) -> Paced:
    """Publish a little more, so that a sleeper that is still connected can show that it is live again."""
    return Paced(traffic, max_events=20, seconds=60, rate=100)


def topic_of(spec: InstanceSpec) -> str:
    """Name a topic of an instance's first family."""
    family = spec.families[0]
    return ":".join([family.name, *("bench" for _ in family.parameters)])


def p99_ms(followers: list[Follower], since: int, until: int) -> float:
    """Return the followers' 99th percentile over a range of events, in milliseconds."""
    latencies = [
        seconds
        for follower in followers
        for seconds in follower.cursor.latencies(since_sequence=since, until_sequence=until)
    ]
    return percentile(sorted(latencies), 99) * 1000


def main() -> int:
    """Measure what standard input orders."""
    orders = NeverReadsOrders(**json.load(sys.stdin))
    try:
        findings = uvloop.run(measure(orders))
    except RunFailed as failed:
        json.dump({"failed": str(failed)}, sys.stdout)
        return 1
    json.dump(dataclasses.asdict(findings), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
