"""A page of a journal's entries, each held against itself: hash, body, columns, and place among its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, NamedTuple

from django.db import connections

from instances.journal.entry_check import COLUMNS, LIKE, Comparison, Malformed, is_canonical, read_sealed
from instances.journal.entry_personal import PersonalCheck
from instances.journal.merkle import HASH_BYTES
from instances.journal.models import entry_model
from instances.journal.router import ALIAS

PAGE_ENTRIES: Final = 8_192
"""So many are read at once: whole tiles; with the largest entries half a gigabyte, with usual ones 10 MB."""

_LEAF: Final = b"\x00"
_GONE: Final = bytes(HASH_BYTES)
"""Stands for the hash of an entry that is missing, so that those after it keep their places."""

Row = tuple[Any, ...]
"""Index, stream, offset, body, leaf hash and id, then LIKE, COLUMNS and the severity."""


class Found(NamedTuple):
    kind: str
    at: int
    """The entry's index."""
    detail: str


class StreamSpan(NamedTuple):
    """What a page has of a stream."""

    at: int
    """The index of its first entry."""
    first: int
    """That entry's offset."""
    last: int
    """The last entry's."""


@dataclass(slots=True)
class Page:
    """What came of checking the entries from an index to before another."""

    begin: int
    end: int
    leaves: bytes = b""
    """The hashes of the bodies, one after the other."""
    found: list[Found] = field(default_factory=list)
    streams: dict[str, StreamSpan] = field(default_factory=dict)

    def hashes(self) -> list[bytes]:
        return [self.leaves[at : at + HASH_BYTES] for at in range(0, len(self.leaves), HASH_BYTES)]


class PageCheck:
    """Reads and checks pages of one journal; in any process, since a page needs nothing of the one before."""

    def __init__(self, instance: str, *, personal: bool = False, using: str = ALIAS) -> None:
        self.instance = instance
        self.personal = personal
        self.using = using
        self._table = entry_model(instance)._meta.db_table
        self._comparison = Comparison()
        self._opening = PersonalCheck(instance, using=using) if personal else None

    def check(self, begin: int, end: int) -> Page:
        """Read the entries from an index to before another, and check them. Raises what the database raises."""
        page, rows = Page(begin, end), self.rows(begin, end)
        leaves: list[bytes] = []
        size, spans = begin, page.streams
        for row in rows:
            index, stream, offset, body, leaf_hash = row[:5]
            if index != size:
                if index < size:
                    page.found.append(Found("entry-twice", index, ""))
                    continue
                _missing(page, size, index)
                leaves.extend([_GONE] * (index - size))
            size = index + 1
            hashed = sha256(_LEAF + body).digest()
            if hashed != leaf_hash:
                page.found.append(Found("leaf-hash" if body else "purged", index, ""))
            if body:
                self._check_body(page, index, body, row)
            leaves.append(hashed if body else bytes(leaf_hash))
            span = spans.get(stream)
            if span is None:
                spans[stream] = StreamSpan(index, offset, offset)
                continue
            if offset != span[2] + 1:
                page.found.append(Found("offset", index, f"{stream} has {span[2]} and then {offset}."))
            spans[stream] = StreamSpan(span[0], span[1], offset)
        if size < end:
            _missing(page, size, end)
            leaves.extend([_GONE] * (end - size))
        page.leaves = b"".join(leaves)
        if self._opening is not None:
            page.found += [Found(*each) for each in self._opening.check([(row[0], row[5], row[3]) for row in rows])]
        return page

    def _check_body(self, page: Page, index: int, body: bytes, row: Row) -> None:
        try:
            said = read_sealed(body)
            differ: Sequence[str] = self._comparison.differing(said, row[6:11], row[11:17], row[17])
            if said["id"] != row[5] and said["id"].replace("-", "") != row[5]:
                differ = [*differ, "id"]
            if said["instance"] != self.instance:
                differ = [*differ, "instance"]
        except (Malformed, AttributeError, LookupError) as error:
            page.found.append(Found("body-malformed", index, str(error)))
            return
        if differ:
            page.found.append(Found("column", index, f"It is {', '.join(differ)}."))
        if not is_canonical(said, body):
            page.found.append(Found("body-not-canonical", index, ""))

    def rows(self, begin: int, end: int) -> list[Row]:
        """Return the rows in the order of their index.

        They are read past Django's cursor: in binary form where there is one, since in hex a body is twice as long.
        """
        connection: Any = connections[self.using]
        connection.ensure_connection()
        with connection.wrap_database_errors:
            if connection.vendor == "postgresql":
                with connection.Database.Cursor(connection.connection) as cursor:
                    cursor.execute(self._select("id::text", "%s"), [begin, end], binary=True)
                    rows: list[Row] = cursor.fetchall()
            else:
                rows = connection.connection.execute(self._select("id", "?"), [begin, end]).fetchall()
        return rows

    def _select(self, id_: str, value: str) -> str:
        columns = ", ".join(f'"{name}"' for name in (*LIKE, *COLUMNS, "severity"))
        return (
            f'SELECT "index", stream, "offset", body, leaf_hash, {id_}, {columns} '  # noqa: S608  Names of our own.
            f'FROM "{self._table}" WHERE "index" >= {value} AND "index" < {value} ORDER BY "index"'
        )


def _missing(page: Page, begin: int, end: int) -> None:
    page.found.append(Found("entry-missing", begin, "" if end == begin + 1 else f"So are all to {end - 1}."))


def read_for_long(using: str) -> None:
    """Let this connection's statements take as long as they need."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
