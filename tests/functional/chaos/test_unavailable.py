"""While Redis is out, everybody who publishes is told so soon, and nobody else notices; then all goes on."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import psutil
import pytest

from tests.conftest import ROOT
from tests.functional.chaos.conftest import World, until
from tests.functional.conftest import END_SECONDS, START_SECONDS, Server
from tests.functional.own_redis import OwnRedis
from tests.functional.subscriber import Subscriber, post

pytestmark = pytest.mark.fault

REFUSAL_SECONDS: Final = 3.0
"""2 s are promised on a machine that has nothing else to do."""
OUT_SECONDS: Final = 3.0
TOPIC: Final = "aggregate_events:busy"
EVENT: Final = {"topic": TOPIC, "event_type": "told"}
CPU_MICROSECONDS_MAX: Final = 1_500
"""Of a call. 2,000 calls a second are promised where nobody else works; what neighbours take doesn't count here."""
CONNECTIONS_MAX: Final = 3
"""One to count by, the channel layer's, to broadcast by, and one on which the process hears what others ask it."""

SCRIPT: Final = """
import json, sys, time
import django

django.setup()

from instances.publishing import publish

for line in sys.stdin:
    count = int(line)
    wrong = {}
    slowest = 0.0
    started, started_cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        before = time.perf_counter()
        result = publish("events", "aggregate_events:busy", "told")
        slowest = max(slowest, time.perf_counter() - before)
        if not result.accepted:
            wrong[result.error.code] = wrong.get(result.error.code, 0) + 1
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - started_cpu
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "slowest": slowest, "wrong": wrong}), flush=True)
"""
"""Publishes so many events for each number that it reads, and tells how that went."""


class Script:
    """A program of somebody's that publishes from Python, beside the hub."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def publish(self, count: int) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{count}\n".encode())
        async with asyncio.timeout(END_SECONDS):
            told: dict[str, Any] = json.loads(await self._process.stdout.readline())
            return told

    def redis_connections(self, own_redis: OwnRedis) -> set[str]:
        """Return the addresses of those of Redis's clients that are this process."""
        own = {f"{end.laddr.ip}:{end.laddr.port}" for end in psutil.Process(self._process.pid).net_connections("tcp")}
        with own_redis.client as client:
            return own & {str(listed["addr"]) for listed in client.client_list()}


@asynccontextmanager
async def scripting(server: Server) -> AsyncIterator[Script]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SCRIPT),
        cwd=ROOT,
        env=server.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        script = Script(process)
        async with asyncio.timeout(START_SECONDS):
            await script.publish(0)
        yield script
    finally:
        process.kill()
        await process.wait()


BREAK_AND_MEND: Final[dict[str, tuple[Callable[[OwnRedis], None], Callable[[OwnRedis], None]]]] = {
    "down": (OwnRedis.kill, OwnRedis.start),
    "hung": (OwnRedis.stop, OwnRedis.go_on),
}


def timed(ask: Callable[[], Any]) -> tuple[float, Any]:
    started = time.monotonic()
    answer = ask()
    return time.monotonic() - started, answer


class TestWhileRedisIsOut:
    @pytest.mark.parametrize("how", BREAK_AND_MEND)
    async def test_publishers_are_told_soon_and_sockets_stay_open(self, world: World, how: str) -> None:
        break_it, mend_it = BREAK_AND_MEND[how]
        server = world.servers[0]
        async with world.followed(4), scripting(server) as script:
            await world.publish_one()
            await world.all_accounted_for()
            with Subscriber(server) as subscriber:
                assert (await script.publish(1))["wrong"] == {}
                break_it(world.redis)
                try:
                    took: dict[str, list[float]] = {"HTTP": [], "WebSocket": [], "publish()": []}
                    ends = time.monotonic() + OUT_SECONDS
                    while time.monotonic() < ends:
                        seconds, (status, problem) = await asyncio.to_thread(
                            timed, lambda: post(server, "events", EVENT)
                        )
                        assert (status, problem["code"]) == (503, "unavailable")
                        took["HTTP"].append(seconds)
                        seconds, frame = await asyncio.to_thread(
                            timed, lambda: subscriber.ask("publish", {"instance": "events", **EVENT})
                        )
                        assert (frame["error"]["code"], frame["error"]["retry"]) == ("unavailable", True)
                        took["WebSocket"].append(seconds)
                        told = await script.publish(1)
                        assert told["wrong"] == {"unavailable": 1}
                        took["publish()"].append(told["slowest"])
                finally:
                    await asyncio.to_thread(mend_it, world.redis)
                print(
                    f"Redis {how}: ", {way: f"{len(all)} times, {max(all):.2f} s at most" for way, all in took.items()}
                )
                assert max(max(seconds) for seconds in took.values()) <= REFUSAL_SECONDS

                started = time.monotonic()
                await world.publish_one()
                await until(lambda: not world.missing, lambda: world.missing)
                while (await script.publish(1))["wrong"]:
                    assert time.monotonic() - started < END_SECONDS
                print(f"all is well {time.monotonic() - started:.1f} s after it is back")
                # The same connection still answers, and so do all others.
                subscriber.subscribe("events", TOPIC)
            assert [follower.closes for follower in world.followers] == [[]] * len(world.followers)
            assert world.faults == []


@pytest.mark.alone
class TestAPlainScript:
    async def test_publishes_quickly_by_the_same_few_connections(self, world: World, soaking: bool) -> None:
        count = 20_000 if soaking else 2_000
        async with scripting(world.servers[0]) as script:
            await script.publish(100)
            before = await asyncio.to_thread(script.redis_connections, world.redis)
            told = await script.publish(count)
            after = await asyncio.to_thread(script.redis_connections, world.redis)

            microseconds = told["cpu_seconds"] / count * 1_000_000
            print(
                f"{count / told['seconds']:,.0f} calls a second, {microseconds:,.0f} µs of CPU each, "
                f"{len(after)} connections"
            )
            assert told["wrong"] == {}
            assert microseconds <= CPU_MICROSECONDS_MAX
            assert before
            assert after == before
            assert len(after) <= CONNECTIONS_MAX
