"""What was said of a log, and by whom: its checkpoints, those that anchors keep, and those that somebody pinned."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from django.db.models import QuerySet

from instances.journal import notes
from instances.journal.merkle import Frontier
from instances.journal.models import Checkpoint, JournalHead
from instances.journal.notes import BadNote, VerifierKey
from instances.journal.router import ALIAS

Source = Literal["checkpoint", "anchor", "pinned"]


class Report(Protocol):
    """Takes a finding's kind, the index that it is about, and what more is to be said."""

    def __call__(self, kind: str, index: int | None = None, detail: str = "") -> None: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A signed checkpoint that was kept outside the journal's database."""

    source: Source
    where: str
    """Such as the file's name."""
    note: str


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys that may sign for a log: public keys that sign under any name, or keys with the log's name."""

    publics: Sequence[bytes] = ()
    verifiers: Sequence[VerifierKey] = ()
    before: Sequence[bytes] = ()
    """Public keys that the log itself tells of, as former ones. Whoever may publish could write such an entry, so what
    they signed is believed only beneath something that one of the others has signed."""

    def signed_before(self, note: notes.Note, origin: str) -> bool:
        return any(notes.verify(note, VerifierKey(origin, notes.ED25519, public)) for public in self.before)

    def signed(self, note: notes.Note, origin: str) -> bool:
        """Tell whether one of the keys signed the checkpoint of that log."""
        named = [key for key in self.verifiers if key.name == origin]
        unnamed = [VerifierKey(origin, notes.ED25519, public) for public in self.publics]
        return any(notes.verify(note, key) for key in (*named, *unnamed))


def generation_of(origin: str, instance: str) -> int | None:
    """Return which of an instance's logs that is, of any hub, counted from 1; None where it is of another instance."""
    *hub, last = origin.split("/")
    if hub and last == instance:
        return 1
    if len(hub) > 1 and hub[-1] == instance and last.isdecimal():
        return int(last)
    return None


@dataclass(frozen=True, slots=True)
class _Statement:
    source: Source
    where: str
    size: int
    root: bytes
    generation: int


@dataclass(slots=True)
class Statements:
    """The statements about one instance's log, held against its tree as that grows."""

    instance: str
    trust: Trust
    kept: Iterable[Kept] = ()
    using: str = ALIAS
    _rows: dict[int, list[Checkpoint]] = field(default_factory=dict)
    """The checkpoints of the page that is looked at, by size."""
    _outside: dict[int, list[_Statement]] = field(default_factory=lambda: defaultdict(list))
    _last_id: int = 0
    _agreed: int = 0
    """The largest size of which what was said is true."""
    _generation: int = 1
    _contradicted: set[str] = field(default_factory=set)
    """The kinds of finding of which one was told: every later one would be the same once more."""

    def begin(self, report: Report) -> None:
        """Read what is kept outside, and which checkpoint is the last for now."""
        heads = JournalHead.objects.using(self.using).filter(instance=self.instance)
        self._generation = heads.values_list("generation", flat=True).first() or 1
        last = Checkpoint.objects.using(self.using).filter(instance=self.instance).order_by("-pk").first()
        self._last_id = 0 if last is None else last.pk
        for each in self.kept:
            statement = self._read(each.source, each.where, each.note, report, is_last=False)
            if statement is not None:
                self._outside[statement.size].append(statement)

    def sizes(self, begin: int, end: int) -> list[int]:
        """Return the sizes above the first, to the second, of which something was said."""
        self._rows = defaultdict(list)
        for row in self._checkpoints().filter(size__gt=begin, size__lte=end).iterator():
            self._rows[row.size].append(row)
        return sorted(self._rows.keys() | {size for size in self._outside if begin < size <= end})

    def _checkpoints(self) -> QuerySet[Checkpoint]:
        return Checkpoint.objects.using(self.using).filter(instance=self.instance, pk__lte=self._last_id)

    def hold(self, frontier: Frontier, report: Report) -> None:
        """Hold the tree against all that was said of its present size, which `sizes` has returned."""
        root = frontier.root
        rows = self._rows.pop(frontier.size, ())
        here = [said for row in rows if (said := self._of_row(row, report)) is not None]
        wrong = [said for said in (*here, *self._outside.pop(frontier.size, ())) if said.root != root]
        for said in wrong:
            kind = self._kind(said, "root")
            if kind not in self._contradicted:
                self._contradicted.add(kind)
                detail = f"It is of size {said.size} ({said.where}); up to size {self._agreed} they agreed."
                report(kind, self._agreed, detail)
        if not wrong:
            self._agreed = frontier.size

    def end(self, frontier: Frontier, report: Report) -> None:
        """Report what was said of a larger log than this one."""
        rows = self._checkpoints().filter(size__gt=frontier.size).order_by("size").iterator()
        larger = [said for row in rows if (said := self._of_row(row, report)) is not None]
        for size in sorted(size for size in self._outside if size > frontier.size):
            larger += self._outside[size]
        for said in larger:
            detail = f"It is of size {said.size} ({said.where})."
            report(self._kind(said, "larger"), frontier.size, detail)

    def _kind(self, said: _Statement, what: Literal["root", "larger"]) -> str:
        """Return the kind of finding that a statement is which the log contradicts.

        What was signed after the backup that a hub was restored from is contradicted, and lost, as its operator
        accepted; whoever pinned a checkpoint has accepted nothing.
        """
        accepted = said.source != "pinned" and said.generation < self._generation
        return "restored" if accepted else f"{said.source}-{what}"

    def _of_row(self, row: Checkpoint, report: Report) -> _Statement | None:
        where = f"checkpoint {row.pk}"
        # The last one binds all before it.
        said = self._read("checkpoint", where, row.note, report, is_last=row.pk == self._last_id)
        if said is not None and said.generation != row.generation:
            report("checkpoint-origin", row.size, f"{where} is of another log.")
            return None
        if said is not None and (said.size, said.root) != (row.size, bytes(row.root)):
            report("checkpoint-row", row.size, f"{where} is of size {said.size}.")
            return None
        return said

    def _read(self, source: Source, where: str, text: str, report: Report, *, is_last: bool) -> _Statement | None:
        """Return what a note says of this log; None where it says nothing of it, or can't be read."""
        try:
            note = notes.parse(text)
            said = notes.parse_checkpoint(note.text)
        except BadNote as error:
            report("pinned-signature" if source == "pinned" else f"{source}-malformed", None, f"{where}: {error}")
            return None
        generation = generation_of(said.origin, self.instance)
        if generation is None:
            if source == "checkpoint":
                report("checkpoint-origin", said.size, f"{where} is of {said.origin}.")
            return None
        if not self.trust.signed(note, said.origin) and (is_last or not self.trust.signed_before(note, said.origin)):
            report(f"{source}-signature", said.size, f"{where} is of size {said.size}.")
        return _Statement(source, where, said.size, said.root, generation)
