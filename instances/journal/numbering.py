"""One step of the sequencer: what is committed gets its index and its offset, and a sealed journal its tree."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from instances.journal.append import writing
from instances.journal.merkle import Frontier
from instances.journal.models import UNKNOWN, JournalHead, PersonalPart, StreamHead, Tile, entry_model
from instances.journal.router import ALIAS
from instances.journal.rows import Column, Table, insert, put, read, update
from instances.journal.spans import SPAN_ENTRIES, close_spans
from instances.spec import InstanceSpec

STEP_ENTRIES: Final = 1_000
"""In one transaction, so that a long queue is no long lock."""
_NUMBER: Final = Column("number", "int8")
_ENTRY_ID: Final = Column("entry_id", "uuid")
_PLACE: Final = (Column("index", "int8"), Column("offset", "int8"))
_TILE: Final = Table(
    Tile._meta.db_table,
    (Column("instance", "text"), Column("level", "int2"), Column("number", "int8"), Column("root", "bytea")),
)
_INSTANCE: Final = Column("instance", "text")
_MOVED: Final = (
    Column("size", "int8"),
    Column("frontier", "bytea"),
    Column("unknown_outcomes", "int8"),
    Column("unknown_origins", "int8"),
    Column("unknown_targets", "int8"),
    Column("numbered_ms", "int8"),
)
"""What a step changes in the journal's head."""
_STREAM_HEAD: Final = Table(
    StreamHead._meta.db_table,
    (
        Column("stream", "text"),
        Column("instance", "text"),
        Column("offset", "int8"),
        Column("received_ms", "int8"),
        Column("topic", "text"),
        Column("event_type", "text"),
    ),
)


@dataclass(frozen=True, slots=True)
class Numbered:
    """An entry that has its place now."""

    index: int
    offset: int
    number: int
    id: UUID
    stream: str
    topic: str
    event_type: str
    severity: int
    received_ms: int
    body: bytes
    leaf_hash: bytes
    unknown: tuple[bool, bool, bool]
    """Whether its outcome, its origin and its target are not known."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step numbered; events that are on record in this order."""

    epoch: str
    entries: Sequence[Numbered]


def number(spec: InstanceSpec, *, limit: int = STEP_ENTRIES, clock: Callable[[], float] = time.time) -> Step | None:
    """Give the entries that have none yet their places; None where all have. Raises what the database raises.

    1. The journal's head is locked: whoever numbers, and however many do, continues where the last one stopped.
    2. What waits is read in the order of insertion, and counted on, in the journal and in each stream.
    3. The places are written, to the entries and to what is held apart of them.
    4. A sealed journal's tree grows by their leaves; subtrees that are complete now become tiles.
    5. The heads of the journal and its streams are moved on, and spans that are whole are noted, all in the same
       transaction.
    """
    with writing(ALIAS) as connection:
        head = _locked_head(connection, spec)
        waiting = _waiting(connection, spec, limit)
        if not waiting:
            return None
        entries = _placed(head.size, waiting)
        frontier = head.frontier
        _write_places(connection, spec, entries)
        if spec.delivery.sealed:
            tiles: list[tuple[str, int, int, bytes]] = []
            tree = Frontier.from_bytes(head.size, frontier)
            tree.extend(
                [entry.leaf_hash for entry in entries],
                completed=lambda level, place, root: tiles.append((spec.name, level, place, root)),
            )
            frontier = tree.to_bytes()
            insert(connection, (_TILE, tiles))
        _move_streams_on(connection, spec, entries)
        _move_head_on(connection, head, entries, frontier, now_ms=int(clock() * 1000))
        size = head.size + len(entries)
        if size // SPAN_ENTRIES > head.size // SPAN_ENTRIES:
            close_spans(spec, size=size, using=ALIAS)
    return Step(head.epoch, entries)


class _Head(NamedTuple):
    """The journal's head as a step finds it."""

    instance: str
    epoch: str
    size: int
    frontier: bytes
    unknown: tuple[int, int, int]


def _locked_head(connection: BaseDatabaseWrapper, spec: InstanceSpec) -> _Head:
    """Return the head, which nobody else numbers from until the transaction ends."""
    # On SQLite the transaction itself is the lock.
    lock = " FOR UPDATE" if connection.vendor == "postgresql" else ""
    [(epoch, size, frontier, *unknown)] = read(
        connection,
        f"SELECT epoch, size, frontier, unknown_outcomes, unknown_origins, unknown_targets "  # noqa: S608
        f"FROM {JournalHead._meta.db_table} WHERE instance = '{spec.name}'{lock}",
    )
    return _Head(spec.name, epoch, size, bytes(frontier), (unknown[0], unknown[1], unknown[2]))


def _move_head_on(
    connection: BaseDatabaseWrapper, head: _Head, entries: Sequence[Numbered], frontier: bytes, *, now_ms: int
) -> None:
    unknown = (before + sum(entry.unknown[at] for entry in entries) for at, before in enumerate(head.unknown))
    row = (head.size + len(entries), frontier, *unknown, now_ms, head.instance)
    update(connection, JournalHead._meta.db_table, _INSTANCE, _MOVED, [row])


_READ: Final = (
    "number",
    "id",
    "stream",
    "topic",
    "event_type",
    "severity",
    "received_ms",
    "body",
    "leaf_hash",
    "outcome",
    "origin",
    "resource",
)


def _waiting(connection: BaseDatabaseWrapper, spec: InstanceSpec, limit: int) -> list[tuple[Any, ...]]:
    """Return what waits, each with where its stream ends; past the ORM, which takes longer than the database."""
    columns = ", ".join(f'e."{name}"' for name in _READ)
    return read(
        connection,
        f'SELECT {columns}, h."offset" FROM "{entry_model(spec)._meta.db_table}" AS e '  # noqa: S608
        f'LEFT JOIN "{StreamHead._meta.db_table}" AS h ON h."stream" = e."stream" '
        f'WHERE e."index" IS NULL ORDER BY e."number" LIMIT {limit}',
    )


def _placed(size: int, waiting: Sequence[tuple[Any, ...]]) -> list[Numbered]:
    ends: dict[str, int] = {}
    entries = []
    for index, row in enumerate(waiting, size):
        key, id, stream, topic, event_type, severity, received_ms, body, leaf_hash, outcome, origin, resource, end = row
        ends[stream] = ends.get(stream, end or 0) + 1
        unknown = outcome == UNKNOWN, origin == UNKNOWN, resource == UNKNOWN
        entries.append(
            Numbered(
                index=index,
                offset=ends[stream],
                number=key,
                id=id if isinstance(id, UUID) else UUID(id),
                stream=stream,
                topic=topic,
                event_type=event_type,
                severity=severity,
                received_ms=received_ms,
                body=bytes(body),
                leaf_hash=bytes(leaf_hash),
                unknown=unknown,
            )
        )
    return entries


def waiting_in(specs: Sequence[InstanceSpec]) -> list[InstanceSpec]:
    """Return the instances in which entries wait for their places; cheap, and takes no lock."""
    asked = " UNION ALL ".join(
        f'SELECT {place} WHERE EXISTS (SELECT 1 FROM "{entry_model(spec)._meta.db_table}" WHERE "index" IS NULL)'  # noqa: S608
        for place, spec in enumerate(specs)
    )
    return [specs[place] for (place,) in sorted(read(connections[ALIAS], asked))] if asked else []


class Vanished(RuntimeError):
    """Entries that were there a moment ago, in the same transaction, and could not be given their places."""


def _write_places(connection: BaseDatabaseWrapper, spec: InstanceSpec, entries: Sequence[Numbered]) -> None:
    table = entry_model(spec)._meta.db_table
    places = [(entry.index, entry.offset, entry.number) for entry in entries]
    written = update(connection, table, _NUMBER, _PLACE, places)
    if written != len(entries):
        raise Vanished(f"{len(entries):,} entries of {spec.name} were to be numbered, and {written:,} were there.")
    parts = [(entry.index, entry.id) for entry in entries]
    mine = f'"{PersonalPart._meta.db_table}"."instance" = \'{spec.name}\''
    update(connection, PersonalPart._meta.db_table, _ENTRY_ID, _PLACE[:1], parts, where=mine)


def _move_streams_on(connection: BaseDatabaseWrapper, spec: InstanceSpec, entries: Sequence[Numbered]) -> None:
    last = {entry.stream: entry for entry in entries}
    heads = [
        (each.stream, spec.name, each.offset, each.received_ms, each.topic, each.event_type) for each in last.values()
    ]
    put(connection, _STREAM_HEAD, heads, key="stream")
