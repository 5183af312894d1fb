"""What is on record, read from outside as anybody may who has the database, and held to what was acknowledged."""

import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest

from instances.journal.merkle import Frontier, leaf_hash, root_of

PATIENCE_SECONDS: Final = 60.0
TILE_LEAVES: Final = 256
SEALED: Final = ("audit", "security")
_TABLES: Final = {
    "audit": "journal_auditentry",
    "security": "journal_securityentry",
    "alerts": "journal_alertentry",
}


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An event that a writer was told to be kept, and what it was told."""

    id: UUID
    writer: int
    spooled: bool
    leaf_hash: str | None
    seconds: float
    """How long the answer took."""


@dataclass(frozen=True, slots=True)
class Kept:
    index: int | None
    offset: int | None
    stream: str
    id: UUID
    body: bytes
    leaf_hash: bytes
    received_ms: int


class Record:
    """The journal's database: a URL of PostgreSQL, or the path of an SQLite file."""

    def __init__(self, where: str | Path) -> None:
        self._where = where

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        if isinstance(self._where, Path):
            with closing(sqlite3.connect(f"file:{self._where}?mode=ro", uri=True, timeout=PATIENCE_SECONDS)) as lite:
                return lite.execute(statement).fetchall()
        with psycopg.connect(self._where, connect_timeout=10) as connection:
            return connection.execute(statement.encode()).fetchall()

    def entries(self, instance: str) -> list[Kept]:
        """Return the entries in the order of their index, those last that have none yet."""
        rows = self.rows(
            'SELECT "index", "offset", stream, id, body, leaf_hash, received_ms FROM '
            f'{_TABLES[instance]} ORDER BY "index" IS NULL, "index", number'
        )
        return [
            Kept(index, offset, stream, UUID(str(id)), bytes(body), bytes(hash), received_ms)
            for index, offset, stream, id, body, hash, received_ms in rows
        ]

    def waiting(self, instance: str) -> int:
        """Return how many entries have no place yet."""
        return int(self.rows(f'SELECT count(*) FROM {_TABLES[instance]} WHERE "index" IS NULL')[0][0])

    def size(self, instance: str) -> int:
        return int(self.rows(f"SELECT size FROM journal_journalhead WHERE instance = '{instance}'")[0][0])

    def leader(self) -> int | None:
        """Return the number of the process that leads, as far as it told."""
        now_ms = time.time() * 1000
        rows = self.rows("SELECT holder, until_ms FROM journal_sequencerlease")
        return next((int(holder.rpartition("-")[2]) for holder, until_ms in rows if until_ms > now_ms), None)

    def until_kept(self, instance: str, ids: Iterable[UUID]) -> None:
        """Wait until all of them are on record, and all that is on record is numbered."""
        wanted = set(ids)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            rows = self.rows(f'SELECT id, "index" FROM {_TABLES[instance]}')
            lost = wanted - {UUID(str(id)) for id, _ in rows}
            waiting = sum(index is None for _, index in rows)
            if not lost and not waiting:
                return
            if time.monotonic() > deadline:
                pytest.fail(
                    f"Of {len(wanted):,} acknowledged entries of {instance}, {len(lost):,} are not on record, and "
                    f"{waiting:,} have no place."
                )
            time.sleep(0.1)


def problems(record: Record, instance: str, acknowledged: Sequence[Acknowledged] = ()) -> list[str]:
    """Return what is wrong with a journal that nobody writes to any more, in sentences; nothing where all is well."""
    entries = record.entries(instance)
    return [
        *_of_places(entries),
        *_of_bodies(entries),
        *_of_acknowledgements(entries, acknowledged),
        *_of_heads(record, instance, entries),
        *(_of_tiles(record, instance, entries) if instance in SEALED else ()),
        *_of_checkpoints(record, instance, entries),
    ]


def _of_places(entries: Sequence[Kept]) -> list[str]:
    told = []
    if [entry.index for entry in entries] != list(range(len(entries))):
        told.append(f"The index does not count from 0 to {len(entries) - 1} without a hole.")
    streams = defaultdict(list)
    for entry in entries:
        streams[entry.stream].append(entry.offset)
    told += [
        f"The offsets of {stream} do not count from 1 to {len(offsets)} in the order of the index."
        for stream, offsets in streams.items()
        if offsets != list(range(1, len(offsets) + 1))
    ]
    twice = [str(id) for id, count in Counter(entry.id for entry in entries).items() if count > 1]
    return [*told, *([f"There twice: {twice[:3]} and {len(twice)} in all."] if twice else [])]


def _of_bodies(entries: Sequence[Kept]) -> list[str]:
    wrong = [entry.index for entry in entries if leaf_hash(entry.body) != entry.leaf_hash]
    other = [entry.index for entry in entries if f'"id":"{entry.id}"'.encode() not in entry.body]
    return [
        *([f"The leaf hash is not the body's at {wrong[:3]}."] if wrong else []),
        *([f"The body is another event's at {other[:3]}."] if other else []),
    ]


def _of_acknowledgements(entries: Sequence[Kept], acknowledged: Sequence[Acknowledged]) -> list[str]:
    kept = {entry.id: entry for entry in entries}
    lost = [each for each in acknowledged if each.id not in kept]
    told = [f"{len(lost):,} acknowledged entries are lost, such as {lost[0]}."] if lost else []
    found = [each for each in acknowledged if each.id in kept]
    other = [each for each in found if each.leaf_hash not in (None, kept[each.id].leaf_hash.hex())]
    if other:
        told.append(f"{len(other):,} receipts tell another leaf hash, such as {other[0]}.")
    writers = defaultdict(list)
    for each in found:
        writers[each.writer].append(kept[each.id].index or 0)
    for writer, indexes in writers.items():
        # Each waited for its answer before it went on.
        back = sum(after <= before for before, after in pairwise(indexes))
        if back:
            told.append(f"What writer {writer} wrote changed its order {back} times.")
    return told


def _of_heads(record: Record, instance: str, entries: Sequence[Kept]) -> list[str]:
    told = []
    [(size, frontier)] = record.rows(f"SELECT size, frontier FROM journal_journalhead WHERE instance = '{instance}'")
    if size != len(entries):
        told.append(f"The head tells {size} entries, and there are {len(entries)}.")
    elif instance in SEALED:
        root = root_of([entry.leaf_hash for entry in entries])
        if Frontier.from_bytes(size, bytes(frontier)).root != root:
            told.append("The head's root is not that of the leaves.")
    heads = record.rows(f"SELECT stream, \"offset\" FROM journal_streamhead WHERE instance = '{instance}'")
    if dict(heads) != Counter(entry.stream for entry in entries):
        told.append(f"The heads of the streams tell {dict(heads)}.")
    return told


def _of_tiles(record: Record, instance: str, entries: Sequence[Kept]) -> list[str]:
    rows = record.rows(f"SELECT number, root FROM journal_tile WHERE instance = '{instance}' AND level = 1")
    leaves = [entry.leaf_hash for entry in entries]
    right = {
        number: root_of(leaves[number * TILE_LEAVES : (number + 1) * TILE_LEAVES])
        for number in range(len(leaves) // TILE_LEAVES)
    }
    return [] if {number: bytes(root) for number, root in rows} == right else ["The tiles are not those of the leaves."]


def _of_checkpoints(record: Record, instance: str, entries: Sequence[Kept]) -> list[str]:
    rows = record.rows(f"SELECT size, root FROM journal_checkpoint WHERE instance = '{instance}' ORDER BY size")
    grown, wrong = Frontier(), []
    for size, root in rows:
        grown.extend([entry.leaf_hash for entry in entries[grown.size : size]])
        if (grown.size, grown.root) != (size, bytes(root)):
            wrong.append(size)
    return [f"What was signed is not the tree's root at {wrong[:3]}."] if wrong else []
