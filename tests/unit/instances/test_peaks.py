"""The highest rates of an hour, from counts read once a second, with every time passed in."""

from hypothesis import given
from hypothesis import strategies as st

from instances.peaks import GONE_KEPT, HOUR_SECONDS, HOURS_KEPT, Peak, Peaks, grown, higher, merged
from instances.streams import Position

NOON = 1_700_006_400.0
"""A full hour, in seconds since 1970."""
HOUR = int(NOON)


def counts(**totals: int) -> dict[str, Position]:
    return {name: Position("k3f9", total) for name, total in totals.items()}


def read(
    peaks: Peaks, at: float, total: int, *, epoch: str = "k3f9", took: float = 0.0, wall: float | None = None
) -> None:
    """Read a total so many seconds after noon; `wall` is what the other clock says."""
    peaks.add(
        {"health.a": Position(epoch, total)},
        asked_seconds=at - took,
        told_seconds=at,
        at_seconds=NOON + (at if wall is None else wall),
    )


def read_each_second(*totals: int) -> Peaks:
    peaks = Peaks()
    for second, total in enumerate(totals):
        read(peaks, float(second), total)
    return peaks


class TestGrown:
    def test_adds_up_what_came_to_each_count(self) -> None:
        assert grown(counts(a=5, b=7), counts(a=9, b=7)) == 4

    def test_takes_a_count_that_began_anew_as_a_whole(self) -> None:
        assert grown({"a": Position("old", 900)}, {"a": Position("new", 3)}) == 3

    def test_takes_a_count_that_is_new_as_a_whole(self) -> None:
        assert grown(counts(a=5), counts(a=5, b=2)) == 2

    def test_never_shrinks(self) -> None:
        assert grown(counts(a=5), counts(a=3)) == 0


class TestMerged:
    def test_keeps_what_only_the_earlier_one_has(self) -> None:
        assert merged(counts(a=5, b=7), counts(a=9)) == counts(a=9, b=7)

    def test_goes_back_in_no_epoch(self) -> None:
        assert merged(counts(a=5), counts(a=3)) == counts(a=5)
        assert merged({"a": Position("old", 900)}, {"a": Position("new", 3)}) == {"a": Position("new", 3)}

    def test_forgets_the_oldest_of_those_that_are_gone(self) -> None:
        processes = {f"web-{number}": Position(f"{number:013}", 1) for number in range(GONE_KEPT + 10)}

        kept = merged(processes, {"web-now": Position("9", 1)})

        assert len(kept) == GONE_KEPT + 1
        assert "web-9" not in kept
        assert f"web-{GONE_KEPT + 9}" in kept


class TestPeaks:
    def test_tell_the_highest_second_and_when_it_ended(self) -> None:
        (hour,) = read_each_second(0, 10, 510, 520).hours().values()

        assert hour.short == Peak(500.0, NOON + 2)

    def test_tell_the_highest_ten_seconds(self) -> None:
        (hour,) = read_each_second(*[0] * 11, *range(100, 1_100, 100), *[1_000] * 5).hours().values()

        assert hour.long == Peak(100.0, NOON + 20)

    def test_tell_nothing_of_ten_seconds_before_there_were_so_many(self) -> None:
        (hour,) = read_each_second(0, 100, 200).hours().values()

        assert hour.long.per_second == 0.0

    def test_keep_hours_apart(self) -> None:
        peaks = Peaks()
        for at, total in [(3_597.0, 0), (3_598.0, 10), (3_599.0, 20), (3_600.0, 120), (3_601.0, 130)]:
            read(peaks, at, total)

        hours = peaks.hours()

        assert [(hour - HOUR, each.short.per_second) for hour, each in hours.items()] == [(0, 10.0), (3_600, 100.0)]
        assert [each.counts["health.a"].offset for each in hours.values()] == [20, 130]

    def test_take_readings_that_follow_too_closely_for_one_stretch(self) -> None:
        peaks = Peaks()
        for at, total in [(0.0, 0), (1.6, 160), (2.0, 200)]:
            read(peaks, at, total)

        assert peaks.hours()[HOUR].short.per_second == 100.0

    def test_count_the_time_that_an_answer_took(self) -> None:
        peaks = Peaks()
        read(peaks, 1.0, 0)
        # Read at Redis right after it was asked, and told long after: the next one shows all that came meanwhile.
        read(peaks, 3.5, 100, took=2.5)
        read(peaks, 3.51, 350)

        assert peaks.hours()[HOUR].short.per_second <= 100.0

    def test_take_what_came_in_a_pause_for_an_average(self) -> None:
        peaks = read_each_second(0, 10, 20)

        read(peaks, 302.0, 3_020)

        assert peaks.hours()[HOUR].short.per_second == 10.0

    def test_take_what_is_caught_up_after_a_pause_for_an_average(self) -> None:
        peaks = read_each_second(0, 10, 20)
        read(peaks, 102.0, 20)

        read(peaks, 103.0, 5_020)
        read(peaks, 104.0, 10_020)

        assert peaks.hours()[HOUR].short.per_second < 100.0

    def test_tell_the_seconds_again_when_as_much_time_has_passed_as_the_pause_had(self) -> None:
        peaks = read_each_second(0, 0, 0)
        for at in range(12, 24):
            read(peaks, float(at), 0)

        read(peaks, 24.0, 500)

        assert peaks.hours()[HOUR].short.per_second == 500.0

    def test_believe_the_clock_that_saw_more_time_pass(self) -> None:
        peaks = read_each_second(0, 10)

        # The machine slept for five minutes, and its monotonic clock with it.
        read(peaks, 2.0, 3_010, wall=301.0)

        assert peaks.hours()[HOUR].short.per_second == 10.0

    def test_count_on_when_a_stream_begins_anew(self) -> None:
        peaks = read_each_second(900, 910)

        read(peaks, 2.0, 30, epoch="m000")

        assert peaks.hours()[HOUR].short.per_second == 30.0

    def test_remember_what_had_been_counted_before(self) -> None:
        assert Peaks().first is None
        assert read_each_second(900, 910).first == {"health.a": Position("k3f9", 900)}

    def test_keep_a_day_of_hours(self) -> None:
        peaks = Peaks()
        for hour in range(HOURS_KEPT + 3):
            read(peaks, float(hour * HOUR_SECONDS), hour)

        assert len(peaks.hours()) == HOURS_KEPT
        assert min(peaks.hours()) == HOUR + 3 * HOUR_SECONDS

    def test_forget_what_is_written(self) -> None:
        peaks = Peaks()
        for hour in range(3):
            read(peaks, float(hour * HOUR_SECONDS), hour)

        peaks.forget_before(HOUR + 2 * HOUR_SECONDS)

        assert list(peaks.hours()) == [HOUR + 2 * HOUR_SECONDS]

    @given(st.lists(st.tuples(st.floats(0.01, 30.0), st.integers(0, 1_000)), min_size=1, max_size=40))
    def test_never_tell_more_than_could_have_come(self, steps: list[tuple[float, int]]) -> None:
        peaks, at, total = Peaks(), 0.0, 0
        read(peaks, at, total)
        seen = [(at, total)]
        for pause, count in steps:
            at, total = at + pause, total + count
            read(peaks, at, total)
            seen.append((at, total))

        told = max(each.short.per_second for each in peaks.hours().values())

        stretches = [
            (later - sooner) / (end - begin)
            for index, (begin, sooner) in enumerate(seen)
            for end, later in seen[index + 1 :]
            if end - begin >= 0.949
        ]
        # A stretch of up to 1.05 seconds is taken for one.
        assert told <= max(stretches, default=0.0) * 1.0501


class TestHigher:
    def test_prefers_the_earlier_of_two_that_are_the_same(self) -> None:
        assert higher(Peak(5.0, 2.0), Peak(5.0, 1.0)) == Peak(5.0, 1.0)
        assert higher(Peak(5.0, 2.0), Peak(6.0, 1.0)) == Peak(6.0, 1.0)
