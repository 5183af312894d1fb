"""What is counted for one objective: handed from whoever reads the streams to whoever writes rows, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gaterhub.objectives.budget import Counts
from gaterhub.objectives.judging import Definition
from instances.streams import Position

MINUTE_SECONDS: Final = 60
HOUR_SECONDS: Final = 3_600


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to where events are counted. Times are seconds since 1970."""

    serial: int
    """How often it was written; 0 before the first time."""
    positions: Mapping[str, Position]
    since: float
    covered_from: float
    """Nothing is missing from then on …"""
    covered_until: float
    """… until then."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What came since the mark was written last."""

    objective: int
    definition: Definition
    mark: Mark
    """As it is to be; its serial is that of the mark which it follows."""
    counts: Mapping[int, Counts]
    """Of each minute, by the second at which it began."""
    covered: frozenset[int]
    """The minutes in which nothing is missing."""


@dataclass(frozen=True, slots=True)
class Known:
    """An objective as the database has it."""

    objective: int
    definition: Definition
    mark: Mark | None
    """None where nothing was counted by this definition."""
    written: bool = False
    """Whether the progress that was to be written is in the mark."""


def whole_minutes(begins: float, ends: float) -> range:
    """Return the minutes that lie wholly between two times, by the second at which each begins."""
    first = -int(-begins // MINUTE_SECONDS) * MINUTE_SECONDS
    return range(first, int(ends // MINUTE_SECONDS) * MINUTE_SECONDS, MINUTE_SECONDS)
