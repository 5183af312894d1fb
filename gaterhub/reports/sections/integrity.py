"""Whether the journals are as they were sealed: verified from the period's first entry to their end, as of now."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.db import Error

from gaterhub.reports.entries import JournalPart, Taken
from gaterhub.reports.period import stamp
from gaterhub.reports.section import Gatherer, Making, Result, Section
from gaterhub.reports.structure import ENTRIES_MAX, Column, Figure, Finding, Place, Severity, Table
from instances.journal.anchors import WITNESS, BadAnchor
from instances.journal.findings import FINDINGS, Verdict
from instances.journal.findings import Finding as Found
from instances.journal.keys import NoKey
from instances.journal.models import Anchored, Checkpoint, entry_model
from instances.journal.notes import BadNote, parse, parse_checkpoint
from instances.journal.page_workers import WorkerLost
from instances.journal.pinned import kept_in_anchors
from instances.journal.statements import Kept, Statements, Trust
from instances.journal.verification import TILE_ENTRIES, Verification
from instances.journal.verification_run import NothingThere, own_trust, standing_at
from instances.journal.verification_state import Standing
from instances.spec import InstanceSpec

PROCESSES: Final = min(os.cpu_count() or 1, 4)
"""As many as `verify_journal` takes: with more, the tree, which grows in one, can't keep up."""

_WORDS: Final = {
    Verdict.VALID: "as it was sealed",
    Verdict.TAMPERED: "NOT as it was sealed",
    Verdict.INCOMPLETE: "as it was sealed, but incomplete",
}
_COLUMNS: Final = (
    Column("instance", "Journal"),
    Column("verdict", "It is"),
    Column("entries", "Entries of the period", number=True),
    Column("first", "First", number=True),
    Column("last", "Last", number=True),
    Column("verified_from", "Verified from", number=True),
    Column("size", "To, its size now", number=True),
    Column("root", "Root over all of it"),
    Column("log", "Signed as"),
    Column("checkpoint", "Checkpoint over", number=True),
    Column("signed", "Signed at"),
    Column("anchors", "Kept outside by", number=True),
    Column("witnesses", "Cosigned by", number=True),
)


@dataclass(slots=True)
class _Statement:
    """What can be said of one journal."""

    part: JournalPart
    entries: int = 0
    first: int | None = None
    last: int | None = None
    standing: Standing | None = None
    """None: it could not be verified."""
    trouble: str = ""
    checkpoint: Checkpoint | None = None
    """The first one that covers the whole period."""
    anchors: frozenset[str] = frozenset()
    unsealed: int = 0
    found: dict[str, list[Found]] = field(default_factory=dict)

    @property
    def spec(self) -> InstanceSpec:
        return self.part.spec

    @property
    def end(self) -> int:
        """The size that covers the period; 0 where it has no entry."""
        return 0 if self.last is None else self.last + 1


class Integrity(Gatherer):
    def __init__(self, making: Making) -> None:
        super().__init__(making)
        self._statements = {each.spec.name: _Statement(each) for each in making.parts}

    def take(self, entry: Taken) -> None:
        said = self._statements[entry.instance]
        said.entries += 1
        if said.first is None:
            said.first = entry.index
        said.last = entry.index

    def work(self) -> int:
        return sum(each.size - _begin(each) for each in self.making.parts if each.spec.delivery.sealed)

    def result(self) -> Result:
        findings: list[Finding] = []
        for said in self._statements.values():
            said.unsealed = self._count_unsealed(said.spec)
            if said.spec.delivery.sealed:
                self._look_outside(said)
                self._verify(said)
            findings += _findings(said)
        rows = tuple(_row(said) for said in self._statements.values())
        sealed = [said for said in self._statements.values() if said.spec.delivery.sealed]
        figures = (
            Figure("entries", "Entries of the period", sum(said.entries for said in self._statements.values())),
            Figure("verified", "Journals that are as they were sealed", sum(_is_valid(said) for said in sealed)),
            Figure("sealed", "Of sealed journals", len(sealed)),
            Figure("unsealed", "Entries without a place yet", sum(s.unsealed for s in self._statements.values())),
        )
        return Result(figures, (Table("journals", "The journals", _COLUMNS, rows),), findings)

    def _count_unsealed(self, spec: InstanceSpec) -> int:
        waiting = entry_model(spec).objects.using(self.making.using).filter(index__isnull=True)
        period = self.making.period
        return waiting.filter(received_ms__gte=period.from_ms, received_ms__lt=period.to_ms).count()

    def _look_outside(self, said: _Statement) -> None:
        """Find the checkpoint that covers the period, and who keeps it or a later one."""
        rows = Checkpoint.objects.using(self.making.using).filter(instance=said.spec.name, size__gte=max(said.end, 1))
        said.checkpoint = rows.order_by("size", "pk").first()
        kept = Anchored.objects.using(self.making.using).filter(
            checkpoint__instance=said.spec.name, checkpoint__size__gte=max(said.end, 1)
        )
        said.anchors = frozenset(kept.values_list("anchor", flat=True).distinct())

    def _verify(self, said: _Statement) -> None:
        """Verify a journal from the period's first entry to its end: what came later binds what was before."""
        try:
            trust, kept = _trusted(said.spec)
            begin = _begin(said.part)
            standing = standing_at(said.spec, begin, using=self.making.using)
            for done in self._steps(said, standing, trust, kept):
                self.making.told(f"Verifying {said.spec.name}", done)
            said.standing = standing
        except (NoKey, NothingThere, BadAnchor, BadNote, WorkerLost, OSError) as error:
            said.trouble = str(error)
        except Error as error:
            said.trouble = f"The journal can't be read: {type(error).__name__}."

    def _steps(self, said: _Statement, standing: Standing, trust: Trust, kept: list[Kept]) -> Iterator[int]:
        verification = Verification(
            said.spec,
            Statements(said.spec.name, trust, kept, using=self.making.using),
            standing=standing,
            processes=PROCESSES,
            found=lambda found: said.found.setdefault(found.kind, []).append(found),
            using=self.making.using,
        )
        before = standing.frontier.size
        for progress in verification.run():
            yield progress.index - before
            before = progress.index


def _begin(part: JournalPart) -> int:
    """Return the index from which a journal is verified: the first of the period, at the begin of its tile."""
    return part.first // TILE_ENTRIES * TILE_ENTRIES


def _trusted(spec: InstanceSpec) -> tuple[Trust, list[Kept]]:
    """Return whose signatures count, and what is kept outside. Raises: NoKey, BadAnchor, OSError."""
    return own_trust(), list(kept_in_anchors([spec]))


def _is_valid(said: _Statement) -> bool:
    return said.standing is not None and said.standing.tally.verdict is Verdict.VALID


def _row(said: _Statement) -> tuple[str | int | None, ...]:
    if not said.spec.delivery.sealed:
        verdict = "kept, but not sealed"
    elif said.standing is None:
        verdict = "not verified"
    else:
        verdict = _WORDS[said.standing.tally.verdict]
    checkpoint, standing = said.checkpoint, said.standing
    return (
        said.spec.name,
        verdict,
        said.entries,
        said.first,
        said.last,
        None if standing is None else standing.began,
        None if standing is None else standing.frontier.size,
        "" if standing is None else standing.frontier.root.hex(),
        "" if checkpoint is None else _origin(checkpoint),
        None if checkpoint is None else checkpoint.size,
        "" if checkpoint is None else stamp(checkpoint.signed_ms),
        len(said.anchors) if said.spec.delivery.sealed else None,
        sum(each.startswith(WITNESS) for each in said.anchors) if said.spec.delivery.sealed else None,
    )


def _origin(checkpoint: Checkpoint) -> str:
    try:
        return parse_checkpoint(parse(checkpoint.note).text).origin
    except BadNote:
        # What is wrong with it is a finding of the verification.
        return ""


def _findings(said: _Statement) -> Iterator[Finding]:
    name = said.spec.name
    if said.unsealed:
        yield Finding(
            "unsealed",
            Severity.MEDIUM,
            f"{said.unsealed:,} entr{'ies' if said.unsealed != 1 else 'y'} of the period in {name} "
            f"{'have' if said.unsealed != 1 else 'has'} no place in the journal yet, and so nothing proves "
            f"{'them' if said.unsealed != 1 else 'it'}.",
            "See that a process of the hub serves: it numbers what waits within seconds. Then make the report again.",
            said.unsealed,
        )
    if not said.spec.delivery.sealed:
        return
    if said.standing is None:
        yield Finding(
            "not-verified",
            Severity.HIGH,
            f"The journal {name} could not be verified: {said.trouble}",
            "Mend that, then make the report again; `manage.py verify_journal` says the same.",
        )
    else:
        yield from _verified(said)
    if said.last is None:
        return
    if said.checkpoint is None:
        yield Finding(
            "no-checkpoint",
            Severity.MEDIUM,
            f"No checkpoint covers all entries of the period in {name}: nobody has signed that they are there.",
            "See that a process of the hub serves and can sign (docs/checkpoints.md), then make the report again.",
        )
    elif not said.anchors:
        yield Finding(
            "not-anchored",
            Severity.MEDIUM,
            f"No checkpoint that covers the period in {name} is kept outside of the hub: whoever has the host and its "
            "key could have written the journal anew.",
            "Name an anchor or a witness in GATERHUB_JOURNAL_ANCHORS (docs/checkpoints.md).",
        )


def _verified(said: _Statement) -> Iterator[Finding]:
    assert said.standing is not None
    for kind, count in said.standing.tally.counts.items():
        row = FINDINGS[kind]
        tampered = row.verdict is Verdict.TAMPERED
        examples = said.found.get(kind, [])
        details = next((f" {each.detail}" for each in examples if each.detail), "")
        where = ", ".join(f"{each.index:,}" for each in examples[:3] if each.index is not None)
        yield Finding(
            f"verification-{kind}",
            Severity.HIGH if tampered else Severity.LOW,
            f"The journal {said.spec.name}{f', at {where}' if where else ''}: {row.says}{details}",
            "Keep the database and the anchors as they are, and find out who could write to it (docs/evidence.md)."
            if tampered
            else "Look up the entry that tells of the purge, the erasure or the restore; without one, ask who did it.",
            count,
            _places(said, examples),
        )


def _places(said: _Statement, examples: list[Found]) -> tuple[Place, ...]:
    indexes = [each.index for each in examples if each.index is not None][:ENTRIES_MAX]
    rows = entry_model(said.spec).objects.filter(index__in=indexes).order_by("index").values_list("index", "id")
    return tuple(Place(said.spec.name, index, str(id)) for index, id in rows)


SECTION: Final = Section(
    "integrity",
    "Integrity statement",
    "Whether the sealed journals are as they were sealed. Each is verified from the tile of the period's first entry "
    "to its end at the time of making, against all that was signed of it, here and outside.",
    Integrity,
)
