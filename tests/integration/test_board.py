"""The board in memory and in Redis: one contract."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from instances.board import KEY, Board, MemoryBoard, RedisBoard


@pytest.fixture(params=["memory", "redis"])
async def board(request: pytest.FixtureRequest) -> AsyncIterator[Board]:
    if request.param == "memory":
        yield MemoryBoard()
        return
    redis = Redis.from_url(request.getfixturevalue("redis_url"))
    yield RedisBoard(redis)
    await redis.aclose()


class TestBoard:
    async def test_has_the_newest_note_of_each_process(self, board: Board) -> None:
        await board.pin("web-1", b'{"number": 1}')
        await board.pin("web-2", b"two words \xc3\xa9")
        notes = await board.pin("web-1", b'{"number": 2}')

        assert {name: note.text for name, note in notes.items()} == {
            "web-1": b'{"number": 2}',
            "web-2": b"two words \xc3\xa9",
        }
        assert notes["web-1"].age_seconds == 0

    async def test_forgets_a_process_that_takes_its_note_down(self, board: Board) -> None:
        await board.pin("web-1", b"here")
        await board.take_down("web-1")

        assert list(await board.pin("web-2", b"here")) == ["web-2"]


class TestRedisBoard:
    async def test_tells_how_old_a_note_is_and_forgets_it_in_the_end(self, redis_url: str) -> None:
        redis = Redis.from_url(redis_url)
        board = RedisBoard(redis, kept_seconds=0.2)
        await board.pin("web-1", b"here")
        ages = []
        async with asyncio.timeout(10):
            while "web-1" in (notes := await board.pin("web-2", b"here")):
                ages.append(notes["web-1"].age_seconds)

        assert ages == sorted(ages)
        assert 0 < ages[-1] <= 0.2
        assert 0 < await redis.pttl(KEY) <= 200
        await redis.aclose()

    async def test_leaves_out_what_is_no_note(self, redis_url: str) -> None:
        redis = Redis.from_url(redis_url)
        await redis.hset(KEY, "odd-1", "nonsense")  # type: ignore[misc]  # redis-py's types join sync and async.

        assert list(await RedisBoard(redis).pin("web-1", b"here")) == ["web-1"]
        await redis.aclose()
