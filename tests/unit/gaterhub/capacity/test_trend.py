"""The line through daily peaks, and the day on which it meets a limit."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaterhub.capacity.trend import DailyPeak, Direction, Trend, trend_of

MONDAY = date(2026, 9, 7)


def days(*rates: float, skip: tuple[int, ...] = ()) -> list[DailyPeak]:
    """Return peaks of days that follow each other, but for those that are to be missing."""
    return [DailyPeak(MONDAY + timedelta(days=day), rate) for day, rate in enumerate(rates) if day not in skip]


class TestTrend:
    def test_is_unknown_before_a_week_has_passed(self) -> None:
        assert trend_of([]) == Trend(Direction.UNKNOWN, 0)
        assert trend_of(days(1, 2, 3, 4, 5, 6)) == Trend(Direction.UNKNOWN, 6)

    def test_tells_the_change_of_a_week(self) -> None:
        trend = trend_of(days(*(100 + 2 * day for day in range(14))))

        assert (trend.direction, trend.days) == (Direction.RISING, 14)
        assert trend.per_week == pytest.approx(14)
        assert trend.now == pytest.approx(126)

    def test_keeps_to_the_calendar_where_days_are_missing(self) -> None:
        trend = trend_of(days(*(100 + 2 * day for day in range(21)), skip=(3, 4, 5, 6, 7, 8, 9)))

        assert trend.per_week == pytest.approx(14)
        assert trend.days == 14

    def test_falls(self) -> None:
        trend = trend_of(days(*(100 - 2 * day for day in range(14))))

        assert trend.direction is Direction.FALLING
        assert trend.per_week == pytest.approx(-14)
        assert trend.size == pytest.approx(14)

    @pytest.mark.parametrize(
        "rates",
        [
            (5.0,) * 10,
            (0.0,) * 10,
            # Weekdays and weekends, twice.
            (50, 50, 50, 50, 50, 10, 10) * 2,
            (10, 90, 40, 70, 20, 95, 30, 80, 15, 60),
            (10, 10, 10, 10, 10, 10, 10, 10, 500),
        ],
    )
    def test_is_steady_where_chance_alone_would_make_such_a_slope(self, rates: tuple[float, ...]) -> None:
        assert trend_of(days(*rates)).direction is Direction.STEADY

    @given(st.lists(st.floats(0, 1e6), min_size=7, max_size=90))
    def test_is_a_trend_for_whatever_was_recorded(self, rates: list[float]) -> None:
        trend = trend_of(days(*rates))

        assert trend.now >= 0
        assert (trend.per_week > 0) is (trend.direction is Direction.RISING)


class TestMeetingALimit:
    def test_is_on_the_day_on_which_the_line_gets_there(self) -> None:
        trend = trend_of(days(*(100 + 2 * day for day in range(14))))

        # On the last of the 14 days the line stands at 126, and 37 days later at 200.
        assert trend.meets(200) == MONDAY + timedelta(days=13 + 37)

    def test_is_on_the_last_day_where_the_line_is_there_already(self) -> None:
        assert trend_of(days(*range(100, 120))).meets(50) == MONDAY + timedelta(days=19)

    def test_is_not_told_of_more_than_a_year(self) -> None:
        trend = trend_of(days(*(100 + 2 * day for day in range(14))))

        assert trend.meets(126 + 2 * 364) is not None
        assert trend.meets(126 + 2 * 366) is None

    @pytest.mark.parametrize("rates", [(100 - day for day in range(14)), (5.0 for _ in range(14)), iter((1.0, 2.0))])
    def test_is_not_told_unless_it_rises(self, rates: list[float]) -> None:
        assert trend_of(days(*rates)).meets(1_000) is None
