"""The one contract of both adapters of streams: in memory, and in Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import cast

import pytest
import redis.asyncio

from instances.streams import Head, Keep, Position, Streams
from instances.streams.memory import MemoryStreams
from instances.streams.position import new_epoch
from instances.streams.redis import KEY_PREFIX, RedisStreams
from tests.unit.instances.streams.making import Clock, event, events, offsets, place

LAST = "last:\N{GREEK SMALL LETTER ALPHA}"


class TestStreams:
    async def test_count_densely_from_1(self, streams: Streams) -> None:
        answers = [(await place(streams, events(count)))[0] for count in (1, 3, 1, 500, 1)]

        taken = [position for positions in answers for position in positions]
        assert offsets(taken) == list(range(1, 507))
        assert len({position.epoch for position in taken}) == 1

    async def test_count_each_stream_on_its_own(self, streams: Streams) -> None:
        await place(streams, events(5, "one"))

        (positions,) = await place(streams, [event("other"), event("one"), event("other"), event("one")])

        assert offsets(positions) == [1, 6, 2, 7]

    async def test_count_a_stream_on_within_one_step(self, streams: Streams) -> None:
        answers = await place(streams, events(2), events(3), events(1))

        assert [offsets(positions) for positions in answers] == [[1, 2], [3, 4, 5], [6]]

    async def test_never_give_two_events_one_offset(self, streams: Streams) -> None:
        counts = [number % 4 + 1 for number in range(100)]

        answers = await asyncio.gather(*(place(streams, events(count), events(1, "t")) for count in counts))

        assert sorted(offset for answer in answers for offset in offsets(answer[0])) == list(range(1, sum(counts) + 1))

    async def test_tell_where_they_end_and_what_stands_there(self, streams: Streams) -> None:
        await place(streams, [event(topic="first")])
        ((*_, last),) = await place(
            streams, [event(), event(topic="last:\N{GREEK SMALL LETTER ALPHA}", received_ms=99)]
        )

        heads = await streams.heads(["s"])

        assert heads["s"] == Head(last, 99, LAST, "tested")

    async def test_end_before_their_first_event_in_the_epoch_that_it_will_have(self, streams: Streams) -> None:
        head = (await streams.heads(["s"]))["s"]
        ((first,),) = await place(streams, [event()])

        assert (head.position.offset, head.received_ms, head.topic) == (0, None, None)
        assert head.position.epoch == first.epoch

    async def test_end_where_they_ended_when_nothing_is_kept_any_more(self, streams: Streams, clock: Clock) -> None:
        ((*_, last),) = await place(streams, [event(topic="old")], keep=Keep(1_000, 1))
        clock.now += 60
        await streams.read("s", Position(last.epoch, 0))

        assert (await streams.heads(["s"]))["s"] == Head(last, 1_700_000_000_000, "old", "tested")


class TestHistory:
    async def test_gives_back_what_was_appended(self, streams: Streams) -> None:
        ((first, *_),) = await place(streams, [event(says=f"{number}") for number in range(3)])

        kept = await streams.read("s", Position(first.epoch, 0))

        assert kept.batch is not None
        assert (kept.batch.first, kept.batch.epoch, kept.batch.stream) == (1, first.epoch, "s")
        assert [each.wire for each in kept.batch.events] == [
            b'{"says":"%d","stream":"s","offset":%d,"epoch":"%b","data":null}'
            % (number, number + 1, first.epoch.encode())
            for number in range(3)
        ]
        assert (kept.oldest, kept.end, kept.following) == (1, 3, None)

    @pytest.mark.parametrize("after", [0, 1, 199, 200, 201, 699, 700])
    @pytest.mark.parametrize("limit", [1, 7, 500])
    async def test_gives_what_follows_a_position(self, streams: Streams, after: int, limit: int) -> None:
        ((first, *_),) = await place(streams, events(650))
        await place(streams, *([event()] for _ in range(50)))

        kept = await streams.read("s", Position(first.epoch, after), limit=limit)

        if after == 700:
            assert kept.batch is None
        else:
            assert kept.batch is not None
            assert kept.batch.first == after + 1
            assert 1 <= len(kept.batch.events) <= limit
            assert kept.batch.events[0].wire.split(b'"offset":')[1].startswith(b"%d," % (after + 1))

    @pytest.mark.parametrize("before", [1, 2, 200, 201, 650, 701])
    @pytest.mark.parametrize("limit", [1, 7, 500])
    async def test_gives_what_goes_before_a_position(self, streams: Streams, before: int, limit: int) -> None:
        ((first, *_),) = await place(streams, events(650))
        await place(streams, *([event()] for _ in range(50)))

        kept = await streams.read_back("s", Position(first.epoch, before), limit=limit)

        if before == 1:
            assert kept.batch is None
        else:
            assert kept.batch is not None
            assert kept.batch.last == before - 1
            assert 1 <= len(kept.batch.events) <= limit

    async def test_gives_as_much_as_is_asked_for_of_what_came_one_by_one(self, streams: Streams) -> None:
        ((first,), *_) = await place(streams, *([event()] for _ in range(300)))

        forward = await streams.read("s", Position(first.epoch, 0), limit=299)
        back = await streams.read_back("s", Position(first.epoch, 301), limit=299)

        assert forward.batch is not None
        assert back.batch is not None
        assert (forward.batch.first, forward.batch.last) == (1, 299)
        assert (back.batch.first, back.batch.last) == (2, 300)

    async def test_can_be_walked_in_both_directions(self, streams: Streams) -> None:
        ((first, *_),) = await place(streams, events(1_234), keep=Keep(5_000, 60))
        forward: list[int] = []
        back: list[int] = []

        at = Position(first.epoch, 0)
        while (kept := await streams.read("s", at)).batch is not None:
            forward += range(kept.batch.first, kept.batch.last + 1)
            at = Position(first.epoch, kept.batch.last)
        at = Position(first.epoch, 1_235)
        while (kept := await streams.read_back("s", at)).batch is not None:
            back += range(kept.batch.last, kept.batch.first - 1, -1)
            at = Position(first.epoch, kept.batch.first)

        assert forward == list(range(1, 1_235))
        assert back == forward[::-1]

    async def test_is_bounded_by_count(self, streams: Streams) -> None:
        keep = Keep(100, 3_600)
        for _ in range(29):
            await place(streams, events(10), keep=keep)
        ((*_, last),) = await place(streams, events(10), keep=keep)

        kept = await streams.read("s", Position(last.epoch, 0))

        assert kept.batch is not None
        # What is kept goes in pieces, so some more may be there than asked for.
        assert 100 <= len(kept.batch.events) < 110
        assert kept.oldest == kept.batch.first
        assert kept.batch.last == kept.end == 300

    async def test_is_bounded_by_age(self, streams: Streams, clock: Clock) -> None:
        keep = Keep(1_000, 60)
        await place(streams, [event(received_ms=round(clock.now * 1000))], keep=keep)
        clock.now += 61
        ((*_, last),) = await place(streams, [event(received_ms=round(clock.now * 1000))], keep=keep)

        kept = await streams.read("s", Position(last.epoch, 0))

        assert kept.batch is not None
        assert (kept.oldest, kept.batch.first, kept.batch.last) == (2, 2, 2)

    async def test_tells_of_an_epoch_that_nobody_remembers(self, streams: Streams) -> None:
        ((first,),) = await place(streams, [event()])

        kept = await streams.read("s", Position("neverwas", 7))

        assert (kept.batch, kept.end, kept.following) == (None, None, first.epoch)
        assert await streams.past("s") == [first.epoch]

    async def test_of_a_stream_without_events_is_empty(self, streams: Streams) -> None:
        head = (await streams.heads(["s"]))["s"].position

        kept = await streams.read("s", head)

        assert (kept.batch, kept.oldest, kept.end, kept.following) == (None, 1, 0, None)


class TestMemoryStreams:
    async def test_begin_a_new_epoch_at_each_start(self) -> None:
        ((one,),) = await place(MemoryStreams(), [event()])
        ((other,),) = await place(MemoryStreams(), [event()])

        assert one.epoch != other.epoch

    async def test_hold_no_more_bytes_than_a_process_should(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("instances.streams.memory.KEPT_BYTES_MAX", 10_000)
        streams = MemoryStreams(clock=Clock())

        ((first, *_),) = await place(streams, events(100))

        kept = await streams.read("s", Position(first.epoch, 0))
        assert kept.batch is not None
        assert kept.batch.last == 100
        assert sum(each.size for each in events(len(kept.batch.events))) <= 10_000


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

    @pytest.fixture
    async def other(self, redis_url: str) -> AsyncIterator[RedisStreams]:
        streams = RedisStreams(redis_url, timeout_seconds=5.0, clock=Clock())
        yield streams
        await streams.close()

    async def test_of_two_processes_count_together(self, one: RedisStreams, other: RedisStreams) -> None:
        answers = await asyncio.gather(*(place(streams, [event()]) for _ in range(50) for streams in (one, other)))

        taken = [position for answer in answers for position in answer[0]]
        assert sorted(offsets(taken)) == list(range(1, 101))
        assert len({position.epoch for position in taken}) == 1

    async def test_of_two_processes_know_each_other_s_ids(self, one: RedisStreams, other: RedisStreams) -> None:
        ((first,),) = await place(one, [event(given_id=b"a" * 16, says="x")])
        ((again,),) = await place(other, [event(given_id=b"a" * 16, says="x")])

        assert again == first

    async def restarted(self, client: redis.asyncio.Redis, stream: str = "s") -> None:
        """Have the stream look as it does after Redis was started anew from this data."""
        await cast("Awaitable[int]", client.hset(KEY_PREFIX + stream, "run", "0" * 40))

    @pytest.mark.parametrize("asks_first", [True, False])
    async def test_begin_a_new_epoch_when_redis_was_started_anew(
        self, one: RedisStreams, client: redis.asyncio.Redis, asks_first: bool
    ) -> None:
        ((*_, before),) = await place(one, events(5))
        await self.restarted(client)

        if asks_first:
            head = (await one.heads(["s"]))["s"]
            assert (head.position.offset, head.topic) == (0, None)
        ((after,),) = await place(one, [event()])

        assert after.epoch != before.epoch
        assert after.offset == 1

    async def test_still_give_what_is_kept_of_the_epoch_before(
        self, one: RedisStreams, client: redis.asyncio.Redis
    ) -> None:
        ((first, *_),) = await place(one, events(5))
        await self.restarted(client)
        ((after,),) = await place(one, [event()])

        old = await one.read("s", Position(first.epoch, 2))
        new = await one.read("s", Position(after.epoch, 0))

        assert old.batch is not None
        assert (old.batch.first, old.batch.last, old.end, old.following) == (3, 5, 5, after.epoch)
        assert new.batch is not None
        assert (new.batch.first, new.batch.last, new.following) == (1, 1, None)
        assert await one.past("s") == [first.epoch, after.epoch]

    async def test_remember_three_epochs_and_no_more(self, one: RedisStreams, client: redis.asyncio.Redis) -> None:
        epochs = []
        for _ in range(6):
            ((place_,),) = await place(one, [event()])
            epochs.append(place_.epoch)
            await self.restarted(client)
        ((last,),) = await place(one, [event()])

        assert await one.past("s") == [*epochs[-3:], last.epoch]
        forgotten = await one.read("s", Position(epochs[0], 1))
        assert (forgotten.end, forgotten.following) == (None, epochs[-3])

    async def test_never_send_a_reader_back_to_an_epoch_before_its_own(
        self, one: RedisStreams, client: redis.asyncio.Redis
    ) -> None:
        """Such as one that was told an epoch in which nothing happened before Redis was started anew again."""
        ((first,),) = await place(one, [event()])
        await self.restarted(client)
        quiet = (await one.heads(["s"]))["s"].position
        await self.restarted(client)
        ((last,),) = await place(one, [event()])

        kept = await one.read("s", quiet)

        assert await one.past("s") == [first.epoch, last.epoch]
        assert (kept.batch, kept.following) == (None, last.epoch)

    async def test_of_an_emptied_redis_begin_anew(self, one: RedisStreams, client: redis.asyncio.Redis) -> None:
        ((*_, before),) = await place(one, events(5))
        await client.flushdb()

        kept = await one.read("s", before)
        ((after,),) = await place(one, [event()])

        assert (kept.batch, kept.end) == (None, None)
        assert kept.following == after.epoch != before.epoch

    async def test_leave_nothing_behind_that_never_ends(self, one: RedisStreams, client: redis.asyncio.Redis) -> None:
        await place(one, [event(given_id=b"a" * 16)])

        lasting = [key async for key in client.scan_iter() if await client.pttl(key) < 0]

        # The count itself and the number of the generation are small, and must not end.
        assert sorted(lasting) == [b"gaterhub:ids:health", b"gaterhub:stream:s"]

    async def test_count_beyond_what_fits_into_a_double_s_short_form(
        self, one: RedisStreams, client: redis.asyncio.Redis
    ) -> None:
        await place(one, [event()])
        await cast("Awaitable[int]", client.hset(KEY_PREFIX + "s", "offset", str(10**15)))

        ((position,),) = await place(one, [event()])

        assert position.offset == 10**15 + 1
        kept = await one.read("s", Position(position.epoch, 10**15))
        assert kept.batch is not None
        assert kept.batch.first == 10**15 + 1


class TestNewEpoch:
    def test_never_repeats_itself(self) -> None:
        assert len({new_epoch() for _ in range(1_000)}) == 1_000
