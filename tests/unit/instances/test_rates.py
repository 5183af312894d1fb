import pytest

from instances.rates import SAMPLES_KEPT, Rates


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
