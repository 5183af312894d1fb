"""What a peak leaves free of a limit, and what it costs those who come back: how far the history then reaches."""

from dataclasses import dataclass

from instances import config
from instances.spec import InstanceSpec
from instances.streams import Keep


@dataclass(frozen=True, slots=True)
class Headroom:
    """Against one limit; per second."""

    peak: float
    limit: int

    @property
    def used_percent(self) -> float:
        return 100 * self.peak / self.limit

    @property
    def free(self) -> float:
        """Negative where the peak was above the limit: two seconds' worth, or a full batch, may come at once."""
        return self.limit - self.peak

    @property
    def free_percent(self) -> float:
        return 100 - self.used_percent


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back a stream's history reaches if all of a rate goes into that one stream."""

    keep: Keep
    per_second: float

    @property
    def seconds(self) -> float:
        """Never more than the age at which events are dropped anyway."""
        if self.per_second <= 0:
            return self.keep.seconds
        return min(self.keep.seconds, self.keep.events / self.per_second)

    @property
    def is_whole(self) -> bool:
        """Whether the history keeps all of its age at that rate."""
        return self.seconds >= self.keep.seconds


def events_headroom(spec: InstanceSpec, peak: float) -> Headroom | None:
    """Return what the peak leaves of the events that all publishers together may send; None where any number may."""
    rates = config.effective(spec.name).rates
    return Headroom(peak, rates.events) if rates is not None and rates.events else None


def bytes_headroom(spec: InstanceSpec, peak: float | None) -> Headroom | None:
    """Return the same of bytes; None also where they aren't counted."""
    rates = config.effective(spec.name).rates
    return Headroom(peak, rates.bytes) if rates is not None and rates.bytes and peak is not None else None


def reach(spec: InstanceSpec, per_second: float) -> Reach | None:
    """Return how far the history reaches at that rate; None where the journal keeps every event."""
    return None if spec.delivery.journaled else Reach(config.effective(spec.name).keep, per_second)
