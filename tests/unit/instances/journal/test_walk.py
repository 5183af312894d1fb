"""The way through a journal, over listings that are held in memory: which leads, what is looked at, where it stops."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db.models import Q

from instances.journal import walk
from instances.journal.listings import Demands, Joined, Looked
from instances.journal.models import AuditEntry
from instances.journal.spans import Run
from instances.journal.walk import Criterion, Found, find


@dataclass
class Listed:
    """Entries with these indexes, of which those in `passing` pass every test."""

    indexes: Iterable[int]
    passing: Iterable[int] = ()
    looked: int = field(default=0, init=False)
    """At how many it had to look."""

    def reach(self, run: Run, count: int, *, backwards: bool) -> int | None:
        within = self._within(run, backwards)
        return within[count - 1] if len(within) >= count else None

    def look(self, run: Run, most: int, tests: Demands, *, backwards: bool) -> list[Looked]:
        chosen = self._within(run, backwards)[:most]
        self.looked += len(chosen)
        return [(index, not tests or index in self.passing) for index in chosen]

    def _within(self, run: Run, backwards: bool) -> list[int]:
        return sorted((index for index in self.indexes if run.begin <= index < run.end), reverse=backwards)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "BATCH", 10)
    monkeypatch.setattr(walk, "SCANNED_MAX", 50)
    monkeypatch.setattr(walk, "RUNS_MAX", 3)


def found(*criteria: Criterion, runs: Iterable[Run] = (Run(0, 1_000),), backwards: bool = False, limit: int = 5) -> Any:
    return find(criteria, entries=AuditEntry.objects.none(), runs=runs, backwards=backwards, limit=limit)


class TestFind:
    def test_reads_all_in_their_order_where_nothing_is_asked(self) -> None:
        assert found() == Found([0, 1, 2, 3, 4], 4)
        assert found(backwards=True) == Found([999, 998, 997, 996, 995], 995)
        assert found(runs=[Run(997, 1_000)]) == Found([997, 998, 999], None)

    def test_looks_at_no_more_than_the_page_needs(self) -> None:
        common = Listed(range(0, 1_000, 2))

        assert found(Criterion(common)) == Found([0, 2, 4, 6, 8], 8)
        assert common.looked == 6

    def test_is_led_by_what_reaches_furthest(self) -> None:
        common = Listed(range(1_000))
        rare = Listed([3, 700, 900], passing=[700, 900])

        for criteria in ((common, rare), (rare, common)):
            assert found(*(Criterion(each, Q(outcome="x")) for each in criteria)) == Found([700, 900], None)
        assert common.looked == 0

    def test_tests_what_a_listing_has_too_much_of(self) -> None:
        stream = Listed(range(0, 100, 2), passing=[4, 6, 90])

        assert found(Criterion(stream, Q(topic="x"), exact=False), limit=2) == Found([4, 6], 6)

    def test_stops_where_enough_was_looked_at_and_goes_on_there(self) -> None:
        stream = Listed(range(1_000), passing=[7, 60])
        criterion = Criterion(stream, Q(topic="x"), exact=False)

        first = found(criterion)
        second = found(criterion, runs=[Run(first.place + 1, 1_000)])

        assert first == Found([7], 49)
        assert second == Found([60], 99)
        assert stream.looked == 100

    def test_stops_after_some_stretches_of_time(self) -> None:
        criterion = Criterion(Listed([5, 95]))
        runs = [Run(begin, begin + 5) for begin in range(0, 100, 10)]

        assert found(criterion, runs=runs) == Found([], 24)
        assert found(criterion, runs=runs[::-1], backwards=True) == Found([], 70)

    def test_ends_with_the_last_page_even_if_it_is_full(self) -> None:
        assert found(Criterion(Listed([1, 2, 3, 4, 5]))) == Found([1, 2, 3, 4, 5], None)


class TestJoined:
    def test_lists_what_any_lists_once(self) -> None:
        both = Joined([Listed([1, 4, 6]), Listed([2, 4, 9])])

        assert both.look(Run(0, 10), 4, Demands(), backwards=False) == [(1, True), (2, True), (4, True), (6, True)]
        assert both.look(Run(0, 10), 2, Demands(), backwards=True) == [(9, True), (6, True)]

    def test_reaches_as_far_as_the_nearest(self) -> None:
        both = Joined([Listed([1, 2, 3]), Listed([5, 6, 7]), Listed([1])])

        assert both.reach(Run(0, 10), 3, backwards=False) == 3
        assert both.reach(Run(0, 10), 3, backwards=True) == 5
        assert both.reach(Run(0, 10), 4, backwards=False) is None
