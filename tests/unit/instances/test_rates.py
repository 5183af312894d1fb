import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instances.rates import SAMPLES_KEPT, SNAP_SECONDS, Rates


def sampled(*totals: int) -> Rates:
    """Sample the totals, a second apart."""
    rates = Rates()
    for second, total in enumerate(totals):
        rates.add(float(second), total)
    return rates


class TestRates:
    @pytest.mark.parametrize("totals", [(), (100,)])
    def test_are_nothing_before_two_samples(self, totals: tuple[int, ...]) -> None:
        assert sampled(*totals).over(1) == 0.0

    def test_tell_events_per_second_over_the_time_asked_for(self) -> None:
        rates = sampled(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 50)

        assert rates.over(1) == 50.0
        assert rates.over(10) == 5.0

    def test_take_what_there_is_while_the_time_is_longer(self) -> None:
        assert sampled(0, 10, 20).over(60) == 10.0

    def test_allow_for_a_sample_that_came_a_little_late(self) -> None:
        rates = Rates()
        for at, total in [(0.0, 0), (1.0, 10), (2.3, 23)]:
            rates.add(at, total)

        assert rates.over(1) == pytest.approx(10.0)

    def test_begin_anew_when_the_count_does(self) -> None:
        rates = sampled(1_000, 2_000, 5)
        first = rates.over(10)
        rates.add(3.0, 9)

        assert (first, rates.over(10)) == (0.0, 4.0)

    def test_survive_two_samples_of_one_moment(self) -> None:
        rates = Rates()
        rates.add(1.0, 1)
        rates.add(1.0, 2)

        assert rates.over(1) == 0.0

    def test_keep_no_more_than_five_minutes(self) -> None:
        rates = sampled(0, *range(1_000_000, 1_000_000 + SAMPLES_KEPT))

        assert rates.over(10_000) == 1.0


class TestHistory:
    def test_tells_each_second_oldest_first(self) -> None:
        assert sampled(0, 3, 3, 10).history(3) == [3, 0, 7]

    def test_tells_nothing_of_the_time_before_the_first_sample(self) -> None:
        assert sampled(5, 7).history(4) == [None, None, None, 2]
        assert sampled(5).history(2) == [None, None]
        assert Rates().history(2) == [None, None]

    def test_goes_no_further_back_than_asked(self) -> None:
        assert sampled(*range(0, 100, 10)).history(4) == [10, 10, 10, 10]

    def test_keeps_few_events_whole_although_samples_are_not_punctual(self) -> None:
        rates = Rates()
        for at, total in [(0.02, 0), (1.01, 2), (2.2, 2), (3.0, 5)]:
            rates.add(at, total)

        assert rates.history(3) == [2, 0, 3]

    def test_spreads_what_came_while_no_sample_did(self) -> None:
        rates = Rates()
        for at, total in [(0.0, 0), (1.0, 10), (5.0, 50), (6.0, 60)]:
            rates.add(at, total)

        assert rates.history(6) == [10, 10, 10, 10, 10, 10]

    @given(st.lists(st.tuples(st.floats(0.01, 3.0), st.integers(0, 1_000)), min_size=2, max_size=40))
    def test_leaves_no_event_out_and_tells_none_twice(self, steps: list[tuple[float, int]]) -> None:
        rates, at, total, seen = Rates(), 0.0, 0, [(0.0, 0)]
        rates.add(at, total)
        for pause, count in steps:
            at, total = at + pause, total + count
            rates.add(at, total)
            seen.append((at, total))

        told = [rate for rate in rates.history(SAMPLES_KEPT) if rate is not None]

        begins = at - len(told)
        already = total - sum(told)
        at_least = max((count for moment, count in seen if moment <= begins), default=0)
        at_most = min((count for moment, count in seen if moment > begins + SNAP_SECONDS), default=total)
        assert all(rate >= 0 for rate in told)
        assert at_least - 1e-6 <= already <= at_most + 1e-6


class TestThreads:
    def test_may_ask_while_the_loop_adds(self) -> None:
        rates = Rates()
        for second in range(SAMPLES_KEPT):
            rates.add(float(second), second)
        stop = threading.Event()

        def add() -> None:
            second = SAMPLES_KEPT
            while not stop.is_set():
                second += 1
                rates.add(float(second), second)

        adding = threading.Thread(target=add)
        adding.start()
        try:
            for _ in range(300):
                rates.history(300)
                rates.over(300)
        finally:
            stop.set()
            adding.join()
