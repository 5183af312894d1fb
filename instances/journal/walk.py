"""The way through a journal to the entries that are asked for: in its order, looking at a bounded number of them.

A question is a few criteria. Each that an index serves lists its own entries in the order of the journal, from
anywhere on; the one whose next thousand reach furthest leads, and what it lists is tested by all others. So a rare
value is found at once wherever it is, and a common one costs no more than the page.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Q, QuerySet

from instances.journal.spans import Run
from instances.topics import Pattern

BATCH: Final = 1_000
"""Listed and tested at once."""
SCANNED_MAX: Final = 20_000
"""Looked at for one page; where that many hold too few, the page is short and its cursor goes on behind them."""
RUNS_MAX: Final = 50
"""Stretches of time looked through for one page; more than one or two mean that a clock jumped about."""

Listing = Callable[[Run, int, bool], Sequence[int]]
"""Returns the first so many indexes of a run, or its last ones backwards; fewer: there are no more."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is asked of entries."""

    listing: Listing | None
    """None where no index serves it: then it only tests."""
    test: Q = field(default_factory=Q)
    topics: Pattern | None = None
    """Tests too, by the topic."""
    exact: bool = True
    """Whether the listing has nothing but what passes the test."""

    def tests_what(self, leader: "Criterion | None") -> bool:
        return self is not leader or not self.exact


@dataclass(frozen=True, slots=True)
class Found:
    """Indexes in the order that was asked for, and the last one that was looked at; None: that was all."""

    indexes: list[int]
    place: int | None


def listing_of(*sources: QuerySet[Any]) -> Listing:
    """Return what lists the rows of all sources together; each has an index that reads it by `index`."""

    def listing(run: Run, most: int, backwards: bool) -> Sequence[int]:
        found = [
            list(
                rows.filter(index__gte=run.begin, index__lt=run.end)
                .order_by("-index" if backwards else "index")
                .values_list("index", flat=True)[:most]
            )
            for rows in sources
        ]
        if len(found) == 1:
            return found[0]
        return sorted({index for each in found for index in each}, reverse=backwards)[:most]

    return listing


def listing_among(indexes: Sequence[int]) -> Listing:
    """Return what lists these, which are in their order."""

    def listing(run: Run, most: int, backwards: bool) -> Sequence[int]:
        begin, end = bisect_left(indexes, run.begin), bisect_left(indexes, run.end)
        return indexes[max(begin, end - most) : end][::-1] if backwards else indexes[begin : min(end, begin + most)]

    return listing


def every(run: Run, most: int, backwards: bool) -> Sequence[int]:
    """List a run as it is: there is no hole in a journal."""
    if backwards:
        return range(run.end - 1, max(run.begin, run.end - most) - 1, -1)
    return range(run.begin, min(run.end, run.begin + most))


def find(
    criteria: Sequence[Criterion], *, entries: QuerySet[Any], runs: Iterable[Run], backwards: bool, limit: int
) -> Found:
    """Return where up to `limit` entries are that pass every test, run by run."""
    found: list[int] = []
    scanned = 0
    for number, run in enumerate(runs, start=1):
        leader, batch, most = _leader(criteria, run, backwards=backwards, wanted=limit + 1 - len(found))
        tests = [each for each in criteria if each.tests_what(leader)]
        while batch:
            found += _tested(tests, batch, entries) if tests else batch
            if len(found) > limit:
                return Found(found[:limit], found[limit - 1])
            scanned += len(batch)
            rest = Run(run.begin, batch[-1]) if backwards else Run(batch[-1] + 1, run.end)
            if scanned >= SCANNED_MAX:
                return Found(found, batch[-1])
            if len(batch) < most:
                break
            batch = (every if leader is None or leader.listing is None else leader.listing)(rest, most, backwards)
        if number == RUNS_MAX:
            return Found(found, run.begin if backwards else run.end - 1)
    return Found(found, None)


def _leader(
    criteria: Sequence[Criterion], run: Run, *, backwards: bool, wanted: int
) -> tuple[Criterion | None, Sequence[int], int]:
    """Return what leads through the run, its first batch, and how large its batches are."""
    listings = [(each, each.listing) for each in criteria if each.listing is not None]
    alone = len(criteria) == 1 and criteria[0].exact and listings
    most = wanted if alone or not criteria else BATCH
    if not listings:
        return None, every(run, most, backwards), most

    def reach(offer: tuple[Criterion, Sequence[int]]) -> tuple[int, int]:
        batch = offer[1]
        whole = run.end - run.begin
        reached = whole if len(batch) < most else (run.end - batch[-1] if backwards else batch[-1] - run.begin)
        return reached, -len(batch)

    offers = ((each, listing(run, most, backwards)) for each, listing in listings)
    leader, batch = max(offers, key=reach)
    return leader, batch, most


def _tested(tests: Sequence[Criterion], batch: Sequence[int], entries: QuerySet[Any]) -> list[int]:
    """Return of a batch what passes, in its order."""
    first, last = sorted((batch[0], batch[-1]))
    within = Q(index__in=batch) if last - first >= len(batch) else Q(index__gte=first, index__lte=last)
    rows = entries.filter(within, *(each.test for each in tests)).order_by()
    patterns = [each.topics for each in tests if each.topics is not None]
    if not patterns:
        passed = set(rows.values_list("index", flat=True))
    else:
        passed = {
            index
            for index, topic in rows.values_list("index", "topic")
            if all(pattern.matches(topic) for pattern in patterns)
        }
    return [index for index in batch if index in passed]
