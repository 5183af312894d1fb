"""Looks for the longest time in which a server full of idle sockets answers nobody. A process of its own."""

import asyncio
import dataclasses
import gc
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import uvloop
from picows import WSMsgType

from instances.catalog import find
from tests.benchmarks.clients import Client, RunFailed, connect
from tests.benchmarks.dialects import Dialect, GaterhubDialect, sized_event
from tests.benchmarks.idle import CONNECTING_AT_ONCE
from tests.benchmarks.latency import percentile
from tests.benchmarks.never_reads import topic_of
from tests.benchmarks.usage import cpu_seconds

# Where nobody publishes here; the hub itself does to `events`.
IDLE_INSTANCE = "lifecycle"
# Of another instance: what is published there moves nothing that an idle socket follows.
PROBED_INSTANCE = "system"
# A pause is seen to within so long.
PROBE_EVERY_SECONDS = 0.005
# What connecting left to be done is not counted.
SETTLE_SECONDS = 2.0
LAST_ANSWER_SECONDS = 30.0
_ID = re.compile(rb'\{"id":(\d+),"published"')


@dataclass(frozen=True)
class PauseOrders:
    """What one measurement is to do."""

    base_url: str
    token: str
    connections: int
    seconds: float
    server_pids: list[int]


@dataclass(frozen=True)
class PauseFindings:
    """How long the probes took."""

    connections: int
    seconds: float
    probes: int
    p50_ms: float
    p99_ms: float
    longest_ms: float
    # How late the generator's own clock woke it at worst: so much of the longest may be its own.
    own_longest_ms: float
    server_cpu_seconds: float


class Prober(Client):
    """Publishes an event that nobody follows every few milliseconds, whether or not the last was answered."""

    def __init__(self, dialect: Dialect, fail: Callable[[Exception], None]) -> None:
        super().__init__("the prober", dialect, fail)
        self.round_trips: list[float] = []
        self.own_longest = 0.0
        self._event = sized_event({"instance": PROBED_INSTANCE, "topic": topic_of(find(PROBED_INSTANCE))}, 0)
        self._asked_at: dict[int, float] = {}
        self._asked = 0

    async def probe(self, seconds: float) -> None:
        """Probe for so long, and wait for the last answer.

        Raises:
            TimeoutError: it did not come.
        """
        began_at = perf_counter()
        for number in range(int(seconds / PROBE_EVERY_SECONDS)):
            due = began_at + number * PROBE_EVERY_SECONDS
            if (wait := due - perf_counter()) > 0:
                await asyncio.sleep(wait)
            # Several probes that are due at once would show the same pause.
            self.own_longest = max(self.own_longest, perf_counter() - due)
            self._ask()
        async with asyncio.timeout(LAST_ANSWER_SECONDS):
            while self._asked_at:
                await asyncio.sleep(PROBE_EVERY_SECONDS)

    def _ask(self) -> None:
        assert self.transport is not None
        self._asked += 1
        self._asked_at[self._asked] = perf_counter()
        self.transport.send(WSMsgType.TEXT, b'{"id":%d,"publish":%b}' % (self._asked, self._event))

    def take_reply(self, line: bytes) -> None:
        found = _ID.match(line)
        if found is None:
            super().take_reply(line)
        else:
            self.round_trips.append(perf_counter() - self._asked_at.pop(int(found[1])))


async def measure(orders: PauseOrders) -> PauseFindings:
    """Open the idle sockets, each following something that stays quiet, and probe beside them.

    Raises:
        RunFailed: one was refused or closed, or a probe was not answered.
    """
    failures: list[Exception] = []
    dialect = GaterhubDialect(orders.token, IDLE_INSTANCE)
    url = orders.base_url + dialect.follow_path
    topic = topic_of(find(IDLE_INSTANCE))
    gate = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def open_one(number: int) -> Client:
        async with gate:
            client = await connect(Client(f"idle socket {number}", dialect, failures.append), url)
            await client.ask(dialect.following(topic, [topic]))
            return client

    prober = await connect(Prober(dialect, failures.append), url)
    idle = await asyncio.gather(*(open_one(number) for number in range(orders.connections)))
    # The generator's own collections would look like the server's.
    gc.collect()
    gc.disable()
    await prober.probe(SETTLE_SECONDS)
    prober.round_trips.clear()
    prober.own_longest = 0.0
    cpu = cpu_seconds(orders.server_pids)
    try:
        await prober.probe(orders.seconds)
    except TimeoutError as error:
        raise RunFailed(str(failures[0]) if failures else "a probe was not answered") from error
    cpu = cpu_seconds(orders.server_pids) - cpu
    if failures:
        raise RunFailed(str(failures[0]))
    for client in [prober, *idle]:
        client.leave()
    milliseconds = sorted(seconds * 1000 for seconds in prober.round_trips)
    return PauseFindings(
        connections=len(idle),
        seconds=orders.seconds,
        probes=len(milliseconds),
        p50_ms=percentile(milliseconds, 50),
        p99_ms=percentile(milliseconds, 99),
        longest_ms=milliseconds[-1],
        own_longest_ms=prober.own_longest * 1000,
        server_cpu_seconds=cpu,
    )


def main() -> int:
    """Measure what standard input orders."""
    orders = PauseOrders(**json.load(sys.stdin))
    try:
        findings = uvloop.run(measure(orders))
    except RunFailed as failed:
        json.dump({"failed": str(failed)}, sys.stdout)
        return 1
    json.dump(dataclasses.asdict(findings), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
