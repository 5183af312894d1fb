"""The highest rates of each hour, from counts that are read once a second: never more than there was, never twice."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from instances.streams import Position

HOUR_SECONDS: Final = 3_600
HOURS_KEPT: Final = 24
"""For a database that is out, and for who takes over. Beyond it the oldest hours lose their peaks, and no event."""
SHORT_SECONDS: Final = 1.0
LONG_SECONDS: Final = 10.0
SLACK_SECONDS: Final = 0.05
"""A stretch so near to the asked one is taken for it, so that few events stay whole numbers."""
PAUSE_SECONDS: Final = 3.0
"""Between two readings: whoever read nothing for longer may find what piled up meanwhile."""
PAUSE_MOST_SECONDS: Final = 600.0
"""So long at most what is read after a pause is judged together with the pause."""

READINGS_KEPT: Final = 64
"""Enough for the longest stretch, also where they come quicker than they should."""
GONE_KEPT: Final = 100
"""Counts that are no longer told, such as those of processes that ended; the youngest are remembered."""

Counts = Mapping[str, Position]
"""What is counted, by what counts it: a stream in its epoch, or a process since its start."""
NOTHING: Final[Counts] = {}


def grown(before: Counts, after: Counts) -> int:
    """Return by how much the counts grew from an earlier to a later reading; one that shrank grew by nothing."""
    total = 0
    for name, now in after.items():
        then = before.get(name)
        # In another epoch the count began anew after the earlier reading, so all of it is new.
        total += now.offset if then is None or then.epoch != now.epoch else max(0, now.offset - then.offset)
    return total


def merged(before: Counts, after: Counts) -> dict[str, Position]:
    """Return the later reading, and what only the earlier one has: a process that is silent may come back."""
    gone = sorted(before.keys() - after.keys(), key=lambda name: before[name].epoch)
    kept = {name: before[name] for name in gone[-GONE_KEPT:]}
    for name, now in after.items():
        then = before.get(name)
        shrank = then is not None and then.epoch == now.epoch and then.offset > now.offset
        kept[name] = then if then is not None and shrank else now
    return kept


@dataclass(frozen=True, slots=True)
class Peak:
    per_second: float
    at_seconds: float
    """When the stretch ended in which it was so much, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class HourPeaks:
    """What one hour had, as far as it was read."""

    short: Peak
    """The highest rate over a second."""
    long: Peak
    """The highest over ten."""
    counts: Counts
    """As they were last read within the hour."""
    read_at_seconds: float
    """When that was, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class _Reading:
    asked_seconds: float
    """Monotonic, before the counts were asked for."""
    told_seconds: float
    """Monotonic, when they were there."""
    at_seconds: float
    """Since 1970, then."""
    total: int


class Peaks:
    """Of one thing that is counted. All readings come from one thread, in the order of time; any may ask `hours`.

    A rate goes from before its first reading was asked for until its second was there, so a slow answer makes it
    smaller and never larger.
    """

    def __init__(self) -> None:
        self.first: Counts | None = None
        """What had been counted when the first reading was taken; None before."""
        self._readings: deque[_Reading] = deque(maxlen=READINGS_KEPT)
        self._counts: Counts | None = None
        self._hours: dict[int, HourPeaks] = {}
        self._before_pause: _Reading | None = None
        self._pause_over_seconds = 0.0

    def add(self, counts: Counts, *, asked_seconds: float, told_seconds: float, at_seconds: float) -> None:
        """Take a reading: two times of one monotonic clock, and the time since 1970."""
        total = 0
        if self._counts is not None and self._readings:
            total = self._readings[-1].total + grown(self._counts, counts)
            counts = merged(self._counts, counts)
        if self.first is None:
            self.first = counts
        self._counts = counts
        reading = _Reading(asked_seconds, told_seconds, at_seconds, total)
        self._note_pause(reading)
        self._readings.append(reading)
        while len(self._readings) > 2 and _seconds(self._readings[1], reading) > LONG_SECONDS + PAUSE_SECONDS:
            self._readings.popleft()
        self._note(reading)

    def hours(self) -> dict[int, HourPeaks]:
        """Return the hours that are kept, by the second since 1970 at which each begins, oldest first."""
        return dict(self._hours)

    def forget_before(self, hour: int) -> None:
        """Let go of the hours before that one, which are written."""
        self._hours = {each: peaks for each, peaks in self._hours.items() if each >= hour}

    def _note_pause(self, reading: _Reading) -> None:
        if not self._readings:
            return
        last = self._readings[-1]
        pause = _seconds(last, reading)
        if pause > PAUSE_SECONDS:
            if self._before_pause is None:
                self._before_pause = last
            self._pause_over_seconds = reading.told_seconds + min(pause, PAUSE_MOST_SECONDS)
        elif reading.told_seconds > self._pause_over_seconds:
            self._before_pause = None

    def _note(self, reading: _Reading) -> None:
        hour = int(reading.at_seconds // HOUR_SECONDS) * HOUR_SECONDS
        short, long = (Peak(self._rate(reading, over), reading.at_seconds) for over in (SHORT_SECONDS, LONG_SECONDS))
        known = self._hours.get(hour)
        if known is not None:
            short, long = higher(known.short, short), higher(known.long, long)
        peaks = HourPeaks(short, long, self._counts or NOTHING, reading.at_seconds)
        # Another dict each time: another thread may be reading the last one.
        hours = dict(sorted({**self._hours, hour: peaks}.items()))
        for oldest in list(hours)[:-HOURS_KEPT]:
            del hours[oldest]
        self._hours = hours

    def _rate(self, newest: _Reading, over: float) -> float:
        """Return the rate up to a reading over about that time, 0 while it isn't known for so long."""
        anchor = self._before_pause
        if anchor is None:
            anchor = next(
                (each for each in reversed(self._readings) if _seconds(each, newest) >= over - SLACK_SECONDS), None
            )
        if anchor is None:
            return 0.0
        seconds = _seconds(anchor, newest)
        return (newest.total - anchor.total) / (over if seconds <= over + SLACK_SECONDS else seconds)


def higher(one: Peak, other: Peak) -> Peak:
    """Return the higher of the two, the earlier where they are the same."""
    return max(one, other, key=lambda peak: (peak.per_second, -peak.at_seconds))


def _seconds(earlier: _Reading, later: _Reading) -> float:
    """Return how long it was at most between the counts of two readings.

    The monotonic clock stands still while a machine sleeps, and the other one may be set; the longer time counts.
    """
    return max(later.told_seconds - earlier.asked_seconds, later.at_seconds - earlier.at_seconds)
