"""Two real servers on a Redis of their own, a load, and followers that must lose nothing without a word."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from tests.functional.chaos.follower import Follower
from tests.functional.chaos.load import INSTANCE, TOPICS, Publisher
from tests.functional.chaos.record import Acknowledged
from tests.functional.conftest import Server, serving
from tests.functional.own_redis import OwnRedis

WELL_AGAIN_SECONDS: Final = 5.0
"""What is promised on a machine that has nothing else to do."""
PATIENCE_SECONDS: Final = 20.0
"""What is waited for on a shared one."""
PATTERNS: Final = (
    "aggregate_events:*",
    "aggregate_events:busy",
    "aggregate_events:rare",
    "*",
    "aggregate_events:steady",
)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything: CI's, or soak's."""

    followers: int
    events_a_second: int
    calm_seconds: float
    """Of load before and after a fault."""
    rounds: int


@pytest.fixture(scope="session")
def scale(soaking: bool) -> Scale:
    return Scale(50, 2_000, 5.0, 5) if soaking else Scale(10, 400, 1.0, 1)


@dataclass
class World:
    redis: OwnRedis
    servers: list[Server]
    """Followers and publishers look here each time they connect, so one may be replaced."""
    folder: Path
    followers: list[Follower] = field(default_factory=list)
    publishers: list[Publisher] = field(default_factory=list)

    @property
    def acknowledged(self) -> list[Acknowledged]:
        return [event for publisher in self.publishers for event in publisher.acknowledged]

    @property
    def missing(self) -> list[tuple[str, list[Acknowledged]]]:
        """The events that somebody should have got and that were not told as missing, with whoever it is."""
        acknowledged = self.acknowledged
        each = ((follower.heard.name, follower.heard.missing(acknowledged)) for follower in self.followers)
        return [(name, missing) for name, missing in each if missing]

    @property
    def faults(self) -> list[str]:
        return [fault for follower in self.followers for fault in follower.heard.faults]

    @asynccontextmanager
    async def followed(self, count: int) -> AsyncIterator[None]:
        """Have so many followers, spread over servers and patterns, and all live."""
        self.publishers.clear()
        self.followers[:] = [
            Follower(
                self.servers,
                INSTANCE,
                pattern := PATTERNS[number // 2 % len(PATTERNS)],
                whole=pattern.endswith("*"),
                first=number,
            )
            for number in range(count)
        ]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.gather(*(follower.live.wait() for follower in self.followers))
            yield
        finally:
            await asyncio.gather(*(follower.end() for follower in self.followers))

    @asynccontextmanager
    async def loaded(self, events_a_second: int) -> AsyncIterator[None]:
        """Have a publisher at each server, which all end with their last batch acknowledged."""
        self.publishers[:] = [
            Publisher(self.servers, events_a_second=events_a_second // len(self.servers), first=number)
            for number in range(len(self.servers))
        ]
        ending = asyncio.Event()
        running = [asyncio.create_task(publisher.run(ending)) for publisher in self.publishers]
        try:
            yield
            ending.set()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.gather(*running)
        finally:
            for task in running:
                task.cancel()

    @asynccontextmanager
    async def publishing(self, *servers: Server) -> AsyncIterator[Publisher]:
        """Have a publisher that says what and when itself; at these servers, or else at the world's."""
        publisher = Publisher(servers or self.servers, events_a_second=1)
        self.publishers.append(publisher)
        try:
            yield publisher
        finally:
            await publisher.close()

    async def publish_one(self, topic: str = TOPICS[0]) -> None:
        async with self.publishing() as publisher:
            await publisher.publish([{"topic": topic, "event_type": "told"}])

    async def all_live_again(self) -> float:
        """Wait until every follower has got an event that was taken after now, and return how many seconds it took."""
        now_ms = time.time() * 1000
        return await until(
            lambda: all(follower.heard.newest_received_ms > now_ms for follower in self.followers),
            lambda: [
                (
                    follower.heard.name,
                    follower.live.is_set(),
                    follower.closes,
                    follower.heard.gaps[-2:],
                    self.faults[:3],
                )
                for follower in self.followers
                if follower.heard.newest_received_ms <= now_ms
            ],
        )

    async def all_accounted_for(self) -> float:
        """Wait until nothing is missing, and return how many seconds it took."""
        return await until(lambda: not self.missing, lambda: summary(self.missing))


def summary(missing: Sequence[tuple[str, list[Acknowledged]]]) -> list[tuple[str, int, Acknowledged, Acknowledged]]:
    return [(name, len(events), events[0], events[-1]) for name, events in missing]


async def until(reached: Callable[[], bool], told: Callable[[], object]) -> float:
    """Wait until it is so, and return how many seconds it took; fail with what is told where it never is."""
    started = time.monotonic()
    while not reached():
        if time.monotonic() - started > PATIENCE_SECONDS:
            pytest.fail(f"Not within {PATIENCE_SECONDS:.0f} s: {told()}")
        await asyncio.sleep(0.05)
    return time.monotonic() - started


Fault = Callable[[World], Awaitable[None]]
"""Breaks something, and returns when it is whole again."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("chaos")
    held = folder / "redis"
    held.mkdir()
    redis = OwnRedis(held)
    redis.start()
    try:
        with (
            serving(folder, settings={"REDIS_URL": redis.url}) as first,
            serving(folder, like=first) as second,
        ):
            yield World(redis, [first, second], folder)
    finally:
        redis.kill()
