"""The recorded hours, and days made of them: the higher of the peaks, the sum of the events."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from django.db.models import QuerySet

from gaterhub.models import PeakHour

By = Literal["hour", "day"]
LENGTHS: Final[dict[By, timedelta]] = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
BLOCK: Final = timedelta(days=7)
"""Read in one question: 1,680 hours of the ten."""


@dataclass(frozen=True, slots=True)
class Row:
    """One hour or one day of an instance, in UTC."""

    instance: str
    begins: datetime
    events: int
    peak: float
    peak_at: datetime | None
    sustained: float
    sustained_at: datetime | None
    bytes: int | None
    bytes_peak: float | None
    bytes_peak_at: datetime | None
    subscribers: int
    hours: int = 1
    """That were recorded."""

    def joined(self, other: "Row") -> "Row":
        """Return both as one that begins where this one does."""
        peak, peak_at = _higher(self.peak, self.peak_at, other.peak, other.peak_at)
        sustained, sustained_at = _higher(self.sustained, self.sustained_at, other.sustained, other.sustained_at)
        bytes_peak, bytes_peak_at = _higher(self.bytes_peak, self.bytes_peak_at, other.bytes_peak, other.bytes_peak_at)
        return replace(
            self,
            events=self.events + other.events,
            peak=peak or 0.0,
            peak_at=peak_at,
            sustained=sustained or 0.0,
            sustained_at=sustained_at,
            bytes=other.bytes if self.bytes is None else self.bytes + (other.bytes or 0),
            bytes_peak=bytes_peak,
            bytes_peak_at=bytes_peak_at,
            subscribers=max(self.subscribers, other.subscribers),
            hours=self.hours + other.hours,
        )


@dataclass(frozen=True, slots=True)
class CapacityQuestion:
    """Which rows are asked for: those of that time, whole at both its ends."""

    instances: tuple[str, ...]
    by: By
    since: datetime
    until: datetime

    def blocks(self) -> Iterator["CapacityQuestion"]:
        """Return the same question in parts that are read one by one, so that no day is parted."""
        since = begin_of(self.since, self.by)
        while since < self.until:
            until = min(begin_of(since, "day") + BLOCK, self.until)
            yield replace(self, since=since, until=until)
            since = until


def begin_of(at: datetime, by: By) -> datetime:
    """Return when the hour or the day began in which the moment lies."""
    at = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return at if by == "hour" else at.replace(hour=0)


def rows_of(question: CapacityQuestion) -> list[Row]:
    """Return the rows that are asked for, by time and then by name."""
    last = begin_of(question.until - timedelta(microseconds=1), question.by)
    hours = PeakHour.objects.filter(
        instance__in=question.instances,
        hour__gte=begin_of(question.since, question.by),
        hour__lt=last + LENGTHS[question.by],
    ).order_by("hour", "instance")
    rows = _as_rows(hours)
    return list(rows) if question.by == "hour" else days_of(rows)


def days_of(hours: Iterable[Row]) -> list[Row]:
    """Return the days that the hours make, by time and then by name."""
    days: dict[tuple[datetime, str], Row] = {}
    for hour in hours:
        key = begin_of(hour.begins, "day"), hour.instance
        known = days.get(key)
        days[key] = replace(hour, begins=key[0]) if known is None else known.joined(hour)
    return [days[key] for key in sorted(days)]


def _as_rows(hours: QuerySet[PeakHour]) -> Iterator[Row]:
    for each in hours:
        yield Row(
            instance=each.instance,
            begins=each.hour,
            events=each.events,
            peak=each.peak,
            peak_at=each.peak_at,
            sustained=each.sustained,
            sustained_at=each.sustained_at,
            bytes=each.bytes,
            bytes_peak=each.bytes_peak,
            bytes_peak_at=each.bytes_peak_at,
            subscribers=each.subscribers,
        )


def _higher(
    one: float | None, one_at: datetime | None, other: float | None, other_at: datetime | None
) -> tuple[float | None, datetime | None]:
    """Return the higher of two peaks, the first where they are the same."""
    if one is None or (other is not None and other > one):
        return other, other_at
    return one, one_at
