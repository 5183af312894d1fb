"""What is said of a trace, and what it tells: plain values, from process to process. No data of any event."""

from typing import Final

from msgspec import Struct

from instances.explorer.topics import ROWS_MAX

TRACE_SECONDS: Final = 600
"""Whoever forgets a trace has it for ten minutes at most."""
TRACES_MAX: Final = 5
"""In the whole hub at a time: while one runs, every event is looked at."""
RECORDS_MAX: Final = 1_000
"""Of one trace and process, the newest; how many went before them is told."""
CONNECTIONS_MAX: Final = 20
"""Named in one record; of the others their number is told."""
SHOWN_MAX: Final = ROWS_MAX


class Traced(Struct, frozen=True, kw_only=True):
    """One trace: a pattern of an instance, or a publisher."""

    id: str
    within: dict[str, tuple[str, ...]]
    """Of each instance that it may look at, the patterns that whoever started it may read."""
    pattern: str = "*"
    publisher: str | None = None
    seconds: float = TRACE_SECONDS
    started_ms: int = 0
    by: str = ""
    reason: str = ""


class Record(Struct, kw_only=True, omit_defaults=True):
    """One step of one event, or what a publisher or follower was told."""

    at_ms: int
    process: str
    step: str
    instance: str
    topic: str | None = None
    """None where a publish was refused before its topic could be read, and of a gap."""
    event_type: str = ""
    id: str | None = None
    publisher: str | None = None
    stream: str = ""
    position: str = ""
    code: str = ""
    message: str = ""
    connections: list[tuple[str, str]] = []
    """Each with id and principal."""
    more_connections: int = 0


class TraceAsked(Struct, frozen=True, kw_only=True):
    id: str
    limit: int = SHOWN_MAX


class TraceTold(Struct, frozen=True, kw_only=True):
    """What one process has of a trace."""

    traced: Traced
    running: bool
    records: list[Record]
    """The newest of those that it has, in their order."""
    seen: int
    """How many there were in all."""
