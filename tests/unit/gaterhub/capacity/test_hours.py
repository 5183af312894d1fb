"""Days made of hours, the parts in which a question is read, and the lines of CSV."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gaterhub.capacity.csv_rows import HEADER, lines_of
from gaterhub.capacity.hours import CapacityQuestion, Row, begin_of, days_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def row(hours: float = 0, **different: object) -> Row:
    at = NOON + timedelta(hours=hours)
    usual = Row("health", at, 100, 5.0, at, 2.5, at, 700, 30.0, at, 4)
    return replace(usual, **different)  # type: ignore[arg-type]  # A test names the columns that it means.


class TestDays:
    def test_have_the_highest_of_their_hours_and_the_sum_of_events(self) -> None:
        (day,) = days_of([row(0), row(1, peak=9.0, sustained=1.0, subscribers=7), row(2, bytes_peak=99.0)])

        assert day.begins == datetime(2026, 11, 20, tzinfo=UTC)
        assert (day.events, day.bytes, day.hours, day.subscribers) == (300, 2_100, 3, 7)
        assert (day.peak, day.peak_at) == (9.0, NOON + timedelta(hours=1))
        assert (day.sustained, day.sustained_at) == (2.5, NOON)
        assert (day.bytes_peak, day.bytes_peak_at) == (99.0, NOON + timedelta(hours=2))

    def test_end_at_midnight_utc(self) -> None:
        days = days_of([row(11), row(12)])

        assert [day.begins.day for day in days] == [20, 21]

    def test_are_of_one_instance_each(self) -> None:
        days = days_of([row(0, instance="audit"), row(0), row(12, instance="audit")])

        assert [(day.begins.day, day.instance) for day in days] == [(20, "audit"), (20, "health"), (21, "audit")]

    def test_have_no_bytes_where_no_hour_has(self) -> None:
        none = {"bytes": None, "bytes_peak": None, "bytes_peak_at": None}

        assert days_of([row(0, **none), row(1, **none)])[0].bytes is None
        assert days_of([row(0, **none), row(1)])[0].bytes == 700
        assert days_of([row(0), row(1, **none)])[0].bytes == 700


class TestBlocks:
    def test_leave_nothing_out_and_part_no_day(self) -> None:
        question = CapacityQuestion(("health",), "day", NOON - timedelta(days=20, hours=5), NOON)

        blocks = list(question.blocks())

        assert blocks[0].since == begin_of(question.since, "day")
        assert blocks[-1].until == question.until
        assert [one.until for one in blocks[:-1]] == [other.since for other in blocks[1:]]
        assert all(block.since == begin_of(block.since, "day") for block in blocks)


class TestCsv:
    def test_is_what_rfc_4180_says(self) -> None:
        text = lines_of([row()], header=True)

        assert text.endswith("\r\n")
        assert text.count("\r\n") == text.count("\n") == 2
        names, cells = csv.reader(io.StringIO(text))
        assert tuple(names) == HEADER
        assert dict(zip(names, cells, strict=True)) == {
            "instance": "health",
            "from": "2026-11-20T12:00:00Z",
            "hours_recorded": "1",
            "events": "100",
            "highest_per_second": "5",
            "highest_per_second_at": "2026-11-20T12:00:00Z",
            "highest_over_10_s": "2.5",
            "highest_over_10_s_at": "2026-11-20T12:00:00Z",
            "bytes": "700",
            "highest_bytes_per_second": "30",
            "highest_bytes_per_second_at": "2026-11-20T12:00:00Z",
            "subscribers_at_most": "4",
        }

    def test_leaves_empty_what_is_not_known(self) -> None:
        text = lines_of([row(peak=0.0, peak_at=None, bytes=None, bytes_peak=None, bytes_peak_at=None)])

        assert text == "health,2026-11-20T12:00:00Z,1,100,0,,2.5,2026-11-20T12:00:00Z,,,,4\r\n"

    def test_writes_large_and_small_numbers_out(self) -> None:
        text = lines_of([row(peak=1_000_000.0, sustained=0.1 + 0.2, events=10**15)])

        assert ",1000000000000000,1000000," in text
        assert ",0.3," in text

    def test_has_no_cell_that_a_spreadsheet_takes_for_a_formula(self) -> None:
        rows = csv.reader(io.StringIO(lines_of([row(), row(1)], header=True)))

        assert not [cell for cells in rows for cell in cells if cell[:1] in tuple("=+-@\t\r")]
