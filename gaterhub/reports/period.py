"""The time that a report is about: from an instant on, up to another, or a whole month by its name."""

import re
from calendar import month_name
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

LONGEST: Final = timedelta(days=366)
"""A year, leap years included: what is longer is made in parts."""
_MONTH: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_DAY: Final = timedelta(days=1)

FieldName = Literal["from", "to", "month"]


class BadPeriod(ValueError):
    """A period that no report can be of: which field is wrong, and what would be right."""

    def __init__(self, field: FieldName, message: str) -> None:
        super().__init__(message)
        self.field: FieldName = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Period:
    """From `begins` on, and before `ends`; both in UTC."""

    begins: datetime
    ends: datetime

    @property
    def from_ms(self) -> int:
        return _ms(self.begins)

    @property
    def to_ms(self) -> int:
        return _ms(self.ends)

    def __str__(self) -> str:
        first, last = self.begins, self.ends - _DAY
        whole_days = first == _midnight(first.date()) and self.ends == _midnight(self.ends.date())
        if whole_days and first.day == 1 and self.ends == _month_after(first):
            return f"{month_name[first.month]} {first.year}"
        if whole_days:
            return f"{first:%Y-%m-%d}" if first == last else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
        return f"{stamp(self.from_ms)} to {stamp(self.to_ms)}"


def period_of(*, begins: str, ends: str, month: str, now: datetime) -> Period:
    """Return what was meant by `from` and `to`, or by `month`; empty texts stand for what wasn't said.

    A day is a day of UTC; as the end it is the whole of it. Raises: BadPeriod.
    """
    if month and (begins or ends):
        raise BadPeriod("month", "Name a month, or a beginning and an end, not both.")
    if month:
        period = _month(month)
        last: FieldName = "month"
    else:
        period = Period(_moment("from", begins), _moment("to", ends, whole_day=True))
        last = "to"
    if period.begins >= period.ends:
        raise BadPeriod("to", "The period ends before it begins; choose an end after its beginning.")
    if period.ends > now:
        raise BadPeriod(
            last,
            "The period is not over, and a report of it would lack what is to come; choose an end up to now, such as "
            f"{stamp(_ms(now) // 1000 * 1000)}.",
        )
    if period.ends - period.begins > LONGEST:
        raise BadPeriod(last, f"A report is of {LONGEST.days} days at most; make several for a longer time.")
    return period


def stamp(ms: int) -> str:
    """Return an instant, in milliseconds since 1970, as reports write it: RFC 3339 in UTC."""
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}{f'.{ms % 1000:03}' if ms % 1000 else ''}Z"


def _month(text: str) -> Period:
    found = _MONTH.fullmatch(text.strip())
    if found is None or int(found[1]) < 1970:
        raise BadPeriod("month", "A month is a year and a number from 01 to 12, such as 2026-10.")
    begins = datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC)
    return Period(begins, _month_after(begins))


def _moment(field: FieldName, text: str, *, whole_day: bool = False) -> datetime:
    text = text.strip()
    if not text:
        raise BadPeriod(field, "Say when: a day such as 2026-10-01, or a time such as 2026-10-01T12:00:00Z.")
    moment: datetime | None
    try:
        if len(text) == len("2026-10-01"):
            day = _midnight(date.fromisoformat(text))
            moment = day + _DAY if whole_day else day
        else:
            at = datetime.fromisoformat(text)
            # A time far outside can't be moved to UTC.
            moment = at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.year < 1970:
        raise BadPeriod(
            field,
            "This is no day such as 2026-10-01, nor a time with its zone such as 2026-10-01T12:00:00Z, since 1970.",
        )
    return moment


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _month_after(begins: datetime) -> datetime:
    year, month = (begins.year + 1, 1) if begins.month == 12 else (begins.year, begins.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
