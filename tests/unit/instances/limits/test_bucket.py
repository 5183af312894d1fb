from hypothesis import given
from hypothesis import strategies as st

from instances.limits.bucket import Bucket, LocalBuckets
from instances.limits.rates import Amount, Rates


class TestBucket:
    def test_begins_full_and_fills_at_its_rate_up_to_its_capacity(self) -> None:
        bucket = Bucket(rate=10, capacity=100, now=0.0)

        bucket.take(100, 0.0)

        assert [bucket.level(at) for at in (0.0, 1.0, 5.0, 100.0)] == [0, 10, 50, 100]

    def test_tells_how_long_to_wait(self) -> None:
        bucket = Bucket(rate=10, capacity=100, now=0.0)
        bucket.take(95, 0.0)

        assert (bucket.wait_seconds(5, 0.0), bucket.wait_seconds(25, 0.0)) == (0.0, 2.0)

    def test_gains_nothing_by_a_clock_that_went_back(self) -> None:
        bucket = Bucket(rate=10, capacity=100, now=50.0)
        bucket.take(100, 50.0)

        assert (bucket.level(40.0), bucket.level(50.0), bucket.level(51.0)) == (0, 0, 10)

    @given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 60)), max_size=60))
    def test_never_gives_more_than_its_capacity_and_its_rate(self, steps: list[tuple[float, int]]) -> None:
        bucket, now, taken = Bucket(rate=10, capacity=50, now=0.0), 0.0, 0
        for passed, amount in steps:
            now += passed
            if bucket.wait_seconds(amount, now) == 0:
                bucket.take(amount, now)
                taken += amount

            assert taken <= 50 + 10 * now + 1e-6


class TestLocalBuckets:
    def test_grants_all_or_nothing_of_both(self) -> None:
        buckets = LocalBuckets(Rates(events=1_000, bytes=1), now=0.0)
        full = Amount(1, 4 * 1024 * 1024)

        first = buckets.lease(full, full, 0.0)
        second = buckets.lease(Amount(1, 10), Amount(1, 10), 0.0)

        assert (first.granted, first.refused) == (full, False)
        assert (second.granted, second.waits) == (Amount(0, 0), Amount(0, 10))

    def test_grants_what_there_is_of_what_is_wanted(self) -> None:
        buckets = LocalBuckets(Rates(events=10, bytes=0), now=0.0)

        assert buckets.lease(Amount(1, 0), Amount(5_000, 0), 0.0).granted.events == 1_000


class TestRates:
    def test_always_let_a_full_batch_through(self) -> None:
        assert Rates(events=1, bytes=1).burst == Amount(1_000, 4 * 1024 * 1024)
        assert Rates(events=10_000, bytes=0).burst.events == 20_000
