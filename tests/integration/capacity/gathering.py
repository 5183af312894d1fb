"""What the tests of the recorder gather, without a hub."""

from datetime import UTC, datetime
from typing import Final

from gaterhub.capacity.gathering import Gathered, GatheredHour
from instances.peaks import HourPeaks, Peak
from instances.streams import Position

NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOON_SECONDS: Final = int(NOON.timestamp())
ONE: Final = 3_600


def gathered_hour(
    total: int,
    *,
    peak: float = 0.0,
    minute: float = 0.0,
    hour: int = 0,
    epoch: str = "k3f9",
    bytes: int | None = None,
    subscribers: int = 0,
) -> GatheredHour:
    """Return an hour, counted from noon, as it stands at some minute: one stream has come to that total."""
    begins = NOON_SECONDS + hour * ONE
    at = begins + minute * 60
    return GatheredHour(
        hour=begins,
        events=HourPeaks(Peak(peak, at), Peak(peak / 2, at), {"health.a": Position(epoch, total)}, at),
        bytes=None
        if bytes is None
        else HourPeaks(Peak(0, at), Peak(bytes / 10, at), {"web-1": Position("17", bytes)}, at),
        subscribers=subscribers,
    )


def gathered(*hours: GatheredHour, first: int = 0, instance: str = "health") -> list[Gathered]:
    """Return what a process knows that began to look when the stream had come to `first`."""
    return [Gathered(instance, {"health.a": Position("k3f9", first)}, {}, hours)]
