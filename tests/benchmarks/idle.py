"""Measures what an idle connection costs a server in memory: a process of its own, like the generator."""

import asyncio
import dataclasses
import json
import sys
from dataclasses import dataclass

import uvloop

from tests.benchmarks.clients import Client, RunFailed, connect
from tests.benchmarks.dialects import dialect_named
from tests.benchmarks.usage import resident_bytes

CONNECTING_AT_ONCE = 50
# The first connections make a server load and allocate what it keeps for ever; they are not counted.
FIRST_CONNECTIONS = 100
# Memory has settled when it moved by less than this between two looks.
SETTLED_BYTES = 64 * 1024
LOOK_EVERY_SECONDS = 0.5
LOOKS_AT_MOST = 20


@dataclass(frozen=True)
class IdleOrders:
    """What one measurement is to do."""

    base_url: str
    dialect: str
    token: str
    connections: int
    server_pids: list[int]


@dataclass(frozen=True)
class IdleFindings:
    """What the connections cost together."""

    connections: int
    grown_bytes: int


async def measure(orders: IdleOrders) -> IdleFindings:
    """Open connections that log in, subscribe to nothing and stay, and see how much the server has grown.

    Raises:
        RunFailed: one was refused or closed.
    """
    failures: list[Exception] = []
    dialect = dialect_named(orders.dialect, token=orders.token, instance="events")
    gate = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def open_one(number: int) -> Client:
        async with gate:
            client = Client(f"idle connection {number}", dialect, failures.append)
            return await connect(client, orders.base_url + dialect.follow_path)

    first = await asyncio.gather(*(open_one(number) for number in range(FIRST_CONNECTIONS)))
    before = await settled_bytes(orders.server_pids)
    idle = await asyncio.gather(*(open_one(number) for number in range(orders.connections)))
    after = await settled_bytes(orders.server_pids)
    if failures:
        raise RunFailed(str(failures[0]))
    for client in (*first, *idle):
        client.leave()
    return IdleFindings(len(idle), after - before)


async def settled_bytes(process_ids: list[int]) -> int:
    """Wait until the processes' memory stands still, and return it."""
    last = resident_bytes(process_ids)
    for _ in range(LOOKS_AT_MOST):
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        now = resident_bytes(process_ids)
        if abs(now - last) < SETTLED_BYTES:
            return now
        last = now
    return last


def main() -> int:
    """Measure what standard input orders."""
    orders = IdleOrders(**json.load(sys.stdin))
    try:
        findings = uvloop.run(measure(orders))
    except RunFailed as failed:
        json.dump({"failed": str(failed)}, sys.stdout)
        return 1
    json.dump(dataclasses.asdict(findings), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
