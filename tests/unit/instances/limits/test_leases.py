import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from instances.broker import Broker
from instances.limits.leases import KEY_PREFIX, SharedBuckets
from instances.limits.meter import Meter, Meters
from instances.limits.rates import Amount, Rates
from instances.streams.redis import RedisStreams

RATES = Rates(events=2_000, bytes=0)


@asynccontextmanager
async def process(url: str) -> AsyncIterator[Broker]:
    streams = RedisStreams(url, timeout_seconds=5.0)
    try:
        yield Broker(streams=streams, buckets=SharedBuckets(streams.redis))
    finally:
        await streams.close()


async def flood(meter: Meter, *, until: float) -> int:
    """Publish single events as fast as it goes, and return how many passed."""
    loop = asyncio.get_running_loop()
    passed = 0
    while loop.time() < until:
        if meter.take(1, 1):
            passed += 1
            continue
        answer: asyncio.Future[bool] = loop.create_future()
        meter.queue(1, 1, lambda refusal, answer=answer: answer.set_result(refusal is None))  # type: ignore[misc]
        passed += await answer
        await asyncio.sleep(0)
    return passed


class TestSharedBuckets:
    def test_hold_several_processes_to_one_rate(self, redis_url: str) -> None:
        async def journey() -> tuple[int, float]:
            async with process(redis_url) as first, process(redis_url) as second:
                loop = asyncio.get_running_loop()
                began = loop.time()
                meters = [Meters(broker).of("token", 1, "health", RATES) for broker in (first, second)]
                passed = await asyncio.gather(*(flood(meter, until=began + 1.5) for meter in meters))
                return sum(passed), loop.time() - began

        passed, seconds = asyncio.run(asyncio.wait_for(journey(), 60))

        leased = 2 * RATES.lease.events
        assert passed <= RATES.burst.events + RATES.events * seconds + leased
        assert passed >= RATES.burst.events + RATES.events * 1.0

    def test_grant_all_or_nothing_of_both_and_tell_the_wait(self, redis_url: str) -> None:
        async def journey() -> None:
            async with process(redis_url) as broker:
                both = Rates(events=10, bytes=1_000)
                burst = both.burst
                first = await broker.lease("token:1:health", both, burst, burst)
                second = await broker.lease("token:1:health", both, Amount(5, 0), Amount(5, 0))
                third = await broker.lease("token:1:health", both, Amount(0, 0), Amount(0, 1))

                assert first.granted == burst
                assert second.refused
                assert 0.3 < second.waits.events <= 0.5
                assert not third.refused

        asyncio.run(asyncio.wait_for(journey(), 60))

    def test_are_forgotten_when_they_are_full_again(self, redis_url: str) -> None:
        async def journey() -> int:
            async with process(redis_url) as broker, Redis.from_url(redis_url) as redis:
                await broker.lease("token:1:health", RATES, Amount(1, 0), Amount(1, 0))
                return int(await redis.pttl(f"{KEY_PREFIX}token:1:health"))

        assert 0 < asyncio.run(asyncio.wait_for(journey(), 60)) <= 3_000
