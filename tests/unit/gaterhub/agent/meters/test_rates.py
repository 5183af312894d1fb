from hypothesis import given
from hypothesis import strategies as st

from gaterhub.agent.meters.rates import Rates


class TestRates:
    def test_know_nothing_at_the_first_look(self) -> None:
        assert Rates().change("sda", {"read": 5}, at_seconds=1) is None

    def test_tell_growth_by_second(self) -> None:
        rates = Rates()
        rates.change("sda", {"read": 1_000, "written": 0}, at_seconds=10)

        change = rates.change("sda", {"read": 1_500, "written": 0}, at_seconds=12)

        assert change is not None
        assert (change.seconds, change.per_second("read"), change.per_second("written")) == (2, 250, 0)

    def test_tell_no_rate_of_a_counter_that_was_set_back_or_is_new(self) -> None:
        rates = Rates()
        rates.change("sda", {"read": 1_000}, at_seconds=10)

        change = rates.change("sda", {"read": 10, "written": 5}, at_seconds=11)

        assert change is not None
        assert change.per_second("read") is None
        assert change.per_second("written") is None

    def test_begin_anew_with_what_went_away_and_came_back(self) -> None:
        rates = Rates()
        rates.change("usb", {"read": 1_000}, at_seconds=10)
        rates.keep_only([])

        assert rates.change("usb", {"read": 2_000}, at_seconds=11) is None

    def test_tell_nothing_of_two_looks_at_the_same_moment(self) -> None:
        rates = Rates()
        rates.change("sda", {"read": 1_000}, at_seconds=10)

        assert rates.change("sda", {"read": 2_000}, at_seconds=10) is None

    @given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(1, 100)), min_size=2))
    def test_are_never_negative(self, looks: list[tuple[int, int]]) -> None:
        rates = Rates()
        at = 0
        for value, seconds in looks:
            at += seconds
            change = rates.change("x", {"count": value}, at_seconds=at)
            rate = None if change is None else change.per_second("count")
            assert rate is None or rate >= 0
