"""What a serving process knows of the last hours of all instances, whether it records or stands by."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from consumers.figures import Told
from consumers.running import processes
from instances.peaks import HOUR_SECONDS, HOURS_KEPT, Counts, HourPeaks, Peaks
from instances.streams import Position
from instances.supervisor import instances


@dataclass(frozen=True, slots=True)
class GatheredHour:
    hour: int
    """When it began, in seconds since 1970."""
    events: HourPeaks
    bytes: HourPeaks | None
    """None where bytes aren't counted, and in an hour of which no process told any."""
    subscribers: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is known of one instance, to be written."""

    instance: str
    first_events: Counts
    """As they were when this process began to look: what came before belongs to no hour that it knows."""
    first_bytes: Counts
    hours: tuple[GatheredHour, ...]
    """Oldest first."""


class Gathering:
    """Runs on the loop that samples the instances."""

    def __init__(
        self,
        *,
        told: Callable[[], list[Told]] = processes,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._told = told
        self._clock = clock
        self._wall_clock = wall_clock
        # What a journal's instances broadcast is counted by nobody.
        self._bytes: Final = {name: Peaks() for name, each in instances().items() if not each.spec.delivery.journaled}
        self._subscribers: dict[tuple[str, int], int] = {}

    def look(self) -> None:
        """Take note of what all processes told last of bytes and subscribers; events are sampled without us."""
        told, now, at = self._told(), self._clock(), self._wall_clock()
        running = [each for each in told if each.up]
        if not running:
            return
        oldest = max((each.age_seconds for each in running if not each.here), default=0.0)
        hour = int(at // HOUR_SECONDS) * HOUR_SECONDS
        for name, peaks in self._bytes.items():
            counts = {each.figures.name: _bytes_of(each, name) for each in told}
            peaks.add(counts, asked_seconds=now - oldest, told_seconds=now, at_seconds=at)
        for name in instances():
            following = sum(
                each.figures.instances[name].subscribers for each in running if name in each.figures.instances
            )
            self._subscribers[name, hour] = max(following, self._subscribers.get((name, hour), 0))
        if len(self._subscribers) > HOURS_KEPT * len(instances()):
            self._forget_subscribers_before(hour - (HOURS_KEPT - 1) * HOUR_SECONDS)

    def gathered(self) -> list[Gathered]:
        """Return what is known now; a copy, for another thread."""
        return [
            Gathered(
                name,
                each.peaks.first,
                (self._bytes[name].first if name in self._bytes else None) or {},
                tuple(self._hour(name, hour, peaks) for hour, peaks in each.peaks.hours().items()),
            )
            for name, each in instances().items()
            if each.peaks.first is not None
        ]

    def forget_before(self, hour: int) -> None:
        """Let go of the hours before that one, which are written."""
        for each in instances().values():
            each.peaks.forget_before(hour)
        for peaks in self._bytes.values():
            peaks.forget_before(hour)
        self._forget_subscribers_before(hour)

    def _hour(self, name: str, hour: int, peaks: HourPeaks) -> GatheredHour:
        of_bytes = self._bytes[name].hours().get(hour) if name in self._bytes else None
        return GatheredHour(hour, peaks, of_bytes, self._subscribers.get((name, hour), 0))

    def _forget_subscribers_before(self, hour: int) -> None:
        self._subscribers = {key: most for key, most in self._subscribers.items() if key[1] >= hour}


def _bytes_of(told: Told, name: str) -> Position:
    """Return what a process has broadcast of an instance, as a count that began when the process started."""
    figures = told.figures.instances.get(name)
    count = 0 if figures is None else figures.published_bytes
    if told.here:
        # Its figures are up to a second old, and the count itself is here.
        count = max(count, instances()[name].published_bytes)
    return Position(f"{told.figures.started_ms:013}", count)
