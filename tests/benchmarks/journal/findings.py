"""What the journal's benchmark found."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

POSTGRESQL: Final = "PostgreSQL"
SQLITE: Final = "SQLite"

NAIVE: Final = "baseline, one at a time"
ONE: Final = "one at a time"
BATCH: Final = "batches of 100"
HALF: Final = "one at a time, half load"

SAME: Final = "sequencer in the same process"
ANOTHER: Final = "sequencer in another process"


@dataclass(frozen=True)
class Acknowledged:
    """One run of sixteen writers."""

    database: str
    way: str
    entries: int
    seconds: float
    p50_ms: float
    p99_ms: float
    offered: float | None = None
    """Entries a second, where they were paced."""

    @property
    def rate(self) -> float:
        """Entries a second."""
        return self.entries / self.seconds


@dataclass(frozen=True)
class Broadcast:
    """Milliseconds from an acknowledgement to the event's arrival at a subscriber; 0 where it came first."""

    where: str
    events: int
    p50_ms: float
    p99_ms: float
    longest_ms: float


@dataclass(frozen=True)
class KeptUp:
    """How a sequencer in another process kept up with what was appended."""

    entries: int
    seconds: float
    longest_backlog: int
    """Entries that were committed and had no place yet."""
    empty_after_seconds: float
    """After the last commit."""

    @property
    def rate(self) -> float:
        """Entries a second that were appended."""
        return self.entries / self.seconds


@dataclass(frozen=True)
class Worked:
    """So many entries, worked off by one process as quickly as it can."""

    entries: int
    seconds: float

    @property
    def rate(self) -> float:
        """Entries a second."""
        return self.entries / self.seconds


@dataclass
class Journal:
    """Everything that was found; what was not run is absent."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    broadcasts: list[Broadcast] = field(default_factory=list)
    # By database.
    numbered: dict[str, Worked] = field(default_factory=dict)
    verified: Worked | None = None
    kept_up: KeptUp | None = None

    def runs(self, database: str, way: str) -> list[Acknowledged]:
        """Return the runs of one way of writing."""
        return [run for run in self.acknowledged if (run.database, run.way) == (database, way)]

    def ratio(self, database: str, way: str) -> float | None:
        """Return how many times the baseline's entries a second that way has, the median over the rounds."""
        ours, naive = self.runs(database, way), self.runs(database, NAIVE)
        if not ours or not naive:
            return None
        return median(run.rate for run in ours) / median(run.rate for run in naive)


def middle(runs: Sequence[Acknowledged]) -> Acknowledged:
    """Return the run with the median rate."""
    return sorted(runs, key=lambda run: run.rate)[(len(runs) - 1) // 2]
