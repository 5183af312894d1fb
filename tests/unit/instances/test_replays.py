from collections.abc import AsyncIterator

import pytest
import redis.asyncio

from instances.event import Signed
from instances.replays import KEY_PREFIX, MemoryReplays, RedisReplays, Replays, TooManySigned

NOW = 1_700_000_000


def signature(number: int, *, seconds: int = 300) -> Signed:
    return Signed(bytes([number]) * 16, (NOW + seconds) * 1000)


@pytest.fixture(params=["memory", "redis"])
async def replays(request: pytest.FixtureRequest) -> AsyncIterator[Replays]:
    if request.param == "memory":
        yield MemoryReplays(clock=lambda: NOW)
        return
    client = redis.asyncio.Redis.from_url(request.getfixturevalue("redis_url"))
    yield RedisReplays(client, clock=lambda: NOW)
    await client.aclose()


class TestReplays:
    async def test_know_what_was_claimed_before(self, replays: Replays) -> None:
        assert await replays.claim([[signature(1)], [signature(2), signature(3)]]) == [[], []]
        assert await replays.claim([[signature(3), signature(4), signature(1)]]) == [[0, 2]]

    async def test_claim_nothing_of_a_publication_with_a_known_one(self, replays: Replays) -> None:
        await replays.claim([[signature(1)]])
        await replays.claim([[signature(1), signature(2)]])

        assert await replays.claim([[signature(2)]]) == [[]]

    async def test_know_one_that_comes_twice_at_once(self, replays: Replays) -> None:
        assert await replays.claim([[signature(1), signature(1)]]) == [[1]]
        assert await replays.claim([[signature(1)], [signature(1)]]) == [[], [0]]

    async def test_forget_what_is_given_back(self, replays: Replays) -> None:
        await replays.claim([[signature(1), signature(2)]])
        await replays.give_back([signature(1)])

        assert await replays.claim([[signature(1)], [signature(2)]]) == [[], [0]]


class TestInMemory:
    async def test_are_forgotten_when_their_time_is_over(self) -> None:
        now = [float(NOW)]
        replays = MemoryReplays(clock=lambda: now[0], most=3)
        await replays.claim([[signature(1, seconds=10), signature(2, seconds=5), signature(3, seconds=5)]])
        with pytest.raises(TooManySigned, match="3 signatures"):
            await replays.claim([[signature(4)]])

        now[0] += 5

        assert await replays.claim([[signature(1)], [signature(2)]]) == [[0], []]


class TestInRedis:
    async def test_are_known_to_every_process_and_end_by_themselves(self, redis_url: str) -> None:
        one, other = (redis.asyncio.Redis.from_url(redis_url) for _ in range(2))
        await RedisReplays(one, clock=lambda: NOW).claim([[signature(1, seconds=100)]])

        assert await RedisReplays(other, clock=lambda: NOW).claim([[signature(1)]]) == [[0]]
        (key,) = await other.keys(f"{KEY_PREFIX}*")
        assert 95_000 < await other.pttl(key) <= 100_000
        for client in (one, other):
            await client.aclose()
