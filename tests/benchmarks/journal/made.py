"""Findings about the journal for tests: by default within every bound."""

from tests.benchmarks.journal.findings import (
    ANOTHER,
    BATCH,
    HALF,
    NAIVE,
    ONE,
    POSTGRESQL,
    SAME,
    Acknowledged,
    Broadcast,
    Journal,
    KeptUp,
    Worked,
)


def acknowledged(way: str, rate: int, *, p99_ms: float = 50.0, database: str = POSTGRESQL) -> Acknowledged:
    return Acknowledged(database, way, rate, 1.0, 5.0, p99_ms)


def broadcast(where: str, *, p99_ms: float = 200.0) -> Broadcast:
    return Broadcast(where, 100, 10.0, p99_ms, 500.0)


def journal() -> Journal:
    """Return findings that are just good enough."""
    rates = {NAIVE: 100, ONE: 500, BATCH: 2_500, HALF: 250}
    return Journal(
        acknowledged=[acknowledged(way, rate) for way, rate in rates.items()],
        broadcasts=[broadcast(SAME), broadcast(ANOTHER)],
        numbered={POSTGRESQL: Worked(10_000, 2.0)},
        verified=Worked(50_000, 1.0),
        kept_up=KeptUp(25_000, 5.0, 900, 1.0),
    )
