"""Where the daily peaks are heading: a least-squares line, and the day on which it meets a limit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

DAYS_LEAST: Final = 7
"""One whole week: a line through fewer days tells weekdays from weekends, and no trend."""
CLEAR: Final = 3.0
"""A slope of fewer standard errors is taken for chance: of ten instances, one in twenty would be met too often."""
AHEAD_MOST: Final = timedelta(days=365)
"""A date beyond it would be a guess."""


class Direction(StrEnum):
    UNKNOWN = "unknown"
    """Not enough days yet."""
    STEADY = "steady"
    """No slope that chance alone would not make."""
    RISING = "rising"
    FALLING = "falling"


@dataclass(frozen=True, slots=True)
class DailyPeak:
    day: date
    per_second: float


@dataclass(frozen=True, slots=True)
class Trend:
    direction: Direction
    days: int
    """That it is based on."""
    per_week: float = 0.0
    """By how much the peak changes, in events per second."""
    now: float = 0.0
    """Where the line stands on the last of these days."""
    last: date | None = None

    @property
    def size(self) -> float:
        """By how much it changes in a week, whichever way."""
        return abs(self.per_week)

    def meets(self, limit: float) -> date | None:
        """Return the day on which the line meets the limit; None where it doesn't, or no sooner than in a year."""
        if self.direction is not Direction.RISING or self.last is None:
            return None
        days = max(0.0, (limit - self.now) / (self.per_week / 7))
        return self.last + timedelta(days=math.ceil(days)) if days <= AHEAD_MOST.days else None


def trend_of(peaks: Sequence[DailyPeak]) -> Trend:
    """Return the line through the peaks of whole days; days may be missing.

    Ordinary least squares, x in days. The slope is told where it is at least CLEAR times its standard error.
    """
    count = len(peaks)
    if count < DAYS_LEAST:
        return Trend(Direction.UNKNOWN, count)
    first, last = min(each.day for each in peaks), max(each.day for each in peaks)
    places = [(each.day - first).days for each in peaks]
    middle = sum(places) / count
    mean = sum(each.per_second for each in peaks) / count
    spread = sum((place - middle) ** 2 for place in places)
    pairs = list(zip(places, (each.per_second for each in peaks), strict=True))
    slope = sum((place - middle) * (rate - mean) for place, rate in pairs) / spread
    left_over = sum((rate - mean - slope * (place - middle)) ** 2 for place, rate in pairs)
    error = math.sqrt(left_over / (count - 2) / spread)
    now = mean + slope * ((last - first).days - middle)
    if abs(slope) < CLEAR * error or math.isclose(slope, 0.0, abs_tol=1e-9):
        return Trend(Direction.STEADY, count, now=max(0.0, mean), last=last)
    direction = Direction.RISING if slope > 0 else Direction.FALLING
    return Trend(direction, count, slope * 7, max(0.0, now), last)
