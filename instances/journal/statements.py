"""What was said of a log, and by whom: its checkpoints, those that anchors keep, and those that somebody pinned."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from django.db.models import QuerySet

from instances.journal import notes
from instances.journal.merkle import Frontier
from instances.journal.models import Checkpoint
from instances.journal.notes import BadNote, Checkpointed, VerifierKey
from instances.journal.router import ALIAS

Source = Literal["checkpoint", "anchor", "pinned"]

OUTSIDE: Final[tuple[Source, ...]] = ("anchor", "pinned")
"""The sources that whoever can write to the journal's database can't reach."""


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

    def signed(self, note: notes.Note, origin: str) -> bool:
        """Tell whether one of the keys signed the checkpoint of that log."""
        named = [key for key in self.verifiers if key.name == origin]
        unnamed = [VerifierKey(origin, notes.ED25519, public) for public in self.publics]
        return any(notes.verify(note, key) for key in (*named, *unnamed))


def is_of(origin: str, instance: str, generation: int | None = None) -> bool:
    """Tell whether a log's name is that of an instance's log, of any hub; None: of any generation."""
    *hub, last = origin.split("/")
    if hub and last == instance:
        return generation in (None, 1)
    if len(hub) > 1 and hub[-1] == instance and last.isdecimal():
        return generation is None or int(last) == generation
    return False


@dataclass(frozen=True, slots=True)
class _Statement:
    source: Source
    where: str
    size: int
    root: bytes


@dataclass(slots=True)
class Statements:
    """The statements about one instance's log, held against its tree as that grows."""

    instance: str
    trust: Trust
    kept: Iterable[Kept] = ()
    using: str = ALIAS
    compared: int = 0
    """How many statements have been held against the tree."""
    _rows: dict[int, list[Checkpoint]] = field(default_factory=dict)
    """The checkpoints of the page that is looked at, by size."""
    _outside: dict[int, list[_Statement]] = field(default_factory=lambda: defaultdict(list))
    _last_id: int = 0
    _agreed: int = 0
    """The largest size of which what was said is true."""
    _contradicted: set[Source] = field(default_factory=set)

    def begin(self, report: Report) -> None:
        """Read what is kept outside, and which checkpoint is the last for now."""
        last = Checkpoint.objects.using(self.using).filter(instance=self.instance).order_by("-pk").first()
        self._last_id = 0 if last is None else last.pk
        for each in self.kept:
            said = self._read(each.source, each.where, each.note, report)
            if said is not None and is_of(said.origin, self.instance):
                statement = _Statement(each.source, each.where, said.size, said.root)
                self._outside[said.size].append(statement)

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
        agreed = True
        for said in (*here, *self._outside.pop(frontier.size, ())):
            self.compared += 1
            if said.root == root:
                continue
            agreed = False
            if said.source not in self._contradicted:
                # Every later one differs too, and says no more.
                self._contradicted.add(said.source)
                detail = f"It is of size {said.size} ({said.where}); up to size {self._agreed} they agreed."
                report(f"{said.source}-root", self._agreed, detail)
        if agreed:
            self._agreed = frontier.size

    def end(self, frontier: Frontier, report: Report) -> None:
        """Report what was said of a larger log than this one."""
        for row in self._checkpoints().filter(size__gt=frontier.size).order_by("size").iterator():
            said = self._of_row(row, report)
            if said is not None:
                report("checkpoint-larger", frontier.size, f"It is of size {said.size} ({said.where}).")
        for size in sorted(size for size in self._outside if size > frontier.size):
            for said in self._outside[size]:
                report(f"{said.source}-larger", frontier.size, f"It is of size {said.size} ({said.where}).")

    def _of_row(self, row: Checkpoint, report: Report) -> _Statement | None:
        where = f"checkpoint {row.pk}"
        said = self._read("checkpoint", where, row.note, report)
        if said is None:
            return None
        if not is_of(said.origin, self.instance, row.generation):
            report("checkpoint-origin", row.size, f"{where} is of {said.origin}.")
            return None
        if (said.size, said.root) != (row.size, bytes(row.root)):
            report("checkpoint-row", row.size, f"{where} is of size {said.size}.")
            return None
        return _Statement("checkpoint", where, said.size, said.root)

    def _read(self, source: Source, where: str, text: str, report: Report) -> Checkpointed | None:
        try:
            note = notes.parse(text)
            said = notes.parse_checkpoint(note.text)
        except BadNote as error:
            report("pinned-signature" if source == "pinned" else f"{source}-malformed", None, f"{where}: {error}")
            return None
        if is_of(said.origin, self.instance) and not self.trust.signed(note, said.origin):
            report(f"{source}-signature", said.size, f"{where} is of size {said.size}.")
        return said
