"""What administrators did: who, what, and how it ended."""

from typing import Final

from gaterhub.reports.counting import Sample, Tally
from gaterhub.reports.entries import Taken
from gaterhub.reports.section import Gatherer, Making, Result, Section
from gaterhub.reports.structure import Column, Figure, Finding, Severity, Table
from instances.journal.models import UNKNOWN
from instances.schemas.audit import TYPES, admin_operation

FAILURE: Final = "failure"
GROUPS_MAX: Final = 500
"""Of failed operations told one by one."""
_AUDIT: Final = TYPES.instance


class Operations(Gatherer):
    def __init__(self, making: Making) -> None:
        super().__init__(making)
        self._done: Tally[tuple[str, str, str]] = Tally()
        self._outcomes: Tally[tuple[str]] = Tally()
        self._failed: dict[tuple[str, str], Sample] = {}
        self._other_failures = Sample()
        self._nobodys = Sample()

    def take(self, entry: Taken) -> None:
        if entry.instance != _AUDIT or entry.topic != admin_operation.topic:
            return
        self._done.add((entry.actor, entry.action, entry.outcome))
        self._outcomes.add((entry.outcome,))
        if entry.actor == UNKNOWN and "actor" in _declared(entry):
            self._nobodys.add(entry)
        if entry.outcome == FAILURE:
            key = entry.actor, entry.action
            if key in self._failed or len(self._failed) < GROUPS_MAX:
                self._failed.setdefault(key, Sample()).add(entry)
            else:
                self._other_failures.add(entry)

    def result(self) -> Result:
        shown = self.making.names.shown
        findings = [
            _failed(f"{action} by {shown(_AUDIT, actor)}", sample)
            for (actor, action), sample in sorted(self._failed.items())
        ]
        if self._other_failures.count:
            findings.append(_failed("others", self._other_failures))
        if self._nobodys.count:
            findings.append(_nobodys(self._nobodys))
        figures = (
            Figure("operations", "Administrator operations", self._done.total),
            Figure("actors", "Administrators", len({actor for actor, _, _ in self._done.counts} - {UNKNOWN})),
            Figure("failures", "That failed", self._outcomes.counts.get((FAILURE,), 0)),
        )
        done = Table(
            "operations",
            "Who did what, and how it ended",
            (
                Column("actor", "Who"),
                Column("action", "What"),
                Column("outcome", "Outcome"),
                Column("operations", "Operations", number=True),
            ),
            self._done.rows(lambda key: (shown(_AUDIT, key[0]), key[1], key[2]), width=3),
        )
        return Result(figures, (done,), findings)


def _declared(entry: Taken) -> frozenset[str]:
    """Return what an entry's type has fields for; of a type that nobody registered, an actor."""
    try:
        return frozenset(field.name for field in TYPES[entry.event_type].data)
    except KeyError:
        return frozenset({"actor"})


def _failed(what: str, sample: Sample) -> Finding:
    return Finding(
        "operation-failed",
        Severity.MEDIUM,
        f"An administrator operation failed {sample.count:,} time{'s' * (sample.count != 1)}: {what}.",
        "Look at the entries: something that was meant to hold does not, or somebody tried what they may not.",
        sample.count,
        sample.entries,
    )


def _nobodys(sample: Sample) -> Finding:
    return Finding(
        "operation-by-nobody",
        Severity.HIGH,
        f"{sample.count:,} administrator operation{'s' * (sample.count != 1)} can be put down to nobody: no actor is "
        "told.",
        "Have whoever publishes them name who acted; find out who it was while somebody remembers.",
        sample.count,
        sample.entries,
    )


SECTION: Final = Section(
    "admin_operations",
    "Administrator operations",
    "What administrators added, changed or deleted, who it was, and how it ended.",
    Operations,
)
