"""The load generator: one process on a core of its own, which runs one workload against one server.

Reads its orders as JSON from standard input and writes its findings as JSON to standard output.
"""

import asyncio
import dataclasses
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import uvloop

from tests.benchmarks.clients import Client, Follower, RunFailed, connect
from tests.benchmarks.dialects import Dialect, dialect_named
from tests.benchmarks.latency import percentile
from tests.benchmarks.ledger import Cursor, Feed
from tests.benchmarks.traffic import OneInFlight, Paced, Saturated, Sender, Traffic
from tests.benchmarks.usage import cpu_seconds, machine_cpu_seconds

# So many handshakes are under way at once; a listening socket's queue must not overflow.
CONNECTING_AT_ONCE = 50
# After the last delivery a duplicate gets this long to show itself.
AFTERMATH_SECONDS = 0.3


@dataclass(frozen=True)
class Orders:
    """What one run is to do; plain values, since it travels as JSON."""

    base_url: str
    dialect: str
    token: str
    instance: str
    mode: str
    topics: int
    patterns: int
    subscribers: int
    rate: float
    window: int
    batch: int
    warmup_seconds: float
    seconds: float
    max_events: int
    # Only every so-manieth follower's latencies are kept: millions of them would only show the same.
    timed_every: int
    server_pids: list[int]
    redis_pids: list[int]
    # Where the publisher connects, if it isn't where the subscribers do.
    publish_url: str = ""


@dataclass(frozen=True)
class Findings:
    """What one run measured, over its measured part alone."""

    events: int
    deliveries: int
    messages: int
    seconds: float
    server_cpu_seconds: float
    redis_cpu_seconds: float
    generator_cpu_seconds: float
    # What everything else on the machine used meanwhile.
    others_cpu_seconds: float
    latencies_measured: int
    p50_ms: float
    p99_ms: float
    p999_ms: float
    late_p99_ms: float


def topic_names(topics: int, patterns: int) -> list[str]:
    """Name the topics so that topic i is matched by pattern i modulo the number of patterns."""
    return [f"event_stream:g{index % patterns}:t{index}" for index in range(topics)]


async def run(orders: Orders) -> Findings:
    """Connect all, warm up, measure, and check that nothing came twice.

    Raises:
        RunFailed: some follower didn't get each event exactly once and in order.
    """
    failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def fail(why: Exception) -> None:
        if not failure.done():
            failure.set_exception(why)

    dialect = dialect_named(orders.dialect, token=orders.token, instance=orders.instance)
    names = topic_names(orders.topics, orders.patterns)
    feeds = [Feed() for _ in range(orders.patterns)]
    publish_url = (orders.publish_url or orders.base_url) + dialect.publish_path
    publisher = await connect(Client("the publisher", dialect, fail), publish_url)
    traffic = Traffic(publisher, names, feeds, orders.subscribers // orders.patterns)
    followers = await follow_all(orders, dialect, traffic, names, fail)

    await traffic.run(sender_of(orders, traffic, seconds=orders.warmup_seconds), failure)
    first_measured = [len(feed.intended_at) for feed in feeds]
    sent, delivered, messages = traffic.sent, traffic.delivered, sum(f.cursor.messages for f in followers)
    sender = sender_of(orders, traffic, seconds=orders.seconds)
    server_cpu, redis_cpu = cpu_seconds(orders.server_pids), cpu_seconds(orders.redis_pids)
    own_cpu, all_cpu = time.process_time(), machine_cpu_seconds()
    seconds = await traffic.run(sender, failure)
    own_cpu, all_cpu = time.process_time() - own_cpu, machine_cpu_seconds() - all_cpu
    server_cpu = cpu_seconds(orders.server_pids) - server_cpu
    redis_cpu = cpu_seconds(orders.redis_pids) - redis_cpu

    await asyncio.wait([failure], timeout=AFTERMATH_SECONDS)
    if failure.done():
        failure.result()
    check_all_received(followers, feeds)
    latencies = sorted(
        latency
        for index, follower in enumerate(followers)
        for latency in follower.cursor.latencies(since_sequence=first_measured[index % orders.patterns])
    )
    lateness = sorted(sender.lateness) if isinstance(sender, Paced) else [0.0]
    for client in [publisher, *followers]:
        client.leave()
    return Findings(
        events=traffic.sent - sent,
        deliveries=traffic.delivered - delivered,
        messages=sum(f.cursor.messages for f in followers) - messages,
        seconds=seconds,
        server_cpu_seconds=server_cpu,
        redis_cpu_seconds=redis_cpu,
        generator_cpu_seconds=own_cpu,
        others_cpu_seconds=max(all_cpu - own_cpu - server_cpu - redis_cpu, 0.0),
        latencies_measured=len(latencies),
        p50_ms=percentile(latencies, 50) * 1000,
        p99_ms=percentile(latencies, 99) * 1000,
        p999_ms=percentile(latencies, 99.9) * 1000,
        late_p99_ms=percentile(lateness, 99) * 1000,
    )


async def follow_all(
    orders: Orders, dialect: Dialect, traffic: Traffic, names: list[str], fail: Callable[[Exception], None]
) -> list[Follower]:
    """Connect and subscribe every follower; follower i follows pattern i modulo the number of patterns."""
    gate = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def follow(index: int) -> Follower:
        group = index % orders.patterns
        name = f"follower {index}"
        # A group's followers take turns in being timed, so that each group has some.
        timed = (index // orders.patterns) % orders.timed_every == 0
        cursor = Cursor(traffic.feeds[group], name, timed=timed)
        async with gate:
            follower = Follower(name, dialect, fail, cursor, traffic.arrived)
            await connect(follower, orders.base_url + dialect.follow_path)
            topics = names[group :: orders.patterns]
            pattern = topics[0] if orders.topics == 1 else f"event_stream:g{group}:*"
            await follower.ask(dialect.following(pattern, topics))
        return follower

    return await asyncio.gather(*(follow(index) for index in range(orders.subscribers)))


def sender_of(orders: Orders, traffic: Traffic, *, seconds: float) -> Sender:
    """Make the sender of a workload's mode."""
    if orders.mode == "one in flight":
        return OneInFlight(traffic, max_events=orders.max_events, seconds=seconds)
    if orders.mode == "saturated":
        return Saturated(
            traffic, max_events=orders.max_events, seconds=seconds, window=orders.window, batch=orders.batch
        )
    return Paced(traffic, max_events=orders.max_events, seconds=seconds, rate=orders.rate)


def check_all_received(followers: list[Follower], feeds: list[Feed]) -> None:
    """Check that each follower has every event that was published to its group.

    Raises:
        RunFailed: one has not.
    """
    for index, follower in enumerate(followers):
        due = len(feeds[index % len(feeds)].intended_at)
        if follower.cursor.received != due:
            raise RunFailed(f"{follower.name} got {follower.cursor.received} of {due} events")


def main() -> int:
    """Run the orders on standard input."""
    orders = Orders(**json.load(sys.stdin))
    try:
        findings = uvloop.run(run(orders))
    except RunFailed as failed:
        json.dump({"failed": str(failed)}, sys.stdout)
        return 1
    json.dump(dataclasses.asdict(findings), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
