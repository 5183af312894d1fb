"""Purging what is too old, and counting it before: the contract of both adapters."""

import sys
from collections.abc import AsyncIterator, Awaitable
from typing import cast

import pytest
import redis.asyncio

from instances.streams import Keep, Position, Streams
from instances.streams.memory import MemoryStreams
from instances.streams.redis import KEY_PREFIX, RedisStreams
from tests.unit.instances.streams.making import Clock, event, events_at, place


class TestPurge:
    async def test_removes_what_is_too_old_though_nothing_new_came(self, streams: Streams, clock: Clock) -> None:
        ((first, *_),) = await place(streams, events_at(clock, 5))
        clock.now += 30
        ((*_, last),) = await place(streams, events_at(clock, 2))
        clock.now += 40

        purged = await streams.purge({"s": Keep(1_000, 60)})

        kept = await streams.read("s", Position(first.epoch, 0))
        assert purged["s"].events == 5
        assert kept.batch is not None
        assert (kept.oldest, kept.batch.first, kept.batch.last, kept.end) == (6, 6, 7, last.offset)

    async def test_of_everything_leaves_the_count_to_go_on(self, streams: Streams, clock: Clock) -> None:
        ((*_, last),) = await place(streams, events_at(clock, 5))
        clock.now += 60

        await streams.purge({"s": Keep(1_000, 10)})

        kept = await streams.read("s", Position(last.epoch, 2))
        assert (kept.batch, kept.oldest, kept.end, kept.following) == (None, 6, 5, None)
        head = (await streams.heads(["s"]))["s"]
        assert (head.position, head.topic, head.event_type) == (last, "a:b", "tested")
        ((following,),) = await place(streams, events_at(clock, 1))
        assert following == Position(last.epoch, 6)
        again = await streams.read("s", last)
        assert again.batch is not None
        assert (again.oldest, again.batch.first, again.batch.last) == (6, 6, 6)

    @pytest.mark.parametrize("ages", [[], [5], [90], [90, 80, 5], [90, 61, 60, 59, 5], [90] * 40 + [5] * 40])
    async def test_removes_exactly_what_was_counted_before(
        self, streams: Streams, clock: Clock, ages: list[int]
    ) -> None:
        keeps = {"s": Keep(1_000, 60)}
        began = clock.now
        for age in ages:
            clock.now = began - age
            await place(streams, events_at(clock, 3))
        clock.now = began

        due = (await streams.due(keeps))["s"]
        purged = (await streams.purge(keeps))["s"]
        left = (await streams.due(keeps))["s"]

        assert due.events == purged.events == 3 * sum(age > 60 for age in ages)
        assert due.oldest_ms == (round((began - ages[0]) * 1000) if ages else None)
        assert (left.events, left.more) == (0, False)
        assert left.oldest_ms == next((round((began - age) * 1000) for age in ages if age <= 60), None)

    async def test_that_only_counts_removes_nothing(self, streams: Streams, clock: Clock) -> None:
        ((first, *_),) = await place(streams, events_at(clock, 5))
        clock.now += 60

        await streams.due({"s": Keep(1_000, 10)})

        kept = await streams.read("s", Position(first.epoch, 0))
        assert kept.batch is not None
        assert (kept.oldest, kept.batch.last) == (1, 5)

    async def test_goes_by_the_keep_of_each_stream(self, streams: Streams, clock: Clock) -> None:
        await place(streams, [*events_at(clock, 5, "short"), *events_at(clock, 5, "long")])
        clock.now += 60

        purged = await streams.purge({"short": Keep(1_000, 10), "long": Keep(1_000, 90), "never": Keep(1_000, 10)})

        assert {name: each.events for name, each in purged.items()} == {"short": 5, "long": 0, "never": 0}
        assert purged["never"].oldest_ms is None

    async def test_takes_a_bounded_number_at_once(
        self, streams: Streams, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for adapter in ("memory", "redis"):
            monkeypatch.setattr(f"instances.streams.{adapter}.PURGED_EVENTS_MAX", 40)
        for _ in range(10):
            await place(streams, events_at(clock, 10))
        clock.now += 60
        keeps = {"s": Keep(1_000, 10)}

        turns = [(await streams.purge(keeps))["s"] for _ in range(3)]

        assert [(each.events, each.more) for each in turns] == [(40, True), (40, True), (20, False)]
        assert (await streams.due(keeps))["s"].events == 0

    async def test_lets_a_longer_keep_hold_for_what_is_there(self, streams: Streams, clock: Clock) -> None:
        ((first, *_),) = await place(streams, events_at(clock, 5), keep=Keep(1_000, 60))

        await streams.purge({"s": Keep(1_000, 600)})
        clock.now += 120

        kept = await streams.read("s", Position(first.epoch, 0))
        assert kept.batch is not None
        assert (kept.oldest, kept.batch.last) == (1, 5)


class TestMemoryStreams:
    async def test_hold_no_event_only_because_it_was_the_last(self) -> None:
        clock = Clock()
        streams = MemoryStreams(clock=clock)
        [gone] = events_at(clock, 1)
        held_here = sys.getrefcount(gone)
        await place(streams, [gone])
        clock.now += 60

        await streams.purge({"s": Keep(1_000, 10)})

        assert sys.getrefcount(gone) == held_here


class TestRedisStreams:
    @pytest.fixture
    async def client(self, redis_url: str) -> AsyncIterator[redis.asyncio.Redis]:
        async with redis.asyncio.Redis.from_url(redis_url) as client:
            yield client

    @pytest.fixture
    async def one(self, redis_url: str) -> AsyncIterator[RedisStreams]:
        streams = RedisStreams(redis_url, timeout_seconds=5.0, clock=Clock())
        yield streams
        await streams.close()

    async def restarted(self, client: redis.asyncio.Redis, stream: str = "s") -> None:
        """Have the stream look as it does after Redis was started anew from this data."""
        await cast("Awaitable[int]", client.hset(KEY_PREFIX + stream, "run", "0" * 40))

    async def test_purge_epochs_before_the_present_one_too(
        self, one: RedisStreams, client: redis.asyncio.Redis
    ) -> None:
        clock = Clock()
        ((first, *_),) = await place(one, events_at(clock, 5))
        await self.restarted(client)
        clock.now += 60
        ((after, *_),) = await place(one, events_at(clock, 3))
        one._clock = lambda: clock.now

        due = (await one.due({"s": Keep(1_000, 10)}))["s"]
        purged = (await one.purge({"s": Keep(1_000, 10)}))["s"]

        assert due.events == purged.events == 5
        old = await one.read("s", Position(first.epoch, 0))
        assert (old.batch, old.oldest, old.end, old.following) == (None, 6, 5, after.epoch)
        new = await one.read("s", Position(after.epoch, 0))
        assert new.batch is not None
        assert (new.oldest, new.batch.last) == (1, 3)

    async def test_keep_a_longer_kept_stream_in_redis_for_longer(
        self, one: RedisStreams, client: redis.asyncio.Redis
    ) -> None:
        ((first,),) = await place(one, [event()], keep=Keep(1_000, 60))

        await one.purge({"s": Keep(1_000, 600)})

        assert 590_000 < await client.pttl(f"{KEY_PREFIX}s:{first.epoch}") <= 600_000
