"""Into the hours: peaks as the higher of two, events as what came since the mark, all in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import transaction

from gaterhub.capacity.gathering import Gathered, GatheredHour
from gaterhub.models import Lease, PeakHour, PeakMark
from instances.peaks import Counts, HourPeaks, Peak, grown, merged
from instances.streams import Position

LEASE: Final = "peak rates"
LEASE_SECONDS: Final = 30.0
"""Three times as long as from one writing to the next: the recorder changes only when one is really gone."""

_WRITTEN: Final = (
    "events", "peak", "peak_at", "sustained", "sustained_at", "bytes", "bytes_peak", "bytes_peak_at", "subscribers",
)  # fmt: skip


def write(gathered: Iterable[Gathered], *, holder: str, at: datetime) -> bool:
    """Write what was gathered if this process is the one that records; False where another is.

    1. Whoever has the lease writes; its row is locked until the end, so that no two write at once.
    2. Each hour gets the events between the mark and what was read last within the hour, and the mark moves there.
       What was read before the mark was made adds nothing: whoever made it has counted it.
    3. Peaks are compared with those of the row; a higher one takes its place, however often it is written.
    """
    # Asked first: a try for a lease that another has would be an error in the log of PostgreSQL.
    if Lease.objects.filter(name=LEASE, until__gte=at).exclude(holder=holder).exists():
        return False
    with transaction.atomic():
        if not Lease.objects.take(LEASE, holder=holder, at=at, seconds=LEASE_SECONDS):
            return False
        known = list(gathered)
        marks = {mark.instance: mark for mark in PeakMark.objects.all()}
        hours = {moment(hour.hour) for each in known for hour in each.hours}
        rows = {(row.instance, row.hour): row for row in PeakHour.objects.filter(hour__in=hours)}
        changed_rows: list[PeakHour] = []
        changed_marks: list[PeakMark] = []
        for each in known:
            events, of_bytes = _counting(each, marks.get(each.instance))
            for hour in each.hours:
                row = rows.get((each.instance, moment(hour.hour)))
                fresh = row is None
                row = row or PeakHour(instance=each.instance, hour=moment(hour.hour))
                if _raise(row, hour, events, of_bytes) or fresh:
                    changed_rows.append(row)
            if events.moved or of_bytes.moved:
                changed_marks.append(
                    PeakMark(
                        instance=each.instance,
                        at=moment(max(events.at_seconds, of_bytes.at_seconds)),
                        events=_written(events.counts),
                        bytes=_written(of_bytes.counts),
                    )
                )
        PeakHour.objects.bulk_create(
            changed_rows, update_conflicts=True, unique_fields=("instance", "hour"), update_fields=_WRITTEN
        )
        PeakMark.objects.bulk_create(
            changed_marks, update_conflicts=True, unique_fields=("instance",), update_fields=("at", "events", "bytes")
        )
    return True


@dataclass(slots=True)
class _Counting:
    """How far something is counted, on its way from the mark to what was read last."""

    counts: Counts
    at_seconds: float
    """When these were read."""
    moved: bool

    def count(self, peaks: HourPeaks) -> int:
        """Return what came up to the end of an hour and isn't counted yet, and count it."""
        if peaks.read_at_seconds <= self.at_seconds:
            return 0
        further = merged(self.counts, peaks.counts)
        new = grown(self.counts, further)
        self.moved = self.moved or further != self.counts
        self.counts, self.at_seconds = further, peaks.read_at_seconds
        return new


def _counting(gathered: Gathered, mark: PeakMark | None) -> tuple[_Counting, _Counting]:
    """Return how far events and bytes are counted; without a mark, from where the process began to look."""
    if mark is None:
        return _Counting(gathered.first_events, 0.0, True), _Counting(gathered.first_bytes, 0.0, True)
    at = mark.at.timestamp()
    return _Counting(_read(mark.events), at, False), _Counting(_read(mark.bytes), at, False)


def _raise(row: PeakHour, hour: GatheredHour, events: _Counting, of_bytes: _Counting) -> bool:
    """Put into the row what the hour has more than it; return whether that was anything."""
    before = [getattr(row, name) for name in _WRITTEN]
    row.events += events.count(hour.events)
    row.peak, row.peak_at = _higher((row.peak, row.peak_at), hour.events.short)
    row.sustained, row.sustained_at = _higher((row.sustained, row.sustained_at), hour.events.long)
    row.subscribers = max(row.subscribers, hour.subscribers)
    if hour.bytes is not None:
        row.bytes = (row.bytes or 0) + of_bytes.count(hour.bytes)
        row.bytes_peak, row.bytes_peak_at = _higher((row.bytes_peak or 0.0, row.bytes_peak_at), hour.bytes.long)
    return before != [getattr(row, name) for name in _WRITTEN]


def _higher(known: tuple[float, datetime | None], peak: Peak) -> tuple[float, datetime | None]:
    return known if peak.per_second <= known[0] else (peak.per_second, moment(peak.at_seconds))


def moment(seconds: float) -> datetime:
    """Return the time so many seconds after 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def _written(counts: Counts) -> dict[str, str]:
    return {name: str(position) for name, position in counts.items()}


def _read(written: Mapping[str, str]) -> dict[str, Position]:
    """Return the counts of a mark; each is `<epoch>:<offset>`."""
    counts = {}
    for name, text in written.items():
        epoch, _, offset = text.rpartition(":")
        counts[name] = Position(epoch, int(offset))
    return counts
