"""Which registered types of evidence came, and which did not: what is not recorded can't be shown later."""

from typing import Final

from gaterhub.reports.counting import Sample
from gaterhub.reports.entries import Taken
from gaterhub.reports.period import stamp
from gaterhub.reports.section import Gatherer, Making, Result, Section
from gaterhub.reports.structure import Column, Figure, Finding, Severity, Table
from instances.schemas.registry import registered, types_of

TELL_TROUBLE: Final = frozenset({"recording_gap"})
"""Types of which it is good news that none came."""
UNREGISTERED_MAX: Final = 200
"""Told apart, of those that nobody registered."""

_COLUMNS: Final = (
    Column("instance", "Journal"),
    Column("event_type", "Type"),
    Column("title", "What it tells"),
    Column("first", "First"),
    Column("last", "Last"),
    Column("entries", "Entries", number=True),
)


class _Seen:
    __slots__ = ("count", "first_ms", "last_ms", "sample")

    def __init__(self) -> None:
        self.count = 0
        self.first_ms = self.last_ms = 0
        self.sample = Sample()


class Coverage(Gatherer):
    def __init__(self, making: Making) -> None:
        super().__init__(making)
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._unregistered = 0
        self._beyond = _Seen()

    def take(self, entry: Taken) -> None:
        key = entry.instance, entry.event_type
        seen = self._seen.get(key) or self._begin(key)
        if not seen.count:
            seen.first_ms = seen.last_ms = entry.occurred_ms
        seen.count += 1
        seen.first_ms = min(seen.first_ms, entry.occurred_ms)
        seen.last_ms = max(seen.last_ms, entry.occurred_ms)
        seen.sample.add(entry)

    def _begin(self, key: tuple[str, str]) -> _Seen:
        if registered(*key) is None:
            if self._unregistered == UNREGISTERED_MAX:
                return self._beyond
            self._unregistered += 1
        seen = self._seen[key] = _Seen()
        return seen

    def result(self) -> Result:
        rows, findings = [], []
        known = missing = 0
        for instance in self.making.instances:
            for each in types_of(instance):
                seen = self._seen.pop((instance, each.name), None)
                known += 1
                rows.append(_row(instance, each.name, each.title, seen))
                if seen is None and each.name not in TELL_TROUBLE:
                    missing += 1
                    findings.append(_not_seen(instance, each.name, each.title))
        for (instance, name), seen in sorted(self._seen.items()):
            rows.append(_row(instance, name, "Nobody registered it.", seen))
            findings.append(_unregistered(instance, name, seen.sample))
        if self._beyond.count:
            rows.append(_row("", "others", "Nobody registered them.", self._beyond))
            findings.append(_unregistered("the journals", "and of others", self._beyond.sample))
        figures = (
            Figure("entries", "Entries", sum(int(row[-1] or 0) for row in rows)),
            Figure("types_registered", "Registered types", known),
            Figure("types_missing", "Of which nothing came", missing),
            Figure("types_unregistered", "Types that nobody registered", len(self._seen)),
        )
        return Result(figures, (Table("types", "Entries by type", _COLUMNS, tuple(rows)),), findings)


def _row(instance: str, name: str, title: str, seen: _Seen | None) -> tuple[str | int, ...]:
    if seen is None:
        return instance, name, title, "", "", 0
    return instance, name, title, stamp(seen.first_ms), stamp(seen.last_ms), seen.count


def _not_seen(instance: str, name: str, title: str) -> Finding:
    return Finding(
        "type-not-seen",
        Severity.LOW,
        f"No event of the type {name} ({title}) is on record in {instance}.",
        "See whether nothing of the kind happened, or whether the systems that would tell it don't publish it.",
    )


def _unregistered(instance: str, name: str, sample: Sample) -> Finding:
    return Finding(
        "type-unregistered",
        Severity.LOW,
        f"Nobody registered the type {name}, which came in {instance}; what its events say was not checked.",
        "Have whoever publishes it use a registered type, or have the type registered.",
        sample.count,
        sample.entries,
    )


SECTION: Final = Section(
    "coverage",
    "Event coverage",
    "Which of the registered types of evidence came in the period. What nobody records can't be shown later.",
    Coverage,
)
