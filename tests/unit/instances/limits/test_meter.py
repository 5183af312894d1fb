import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from instances.broker import Broker, Unavailable
from instances.error_codes import Refusal
from instances.limits.bucket import NO_WAIT, Lease, LocalBuckets
from instances.limits.meter import MAX_IN_LINE, LineFull, Meter, Meters, TooFast
from instances.limits.rates import Amount, Rates
from instances.streams.memory import MemoryStreams

RATES = Rates(events=100, bytes=0)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class FarAway(Broker):
    """A broker whose shared bucket answers when the test lets it."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(streams=MemoryStreams())
        self.gate = asyncio.Event()
        self.asked = 0
        self.away = False
        self._clock = clock
        self._bucket = LocalBuckets(RATES, now=clock())

    @property
    def shares_rates(self) -> bool:
        return True

    async def lease(self, name: str, rates: Rates, need: Amount, want: Amount) -> Lease:
        self.asked += 1
        await self.gate.wait()
        if self.away:
            raise Unavailable("Redis is away.")
        return self._bucket.lease(need, want, self._clock())


class Publisher:
    """Publishes through a meter, and writes down what became of it, in order."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self.passed: list[int] = []
        self.refused: list[Refusal] = []

    def publish(self, events: int, size: int = 1) -> None:
        def then(refusal: Refusal | None) -> None:
            if refusal is None:
                self.passed.append(events)
            else:
                self.refused.append(refusal)

        if self._meter.take(events, size):
            then(None)
        else:
            self._meter.queue(events, size, then)


def meter_of(broker: Broker, clock: Clock, rates: Rates = RATES) -> Meter:
    return Meters(broker, clock=clock).of("token", 1, "health", rates)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


class TestAloneInItsProcess:
    def test_lets_a_burst_through_at_once_and_then_its_rate(self) -> None:
        clock = Clock()
        publisher = Publisher(meter_of(Broker(streams=MemoryStreams()), clock))

        for _ in range(2_000):
            publisher.publish(1)
        burst = len(publisher.passed)
        for _ in range(200):
            clock.now += 0.05
            for _ in range(20):
                publisher.publish(1)

        assert burst == 1_000
        assert len(publisher.passed) == 1_000 + 10 * 100

    def test_refuses_a_batch_as_a_whole_and_says_when_it_fits(self) -> None:
        clock = Clock()
        publisher = Publisher(meter_of(Broker(streams=MemoryStreams()), clock))
        publisher.publish(1_000)

        publisher.publish(250)

        (refusal,) = publisher.refused
        assert isinstance(refusal, TooFast)
        assert (refusal.code, refusal.status, refusal.retry_after_seconds) == ("too_many_requests", 429, 2.5)
        assert "100 events a second to health" in refusal.message
        clock.now = 2.5
        publisher.publish(250)
        assert publisher.passed == [1_000, 250]

    def test_counts_bytes_too(self) -> None:
        clock = Clock()
        publisher = Publisher(meter_of(Broker(streams=MemoryStreams()), clock, Rates(events=0, bytes=1_000)))
        publisher.publish(1, 4 * 1024 * 1024)

        publisher.publish(1, 500)

        assert "1,000 bytes a second" in publisher.refused[0].message
        assert publisher.refused[0].retry_after_seconds == 0.5

    def test_refuses_early_only_what_certainly_does_not_fit(self) -> None:
        clock = Clock()
        meter = meter_of(Broker(streams=MemoryStreams()), clock)
        meter.check_early(1, 1)
        publisher = Publisher(meter)
        publisher.publish(1_000)
        publisher.publish(10)

        meter.check_early(9, 1)
        with pytest.raises(TooFast) as refused:
            meter.check_early(20, 1)

        assert refused.value.retry_after_seconds == pytest.approx(0.2)
        clock.now = 0.2
        meter.check_early(10, 1)


class TestSharedWithOthers:
    def test_keeps_the_order_while_a_lease_is_fetched(self) -> None:
        async def journey() -> None:
            clock = Clock()
            broker = FarAway(clock)
            publisher = Publisher(meter_of(broker, clock))
            for events in (5, 1, 7, 2):
                publisher.publish(events)
            assert publisher.passed == []

            broker.gate.set()
            await settle()
            publisher.publish(3)
            await settle()

            assert publisher.passed == [5, 1, 7, 2, 3]
            assert broker.asked == 2

        run(journey)

    def test_lets_nothing_small_overtake_what_waits(self) -> None:
        async def journey() -> None:
            clock = Clock()
            broker = FarAway(clock)
            broker.gate.set()
            publisher = Publisher(meter_of(broker, clock))
            publisher.publish(5)
            await settle()
            broker.gate.clear()

            publisher.publish(7)
            publisher.publish(3)
            broker.gate.set()
            await settle()

            assert publisher.passed == [5, 7, 3]

        run(journey)

    def test_asks_once_for_many(self) -> None:
        async def journey() -> None:
            clock = Clock()
            broker = FarAway(clock)
            broker.gate.set()
            publisher = Publisher(meter_of(broker, clock))
            for _ in range(100):
                publisher.publish(1)
                await settle()

            assert len(publisher.passed) == 100
            assert broker.asked == 10

        run(journey)

    def test_does_not_ask_again_for_what_was_refused(self) -> None:
        async def journey() -> None:
            clock = Clock()
            broker = FarAway(clock)
            broker.gate.set()
            publisher = Publisher(meter_of(broker, clock))
            publisher.publish(1_000)
            await settle()
            for _ in range(50):
                publisher.publish(10)
                await settle()

            assert (len(publisher.passed), len(publisher.refused), broker.asked) == (1, 50, 2)

        run(journey)

    def test_applies_the_whole_rate_itself_while_redis_is_away(self) -> None:
        async def journey() -> None:
            clock = Clock()
            broker = FarAway(clock)
            broker.away = True
            broker.gate.set()
            publisher = Publisher(meter_of(broker, clock))
            for _ in range(1_200):
                publisher.publish(1)
                await settle()

            assert len(publisher.passed) == 1_000

        run(journey)

    def test_gives_no_second_burst_when_redis_goes_away(self) -> None:
        async def journey() -> None:
            clock = Clock()
            broker = FarAway(clock)
            broker.gate.set()
            publisher = Publisher(meter_of(broker, clock))
            publisher.publish(1_000)
            await settle()

            broker.away = True
            publisher.publish(1)
            await settle()

            assert (publisher.passed, len(publisher.refused)) == ([1_000], 1)

        run(journey)

    def test_lets_only_so_many_wait(self) -> None:
        async def journey() -> None:
            clock = Clock()
            publisher = Publisher(meter_of(FarAway(clock), clock))

            for _ in range(MAX_IN_LINE + 1):
                publisher.publish(1)

            assert isinstance(publisher.refused[0], LineFull)

        run(journey)

    def test_tells_who_waits_that_the_hub_stops(self) -> None:
        async def journey() -> None:
            clock = Clock()
            meters = Meters(FarAway(clock), clock=clock)
            publisher = Publisher(meters.of("token", 1, "health", RATES))
            publisher.publish(1)
            await settle()

            meters.stop(Unavailable("The hub is stopping."))
            await settle()

            assert [refusal.code for refusal in publisher.refused] == ["unavailable"]

        run(journey)


class TestMeters:
    def test_are_apart_for_each_caller_and_instance(self) -> None:
        meters = Meters(Broker(streams=MemoryStreams()), clock=Clock())

        mine = meters.of("token", 1, "health", RATES)

        assert mine is meters.of("token", 1, "health", RATES)
        others = [("token", 2, "health"), ("user", 1, "health"), ("token", 1, "audit")]
        assert all(meters.of(*other, RATES) is not mine for other in others)

    def test_follow_changed_rates(self) -> None:
        meters = Meters(Broker(streams=MemoryStreams()), clock=Clock())
        meters.of("token", 1, "health", RATES)

        assert meters.of("token", 1, "health", Rates(5, 0)).rates.events == 5

    def test_are_bounded_in_number(self) -> None:
        meters = Meters(Broker(streams=MemoryStreams()), clock=Clock(), most=3)

        for number in range(10):
            meters.of("token", number, "health", RATES)

        assert len(meters) == 3

    def test_grant_what_no_wait_is_told_for(self) -> None:
        assert not Lease(Amount(1, 1), NO_WAIT).refused
