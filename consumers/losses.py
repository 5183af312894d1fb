"""What the subscribers of this process did not get, counted where it is decided."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from instances.groups import instance_of


class Losses:
    """Counts by stream, since the process started; each event or gap once for each connection that it concerns."""

    def __init__(self) -> None:
        self.dropped: Counter[str] = Counter()
        """Events given up for connections that were too slow; gaps tell of them."""
        self.conflated: Counter[str] = Counter()
        """Events that a newer one of the same topic and type replaced before they were sent."""
        self.gaps: Counter[str] = Counter()
        """Gaps told, for whatever reason."""
        self.closed: Counter[str] = Counter()
        """Connections closed as too slow, by the stream whose event found no room."""


def by_instance(counts: Mapping[str, int]) -> Counter[str]:
    """Return counts by stream as counts by instance."""
    summed: Counter[str] = Counter()
    for stream, count in counts.items():
        summed[instance_of(stream)] += count
    return summed


LOSSES: Final = Losses()
