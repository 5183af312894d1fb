"""A flood of one instance leaves another's events as quick as they are without it."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.conftest import ROOT
from tests.functional.chaos.conftest import World
from tests.functional.chaos.flood import TOKEN_NAME, opened
from tests.functional.conftest import END_SECONDS, Server

pytestmark = [pytest.mark.fault, pytest.mark.alone]

ALERTS_A_SECOND: Final = 50
TIMES_AT_MOST: Final = 3.0
MILLISECONDS_ALWAYS_FINE: Final = 15.0
"""Three times next to nothing is next to nothing: a quiet machine takes 5 ms where this one takes 10 beside a flood."""
TRIES: Final = 3
"""Neighbours on the machine may spoil one measurement; what the hub does wrong spoils all of them."""
LATE_SECONDS: Final = 20.0
PONG: Final = '{"pong":{}}'


async def latencies_ms(server: Server, seconds: float) -> list[float]:
    """Publish alerts on schedule, and return how long each took from when it was due until it was received."""
    taken: list[float] = []
    count = round(ALERTS_A_SECOND * seconds)
    topic = f"system_alerts:isolation-{time.monotonic_ns()}"
    reader, writer = await opened(server.ws_url, token=server.token), await opened(server.ws_url, token=server.token)

    async def read() -> None:
        while len(taken) < count:
            message = str(await reader.recv())
            now = time.monotonic()
            for frame in map(json.loads, message.split("\n")):
                if "event" in frame:
                    taken.append((now - frame["event"]["data"]["due"]) * 1000)
                elif "ping" in frame:
                    await reader.send(PONG)

    async def hear_answers() -> None:
        async for message in writer:
            if '"ping"' in str(message):
                await writer.send(PONG)

    try:
        await reader.send(json.dumps({"id": 1, "subscribe": {"instance": "alerts", "pattern": topic}}))
        while "subscribed" not in str(await reader.recv()):
            pass
        tasks = [asyncio.create_task(read()), asyncio.create_task(hear_answers())]
        due = time.monotonic()
        for _ in range(count):
            due += 1 / ALERTS_A_SECOND
            await asyncio.sleep(due - time.monotonic())
            alert = {"instance": "alerts", "topic": topic, "event_type": "told", "data": {"due": due}}
            await writer.send(json.dumps({"id": 1, "publish": alert}))
        async with asyncio.timeout(LATE_SECONDS):
            await tasks[0]
        tasks[1].cancel()
        return taken
    finally:
        await asyncio.gather(reader.close(), writer.close())


def p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99) - 1]


@dataclass
class Share:
    """How much of what a process wanted to compute it could: neighbours on the machine must not look like the flood."""

    pid: int
    _before: tuple[int, int] = (0, 0)

    def begin(self) -> None:
        self._before = self._read()

    def end(self) -> float:
        """Return the time it ran in relation to the time that it ran or waited for a processor."""
        ran, waited = (after - before for after, before in zip(self._read(), self._before, strict=True))
        return ran / (ran + waited) if ran > 0 else 1.0

    def _read(self) -> tuple[int, int]:
        ran = waited = 0
        for told in Path(f"/proc/{self.pid}/task").glob("*/schedstat"):
            fields = told.read_text().split()
            ran, waited = ran + int(fields[0]), waited + int(fields[1])
        return ran, waited


@asynccontextmanager
async def flooded(server: Server, told: dict[str, Any]) -> AsyncIterator[None]:
    """Have another process flood the server, and add what it tells of it in the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.functional.chaos.flood", server.ws_url),
        cwd=ROOT,
        env={**server.environment, TOKEN_NAME: server.token},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(END_SECONDS):
            assert await process.stdout.readline() == b"flooding\n"
        yield
        async with asyncio.timeout(END_SECONDS):
            output, _ = await process.communicate(b"")
        told |= json.loads(output)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class TestAlerts:
    async def test_are_as_quick_while_metrics_are_flooded(self, world: World, soaking: bool) -> None:
        seconds = 20.0 if soaking else 3.0
        server = world.servers[0]
        await latencies_ms(server, 0.5)
        share = Share(server.process.pid)
        allowed = disturbed = 0.0
        for _ in range(TRIES):
            share.begin()
            quiet = p99(await latencies_ms(server, seconds)) * share.end()
            told: dict[str, Any] = {}
            started = time.monotonic()
            async with flooded(server, told):
                share.begin()
                measured = p99(await latencies_ms(server, seconds))
                got = share.end()
            disturbed = measured * got
            elapsed = time.monotonic() - started
            allowed = max(TIMES_AT_MOST * quiet, MILLISECONDS_ALWAYS_FINE)
            print(
                f"p99 of alerts: {quiet:.1f} ms alone, {disturbed:.1f} ms ({measured:.1f} ms at {got:.0%} of the "
                f"processor that was wanted) beside {told['taken'] / elapsed:,.0f} metrics a second and "
                f"{told['refused']} refused batches"
            )
            assert told["taken"] > 0
            assert told["refused"] > 0
            if disturbed <= allowed:
                break
        assert disturbed <= allowed
