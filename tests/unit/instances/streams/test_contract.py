"""The one contract of both adapters of streams: in memory, and in Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import cast

import pytest
import redis.asyncio

from instances.streams import Append, Head, Position, Streams
from instances.streams.memory import MemoryStreams
from instances.streams.position import new_epoch
from instances.streams.redis import RedisStreams


def wish(stream: str, count: int = 1, *, received_ms: int = 1_672_531_200_004, topic: str = "a:b") -> Append:
    return Append(stream, count, received_ms, topic, "tested")


@pytest.fixture(params=["memory", "redis"])
async def streams(request: pytest.FixtureRequest) -> AsyncIterator[Streams]:
    adapter: Streams
    if request.param == "memory":
        adapter = MemoryStreams()
    else:
        adapter = RedisStreams(request.getfixturevalue("redis_url"), timeout_seconds=5.0)
    yield adapter
    await adapter.close()


class TestStreams:
    async def test_count_densely_from_1(self, streams: Streams) -> None:
        firsts = [(await streams.append([wish("s", count)]))[0] for count in (1, 3, 1, 500, 1)]

        assert [first.offset for first in firsts] == [1, 2, 5, 6, 506]
        assert len({first.epoch for first in firsts}) == 1

    async def test_count_each_stream_on_its_own(self, streams: Streams) -> None:
        await streams.append([wish("one", 5)])

        firsts = await streams.append([wish("other", 2), wish("one", 2)])

        assert [first.offset for first in firsts] == [1, 6]

    async def test_count_a_stream_on_within_one_step(self, streams: Streams) -> None:
        firsts = await streams.append([wish("s", 2), wish("s", 3), wish("s")])

        assert [first.offset for first in firsts] == [1, 3, 6]

    async def test_never_give_two_appends_one_offset(self, streams: Streams) -> None:
        counts = [number % 4 + 1 for number in range(100)]

        answers = await asyncio.gather(*(streams.append([wish("s", count), wish("t")]) for count in counts))

        taken = [
            offset
            for (first, _), count in zip(answers, counts, strict=True)
            for offset in range(first.offset, first.offset + count)
        ]
        assert sorted(taken) == list(range(1, sum(counts) + 1))
        assert sorted(second.offset for _, second in answers) == list(range(1, 101))

    async def test_tell_where_a_stream_ends_and_what_stands_there(self, streams: Streams) -> None:
        await streams.append([wish("s", 3, topic="first")])
        (first,) = await streams.append([wish("s", 4, received_ms=99, topic="last:\N{GREEK SMALL LETTER ALPHA}")])

        heads = await streams.heads(["s"])

        assert heads == {"s": Head(Position(first.epoch, 7), 99, "last:\N{GREEK SMALL LETTER ALPHA}", "tested")}

    async def test_tell_of_each_stream_asked_for(self, streams: Streams) -> None:
        await streams.append([wish("one", 3)])

        heads = await streams.heads(["one", "never", "other"])

        assert {name: head.position.offset for name, head in heads.items()} == {"one": 3, "never": 0, "other": 0}

    async def test_tell_of_a_stream_that_never_had_an_event_the_epoch_it_will_count_in(self, streams: Streams) -> None:
        told = [(await streams.heads(["s"]))["s"] for _ in range(2)]

        (first,) = await streams.append([wish("s")])

        assert told == [Head(Position(first.epoch, 0), None, None, None)] * 2
        assert first.offset == 1


class TestMemoryStreams:
    async def test_begin_an_epoch_in_each_process(self) -> None:
        (one,) = await MemoryStreams().append([wish("s")])
        (other,) = await MemoryStreams().append([wish("s")])

        assert one.epoch != other.epoch


class TestRedisStreams:
    @pytest.fixture
    async def client(self, redis_url: str) -> AsyncIterator["redis.asyncio.Redis"]:
        async with redis.asyncio.Redis.from_url(redis_url) as client:
            yield client

    @pytest.fixture
    async def one(self, redis_url: str) -> AsyncIterator[RedisStreams]:
        streams = RedisStreams(redis_url, timeout_seconds=5.0)
        yield streams
        await streams.close()

    @pytest.fixture
    async def other(self, redis_url: str) -> AsyncIterator[RedisStreams]:
        streams = RedisStreams(redis_url, timeout_seconds=5.0)
        yield streams
        await streams.close()

    async def test_of_two_processes_count_together(self, one: RedisStreams, other: RedisStreams) -> None:
        answers = await asyncio.gather(*(streams.append([wish("s")]) for _ in range(50) for streams in (one, other)))

        assert sorted(first.offset for (first,) in answers) == list(range(1, 101))
        assert len({first.epoch for (first,) in answers}) == 1
        assert await one.heads(["s"]) == await other.heads(["s"])

    async def test_begin_an_epoch_when_redis_was_emptied(
        self, one: RedisStreams, client: "redis.asyncio.Redis"
    ) -> None:
        (before,) = await one.append([wish("s", 5)])
        await client.flushdb()

        (after,) = await one.append([wish("s")])

        assert after.offset == 1
        assert after.epoch != before.epoch

    async def test_begin_an_epoch_when_redis_was_emptied_and_somebody_asks_first(
        self, one: RedisStreams, other: RedisStreams, client: "redis.asyncio.Redis"
    ) -> None:
        (before,) = await one.append([wish("s", 5)])
        await client.flushdb()

        told = (await other.heads(["s"]))["s"].position
        (after,) = await one.append([wish("s")])

        assert told == Position(after.epoch, 0)
        assert after.epoch != before.epoch

    @pytest.mark.parametrize("asks_first", [True, False])
    async def test_begin_an_epoch_when_another_redis_counts_on(
        self, one: RedisStreams, client: "redis.asyncio.Redis", asks_first: bool
    ) -> None:
        # A restart from an old snapshot, or a replica that took over, brings counts made under another run id.
        (before,) = await one.append([wish("s", 5)])
        await cast("Awaitable[int]", client.hset("gaterhub:stream:s", "run", "of-another-redis"))

        told = (await one.heads(["s"]))["s"] if asks_first else None
        (after,) = await one.append([wish("s")])

        assert after.epoch != before.epoch
        assert after.offset == 1
        if told is not None:
            assert told == Head(Position(after.epoch, 0), None, None, None)


class TestEpoch:
    def test_is_a_short_name_that_needs_no_escaping(self) -> None:
        epochs = {new_epoch() for _ in range(1_000)}

        assert len(epochs) == 1_000
        assert all(epoch.isascii() and epoch.isalnum() and len(epoch) == 8 for epoch in epochs)
