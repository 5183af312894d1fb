"""What lists entries in the order of the journal, from anywhere on, and tells of each whether it passes the tests."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from instances.journal.spans import Run
from instances.topics import Pattern

Looked = tuple[int, bool]
"""An index, and whether its entry passed."""


@dataclass(frozen=True, slots=True)
class Demands:
    """What entries must be, beside being listed."""

    conditions: Sequence[Q] = ()
    pattern: Pattern | None = None
    """Of their topics."""

    def __bool__(self) -> bool:
        return bool(self.conditions) or self.pattern is not None

    def of(self, rows: QuerySet[Any]) -> list[Looked]:
        """Look at the rows; the conditions are part of the answer, so that they never decide how rows are found."""
        matches = None if self.pattern is None else self.pattern.matches
        if self.conditions:
            rows = rows.annotate(passes=ExpressionWrapper(Q(*self.conditions), BooleanField()))
            if matches is None:
                return [(index, bool(passed)) for index, passed in rows.values_list("index", "passes")]
            looked = rows.values_list("index", "topic", "passes")
            return [(index, bool(passed) and matches(topic)) for index, topic, passed in looked]
        looked = rows.values_list("index", "topic")
        return [(index, matches is None or matches(topic)) for index, topic in looked]


class Listing(Protocol):
    """Entries that have something in common, to be read in their order."""

    def reach(self, run: Run, count: int, *, backwards: bool) -> int | None:
        """Return the index of the entry that is the `count`-th in the run, or None where there are fewer."""

    def look(self, run: Run, most: int, tests: Demands, *, backwards: bool) -> list[Looked]:
        """Look at the first entries of the run, or at its last ones backwards."""


@dataclass(frozen=True, slots=True)
class Whole:
    """All entries of a journal, which has no holes."""

    entries: QuerySet[Any]

    def reach(self, run: Run, count: int, *, backwards: bool) -> int | None:
        if run.end - run.begin < count:
            return None
        return run.end - count if backwards else run.begin + count - 1

    def look(self, run: Run, most: int, tests: Demands, *, backwards: bool) -> list[Looked]:
        if tests:
            return tests.of(_in_order(self.entries, run, backwards=backwards)[:most])
        count = min(most, run.end - run.begin)
        indexes = range(run.end - 1, run.end - 1 - count, -1) if backwards else range(run.begin, run.begin + count)
        return [(index, True) for index in indexes]


@dataclass(frozen=True, slots=True)
class Rows:
    """Entries that an index serves in their order."""

    entries: QuerySet[Any]

    def reach(self, run: Run, count: int, *, backwards: bool) -> int | None:
        return _reach(self.entries, run, count, backwards=backwards)

    def look(self, run: Run, most: int, tests: Demands, *, backwards: bool) -> list[Looked]:
        rows = _in_order(self.entries, run, backwards=backwards)[:most]
        if tests:
            return tests.of(rows)
        return [(index, True) for index in rows.values_list("index", flat=True)]


@dataclass(frozen=True, slots=True)
class Parts:
    """Entries by what is held apart of them."""

    parts: QuerySet[Any]
    entries: QuerySet[Any]
    """Of the whole journal."""

    def reach(self, run: Run, count: int, *, backwards: bool) -> int | None:
        return _reach(self.parts, run, count, backwards=backwards)

    def look(self, run: Run, most: int, tests: Demands, *, backwards: bool) -> list[Looked]:
        rows = _in_order(self.parts, run, backwards=backwards)[:most]
        return _tested(list(rows.values_list("index", flat=True)), self.entries, tests)


@dataclass(frozen=True, slots=True)
class Known:
    """Entries whose indexes are known, in their order."""

    indexes: Sequence[int]
    entries: QuerySet[Any]
    """Of the whole journal."""

    def reach(self, run: Run, count: int, *, backwards: bool) -> int | None:
        within = self._within(run)
        if len(within) < count:
            return None
        return within[-count] if backwards else within[count - 1]

    def look(self, run: Run, most: int, tests: Demands, *, backwards: bool) -> list[Looked]:
        within = self._within(run)
        chosen = within[::-1][:most] if backwards else within[:most]
        return _tested(chosen, self.entries, tests)

    def _within(self, run: Run) -> Sequence[int]:
        return self.indexes[bisect_left(self.indexes, run.begin) : bisect_left(self.indexes, run.end)]


@dataclass(frozen=True, slots=True)
class Joined:
    """Entries of several listings together."""

    listings: Sequence[Listing]

    def reach(self, run: Run, count: int, *, backwards: bool) -> int | None:
        """Return what the one that reaches least far reaches, which together they reach no further than."""
        reached = [each.reach(run, count, backwards=backwards) for each in self.listings]
        told = [index for index in reached if index is not None]
        return (max(told) if backwards else min(told)) if told else None

    def look(self, run: Run, most: int, tests: Demands, *, backwards: bool) -> list[Looked]:
        looked = [entry for each in self.listings for entry in each.look(run, most, tests, backwards=backwards)]
        return sorted(dict(looked).items(), reverse=backwards)[:most]


def _in_order(rows: QuerySet[Any], run: Run, *, backwards: bool) -> QuerySet[Any]:
    return rows.filter(index__gte=run.begin, index__lt=run.end).order_by("-index" if backwards else "index")


def _reach(rows: QuerySet[Any], run: Run, count: int, *, backwards: bool) -> int | None:
    indexes = _in_order(rows, run, backwards=backwards).values_list("index", flat=True)
    return next(iter(indexes[count - 1 : count]), None)


def _tested(indexes: Sequence[int], entries: QuerySet[Any], tests: Demands) -> list[Looked]:
    if not tests or not indexes:
        return [(index, True) for index in indexes]
    passed = dict(tests.of(entries.filter(index__in=indexes).order_by()))
    return [(index, passed[index]) for index in indexes]
