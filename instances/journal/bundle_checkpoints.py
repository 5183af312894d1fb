"""Which checkpoints go into a bundle of evidence, and the proofs that each continues the one before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from django.db.models import F, Max, QuerySet

from instances.journal import keys, notes, tiles
from instances.journal.models import Anchored, Checkpoint, JournalHead
from instances.journal.notes import BadNote, VerifierKey
from instances.journal.statements import Kept
from instances.spec import InstanceSpec

_DAY_MS: Final = 86_400_000


class NotProven(Exception):
    """That evidence can't be proven: no checkpoint is signed, or the journal does not agree with it."""


@dataclass(slots=True)
class ChosenCheckpoints:
    """The last checkpoint of a log, by which its entries are proven, and the last of each day before."""

    instance: str
    origin: str
    generation: int
    size: int
    root: bytes
    left_out: int
    keys: Sequence[VerifierKey]
    notes: dict[str, str] = field(default_factory=dict)
    """Each with its cosignatures, by its size in 19 digits."""
    also: set[int] = field(default_factory=set)
    """Sizes of checkpoints that somebody else has."""

    def consistency(self) -> Iterator[tuple[int, int, list[bytes]]]:
        """Yield from what size to what the log grew, and the proofs. Raises: tiles.MissingLeaf."""
        sizes = sorted({int(name) for name in self.notes})
        pairs = {*pairwise(sizes), *((size, self.size) for size in self.also if 0 < size < self.size)}
        for first, second in sorted(pairs):
            yield first, second, tiles.consistency(self.instance, first, second)


def choose(spec: InstanceSpec, pinned: Sequence[Kept], *, using: str) -> ChosenCheckpoints:
    """Choose the checkpoints for a bundle. Raises: NotProven; keys.NoKey; tiles.MissingLeaf."""
    head = JournalHead.objects.using(using).filter(instance=spec.name).first()
    if head is None:
        raise NotProven(f"The journal of {spec.name} is empty.")
    rows = Checkpoint.objects.using(using).filter(instance=spec.name, generation=head.generation, size__lte=head.size)
    last = rows.order_by("-size", "-pk").first()
    if last is None:
        raise NotProven(f"No checkpoint of {spec.name} is signed yet; a moment after the first entry one is.")
    said = notes.parse_checkpoint(notes.parse(last.note).text)
    verifiers = [VerifierKey(said.origin, notes.ED25519, key.public) for key in (keys.signing_key(), *keys.old_keys())]
    signed = notes.parse(last.note)
    if not any(notes.verify(signed, key) for key in verifiers):
        raise NotProven(
            f"The key that this host has did not sign the last checkpoint of {spec.name}, of size {last.size:,}."
        )
    if tiles.root(spec.name, last.size) != said.root:
        raise NotProven(
            f"The journal of {spec.name} does not give the root that was signed for its size {last.size:,}: run "
            "verify_journal."
        )
    chosen = ChosenCheckpoints(
        instance=spec.name,
        origin=said.origin,
        generation=head.generation,
        size=last.size,
        root=said.root,
        left_out=head.size - last.size,
        keys=verifiers,
        also={notes.parse_checkpoint(notes.parse(each.note).text).size for each in pinned},
    )
    for row in (*_last_of_each_day(rows), last):
        note = notes.parse(row.note)
        # What an older key signed, which is none of this hub's any more, can't be shown to be the log's.
        if any(notes.verify(note, key) for key in verifiers):
            chosen.notes[f"{row.size:019d}"] = row.note + _cosignatures(row, using)
    return chosen


def _last_of_each_day(rows: QuerySet[Checkpoint]) -> list[Checkpoint]:
    days = rows.annotate(day=F("signed_ms") / _DAY_MS).order_by().values("day").annotate(last=Max("pk"))
    return list(rows.filter(pk__in=[each["last"] for each in days]).order_by("size", "pk"))


def _cosignatures(row: Checkpoint, using: str) -> str:
    """Return what witnesses answered, as lines of the note."""
    lines = []
    for answer in Anchored.objects.using(using).filter(checkpoint=row.pk).values_list("answer", flat=True):
        for line in answer.splitlines():
            try:
                notes.parse_signature(line)
            except BadNote:
                continue
            if line not in row.note:
                lines.append(f"{line}\n")
    return "".join(lines)
