"""What is written into the hours: by two recorders, after a restart, and after an hour in which nobody could."""

from datetime import UTC, datetime, timedelta

import pytest

from gaterhub.capacity.gathering import Gathered
from gaterhub.capacity.writing import LEASE, LEASE_SECONDS, write
from gaterhub.models import Lease, PeakHour, PeakMark
from tests.integration.capacity.gathering import NOON, gathered, gathered_hour

pytestmark = pytest.mark.django_db


def writes(what: list[Gathered], *, holder: str = "web-1", minute: float = 0.0) -> bool:
    return write(what, holder=holder, at=NOON + timedelta(minutes=minute))


def hour(number: int = 0, instance: str = "health") -> PeakHour:
    return PeakHour.objects.get(instance=instance, hour=NOON + timedelta(hours=number))


class TestWriting:
    def test_writes_the_peaks_of_the_hour_and_what_it_had_in_all(self) -> None:
        assert writes(gathered(gathered_hour(500, peak=70, minute=5, bytes=9_000, subscribers=3), first=100))

        row = hour()
        assert (row.events, row.peak, row.sustained, row.subscribers) == (400, 70, 35, 3)
        assert row.peak_at == row.sustained_at == datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
        assert (row.bytes, row.bytes_peak) == (9_000, 900)

    def test_has_no_bytes_where_none_are_counted(self) -> None:
        writes(gathered(gathered_hour(500)))

        assert (hour().bytes, hour().bytes_peak) == (None, None)

    def test_writes_a_row_of_an_hour_without_events_once(self) -> None:
        writes(gathered(gathered_hour(0)))
        writes(gathered(gathered_hour(0, minute=1)))

        assert (hour().events, hour().peak, hour().peak_at) == (0, 0, None)

    def test_raises_peaks_and_adds_events_within_the_hour(self) -> None:
        writes(gathered(gathered_hour(100, peak=70, minute=5)))
        writes(gathered(gathered_hour(150, peak=20, minute=6)))
        writes(gathered(gathered_hour(250, peak=90, minute=7)))

        assert (hour().events, hour().peak) == (250, 90)
        assert hour().peak_at == NOON + timedelta(minutes=7)

    def test_goes_on_after_a_restart_within_the_hour(self) -> None:
        writes(gathered(gathered_hour(100, peak=70, minute=5)))

        # The process that comes after it finds what was published while none looked.
        writes(gathered(gathered_hour(180, peak=30, minute=9), first=150))

        assert (hour().events, hour().peak) == (180, 70)

    def test_adds_a_stream_that_began_anew(self) -> None:
        writes(gathered(gathered_hour(100, minute=5)))

        writes([Gathered("health", {}, {}, (gathered_hour(40, minute=9, epoch="m000"),))])

        assert hour().events == 140

    def test_parts_the_events_at_the_hour(self) -> None:
        writes(gathered(gathered_hour(100, minute=50)))

        # Nobody could write for two hours, as when the database is out.
        writes(
            gathered(
                gathered_hour(120, peak=9, minute=59.9),
                gathered_hour(420, peak=8, minute=59.9, hour=1),
                gathered_hour(425, peak=7, minute=1, hour=2),
            ),
            minute=121,
        )

        assert [(hour(each).events, hour(each).peak) for each in range(3)] == [(120, 9), (300, 8), (5, 7)]

    def test_adds_nothing_when_it_writes_the_same_again(self) -> None:
        same = gathered(gathered_hour(100, peak=9, minute=5, bytes=70), gathered_hour(130, hour=1, minute=1, bytes=90))

        writes(same)
        writes(same)

        assert [(hour(each).events, hour(each).bytes) for each in range(2)] == [(100, 70), (30, 20)]


class TestTwoRecorders:
    def test_write_one_at_a_time(self) -> None:
        first = writes(gathered(gathered_hour(100, peak=50, minute=1)), holder="web-1")
        second = writes(gathered(gathered_hour(100, peak=50, minute=1)), holder="web-2")

        assert (first, second) == (True, False)
        assert hour().events == 100

    def test_count_nothing_twice_when_one_takes_over(self) -> None:
        writes(gathered(gathered_hour(100, peak=50, minute=1)), holder="web-1")

        taken = writes(gathered(gathered_hour(160, peak=80, minute=2)), holder="web-2", minute=2)

        assert taken
        assert (hour().events, hour().peak) == (160, 80)

    def test_have_the_peaks_of_the_time_in_which_nobody_wrote(self) -> None:
        writes(gathered(gathered_hour(100, peak=50, minute=1)), holder="web-1")

        writes(
            gathered(gathered_hour(400, peak=300, minute=59), gathered_hour(410, peak=2, minute=1, hour=1)),
            holder="web-2",
            minute=61,
        )

        assert (hour().peak, hour().peak_at) == (300, NOON + timedelta(minutes=59))

    def test_count_nothing_of_one_that_was_stopped_and_comes_back_late(self) -> None:
        old = gathered(gathered_hour(100, minute=1))
        writes(old, holder="web-1")
        # Meanwhile another one recorded, the streams began anew, and it went away.
        writes([Gathered("health", {}, {}, (gathered_hour(40, minute=9, epoch="m000"),))], holder="web-2", minute=9)
        Lease.objects.filter(name=LEASE).delete()

        writes(gathered(gathered_hour(110, minute=1.1)), holder="web-1", minute=10)

        assert hour().events == 140
        assert PeakMark.objects.get(instance="health").events == {"health.a": "m000:40"}

    def test_take_over_only_when_the_lease_is_over(self) -> None:
        writes(gathered(gathered_hour(100, minute=1)), holder="web-1")

        early = writes(gathered(gathered_hour(160, minute=2)), holder="web-2", minute=(LEASE_SECONDS - 1) / 60)
        late = writes(gathered(gathered_hour(160, minute=2)), holder="web-2", minute=(LEASE_SECONDS + 1) / 60)

        assert (early, late) == (False, True)
