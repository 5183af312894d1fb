"""What a verification can find, and what that makes of the journal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

EXAMPLES_MAX: Final = 100
"""Of each kind so many are told one by one, and all are counted: a journal of which every entry is wrong has a short
report."""


class Verdict(IntEnum):
    """What a verification ends with, as the exit status of a command."""

    VALID = 0
    TAMPERED = 1
    INCOMPLETE = 2
    BAD_INPUT = 3


@dataclass(frozen=True, slots=True)
class FindingKind:
    name: str
    verdict: Verdict
    says: str


_TAMPERED, _INCOMPLETE = Verdict.TAMPERED, Verdict.INCOMPLETE

_ROWS: Final = (
    FindingKind("entry-missing", _TAMPERED, "An entry is missing."),
    FindingKind("entry-twice", _TAMPERED, "Two entries have one index."),
    FindingKind("leaf-hash", _TAMPERED, "An entry's body does not have its hash."),
    FindingKind("body-malformed", _TAMPERED, "An entry's body is no event."),
    FindingKind("body-not-canonical", _TAMPERED, "An entry's body is not written as RFC 8785 has it."),
    FindingKind("column", _TAMPERED, "A column says something else than the sealed body."),
    FindingKind("offset", _TAMPERED, "An entry's offset is not the next one of its stream."),
    FindingKind("tile-root", _TAMPERED, "The entries do not give the root that the tree has over them."),
    FindingKind("tile-missing", _TAMPERED, "The tree lacks a root over entries that are complete."),
    FindingKind("tile-extra", _TAMPERED, "The tree has roots over entries that there are not."),
    FindingKind("head-missing", _TAMPERED, "There are entries with an index, and nothing says how many."),
    FindingKind("head-size", _TAMPERED, "The journal's head does not end where the entries do."),
    FindingKind("head-frontier", _TAMPERED, "The journal's head holds another tree than that of the entries."),
    FindingKind("stream-head", _TAMPERED, "A stream's head does not end where its entries do."),
    FindingKind("checkpoint-malformed", _TAMPERED, "A checkpoint can't be read."),
    FindingKind("checkpoint-row", _TAMPERED, "A checkpoint's row says something else than its signed note."),
    FindingKind("checkpoint-origin", _TAMPERED, "A checkpoint is of another log."),
    FindingKind("checkpoint-signature", _TAMPERED, "No trusted key signed a checkpoint."),
    FindingKind("checkpoint-root", _TAMPERED, "The entries do not give the root that was signed."),
    FindingKind("checkpoint-larger", _TAMPERED, "A checkpoint is of a larger log: the tail is cut off."),
    FindingKind("anchor-malformed", _TAMPERED, "What an anchor holds is no checkpoint."),
    FindingKind("anchor-signature", _TAMPERED, "No trusted key signed the checkpoint that an anchor holds."),
    FindingKind("anchor-root", _TAMPERED, "The entries do not give the root that an anchor holds."),
    FindingKind("anchor-larger", _TAMPERED, "An anchor holds the checkpoint of a larger log: the tail is cut off."),
    FindingKind("pinned-signature", _TAMPERED, "No trusted key signed a pinned checkpoint."),
    FindingKind("pinned-root", _TAMPERED, "The entries do not give the root of a pinned checkpoint."),
    FindingKind("pinned-larger", _TAMPERED, "A pinned checkpoint is of a larger log: the tail is cut off."),
    FindingKind("personal-sealed", _TAMPERED, "Personal values can't be decrypted: they, or their key, were changed."),
    FindingKind("commitment", _TAMPERED, "A personal value is not the one that the entry committed to."),
    FindingKind("restored", _INCOMPLETE, "What was signed later is lost: the hub was restored from a backup before."),
    FindingKind("purged", _INCOMPLETE, "An entry's body is purged; its hash is in the tree."),
    FindingKind("redacted", _INCOMPLETE, "Personal values are erased; the entry holds commitments to them."),
)


def _by_name(rows: tuple[FindingKind, ...]) -> Mapping[str, FindingKind]:
    table = {row.name: row for row in rows}
    if len(table) < len(rows):
        raise ValueError("Two kinds of finding have one name.")
    return table


FINDINGS: Final = _by_name(_ROWS)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be, and where."""

    kind: str
    instance: str
    index: int | None
    """Of the entry; of several, the first; None where it is about no entry."""
    detail: str = ""

    def __str__(self) -> str:
        where = self.instance if self.index is None else f"{self.instance} {self.index}"
        return f"{self.kind} {where}: {FINDINGS[self.kind].says}" + (f" {self.detail}" if self.detail else "")


@dataclass(slots=True)
class Tally:
    """All that was found: how often, and the first of each kind one by one."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> bool:
        """Count a finding, and tell whether it is among those told one by one."""
        counted = self.counts.get(finding.kind, 0)
        self.counts[finding.kind] = counted + 1
        if counted < EXAMPLES_MAX:
            self.examples.append(finding)
        return counted < EXAMPLES_MAX

    @property
    def verdict(self) -> Verdict:
        found = {FINDINGS[kind].verdict for kind in self.counts}
        return _TAMPERED if _TAMPERED in found else _INCOMPLETE if found else Verdict.VALID

    def as_json(self) -> dict[str, Any]:
        return {
            "counts": self.counts,
            "examples": [[each.kind, each.instance, each.index, each.detail] for each in self.examples],
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Tally":
        """Return what `as_json` gave. Raises: LookupError, TypeError, ValueError for what it can't have given."""
        counts = {str(FINDINGS[kind].name): int(count) for kind, count in said["counts"].items()}
        return cls(counts, [Finding(FINDINGS[kind].name, *rest) for kind, *rest in said["examples"]])
