"""Whether a sealed journal is as it was sealed: every entry, the tree over them, and what was said of it outside."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connections
from django.db.models import Q

from instances.journal.entry_page import Page, PageCheck, read_for_long
from instances.journal.findings import Finding, Tally
from instances.journal.models import JournalHead, PersonalPart, StreamHead, Tile, entry_model
from instances.journal.page_workers import checked_pages
from instances.journal.router import ALIAS
from instances.journal.statements import Statements
from instances.journal.verification_state import Standing
from instances.spec import InstanceSpec

TILE_ENTRIES: Final = 256


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a verification is."""

    instance: str
    index: int
    size: int


@dataclass(frozen=True, slots=True)
class _Head:
    """The journal's end at one moment."""

    size: int
    entries: int
    """How many there are at least, by the last index."""
    frontier: bytes
    streams: dict[str, int] | None
    """Where each stream ended; None where they moved while they were read."""


class Verification:
    """One instance's journal, from an index to where it ends when this begins.

    It reads in pages and in no transaction, so that no writer waits for it. Since entries are only ever added, what was
    there when it began is all that it has to find.
    """

    def __init__(
        self,
        spec: InstanceSpec,
        statements: Statements,
        *,
        standing: Standing,
        personal: bool = False,
        processes: int = 1,
        found: Callable[[Finding], None] = lambda finding: None,
        using: str = ALIAS,
    ) -> None:
        self._name = spec.name
        self._model = entry_model(spec)
        self._using = using
        self._statements = statements
        self._tell = found
        self.standing = standing
        self._personal = personal
        self._processes = processes
        self._check = PageCheck(spec.name, personal=personal, using=using)
        self._frontier = standing.frontier
        self._offsets = standing.offsets
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._dirty: set[int] = set()
        """The levels of the tree over which a root is wrong already: what is above them differs with them."""

    @property
    def tally(self) -> Tally:
        return self.standing.tally

    def run(self) -> Iterator[Progress]:
        """Verify page by page; `standing` can be kept after each, and gone on from.

        1. Where the journal ends is read, after the largest checkpoint, so that no checkpoint is ahead of it.
        2. Each page of entries is held against itself, then the tree over it against tiles and statements.
        3. What lies beyond the end, and the heads, are looked at last.
        """
        read_for_long(self._using)
        self._statements.begin(self._report)
        head = self._head()
        self.standing.size = head.size
        if self._frontier.size == 0 and self._statements.sizes(-1, 0):
            self._statements.hold(self._frontier, self._report)
        yield Progress(self._name, self._frontier.size, head.size)
        # Where the head says more than there is, the rest is missing, and there is nothing to be read.
        end = min(head.size, head.entries)
        for page in checked_pages(self._check, self._frontier.size, end, processes=self._processes):
            self._take(page)
            yield Progress(self._name, page.end, head.size)
        if end < head.size:
            self._report("entry-missing", end, "" if end + 1 == head.size else f"So are all to {head.size - 1}.")
        self._end(head)
        self.standing.finished = True

    def _report(self, kind: str, index: int | None = None, detail: str = "") -> None:
        finding = Finding(kind, self._name, index, detail)
        if self.tally.add(finding):
            self._tell(finding)

    # --- The entries -------------------------------------------------------------------------------------------------

    def _take(self, page: Page) -> None:
        """Take in a page: what was found in it, how its streams go on, and its leaves."""
        for kind, index, detail in page.found:
            self._report(kind, index, detail)
        for stream, span in page.streams.items():
            before = self._offsets[stream]
            if span.first != before + 1 and (before or not self.standing.began):
                self._report("offset", span.at, f"{stream} has {before} and then {span.first}.")
            self._offsets[stream] = span.last
        self._grow(page.begin, page.hashes())

    # --- The tree ----------------------------------------------------------------------------------------------------

    def _grow(self, begin: int, leaves: Sequence[bytes]) -> None:
        """Let the tree grow by a page, and stop at each size of which something was said."""
        end = begin + len(leaves)
        self._tiles = self._stored_tiles(begin, end)
        at = begin
        for size in self._statements.sizes(begin, end):
            self._frontier.extend(leaves[at - begin : size - begin], completed=self._completed)
            at = size
            self._statements.hold(self._frontier, self._report)
        self._frontier.extend(leaves[at - begin :], completed=self._completed)

    def _completed(self, level: int, number: int, root: bytes) -> None:
        """Hold a complete subtree against its tile, unless one beneath is wrong already."""
        stored = self._tiles.get((level, number))
        beneath_is_wrong = level - 1 in self._dirty
        self._dirty.discard(level - 1)
        if stored == root:
            return
        self._dirty.add(level)
        if not beneath_is_wrong:
            span = TILE_ENTRIES**level
            kind = "tile-missing" if stored is None else "tile-root"
            self._report(kind, number * span, f"It is about {number * span} to {(number + 1) * span - 1}.")

    def _stored_tiles(self, begin: int, end: int) -> dict[tuple[int, int], bytes]:
        """Return the tiles that become complete when the tree grows from one size to another."""
        tiles: dict[tuple[int, int], bytes] = {}
        level, span = 1, TILE_ENTRIES
        while end // span > begin // span:
            rows = Tile.objects.using(self._using).filter(
                instance=self._name, level=level, number__gte=begin // span, number__lt=end // span
            )
            tiles |= {(level, number): bytes(root) for number, root in rows.values_list("number", "root")}
            level, span = level + 1, span * TILE_ENTRIES
        return tiles

    # --- Where it ends -----------------------------------------------------------------------------------------------

    def _head(self) -> _Head:
        heads = JournalHead.objects.using(self._using).filter(instance=self._name)
        streams = StreamHead.objects.using(self._using).filter(instance=self._name)
        before = heads.first()
        if before is None:
            return _Head(0, 0, b"", {})
        ends = dict(streams.values_list("stream", "offset"))
        still = heads.filter(size=before.size).exists()
        _, _, last = self._ends()
        return _Head(before.size, 0 if last is None else last + 1, bytes(before.frontier), ends if still else None)

    def _end(self, head: _Head) -> None:
        ended, first, last = self._ends()
        size = ended or 0
        if ended is None and last is not None:
            self._report("head-missing", 0)
        elif size != (0 if last is None else last + 1) or size < head.size or (first or 0) < 0:
            self._report("head-size", size, f"The entries are {first} to {last}, and the head says {size}.")
        if self._frontier.size == head.size and self._frontier.to_bytes() != head.frontier:
            self._report("head-frontier", head.size)
        for stream, offset in (head.streams or {}).items():
            if self._offsets.get(stream, 0) != offset and (stream in self._offsets or not self.standing.began):
                self._report(
                    "stream-head", None, f"{stream} has {self._offsets.get(stream, 0)}, its head says {offset}."
                )
        self._extra_tiles(size)
        if not self._personal:
            self._erased(head.size)
        self._statements.end(self._frontier, self._report)

    def _ends(self) -> tuple[int | None, int | None, int | None]:
        """Return the head's size, and the first and last index: in one statement, since they grow together."""
        connection = connections[self._using]
        index, table = connection.ops.quote_name("index"), self._model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT (SELECT size FROM {JournalHead._meta.db_table} WHERE instance = %s), "  # noqa: S608  Our names.
                f"(SELECT MIN({index}) FROM {table}), (SELECT MAX({index}) FROM {table})",
                [self._name],
            )
            size, first, last = cursor.fetchone()
        return size, first, last

    def _erased(self, size: int) -> None:
        """Report the entries of which it is known, without opening anything, that personal values are erased."""
        erased = PersonalPart.objects.using(self._using).filter(
            Q(sealed__isnull=True) | Q(subject__wrapped=""),
            instance=self._name,
            index__gte=self.standing.began,
            index__lt=size,
        )
        for index in erased.order_by("index").values_list("index", flat=True).distinct().iterator():
            self._report("redacted", index)

    def _extra_tiles(self, size: int) -> None:
        for level in range(1, 8):
            extra = Tile.objects.using(self._using).filter(
                instance=self._name, level=level, number__gte=size // TILE_ENTRIES**level
            )
            for number in extra.values_list("number", flat=True)[:1]:
                self._report("tile-extra", number * TILE_ENTRIES**level)
