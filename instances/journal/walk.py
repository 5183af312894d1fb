"""The way through a journal to the entries that are asked for: in its order, looking at a bounded number of them.

A question is a few criteria. Each that an index serves lists its own entries in the order of the journal, from
anywhere on; the one whose next thousand reach furthest leads, and what it lists is tested by all others. So a rare
value is found at once wherever it is, and a common one costs no more than the page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet

from instances.journal.listings import Demands, Listing, Whole
from instances.journal.spans import Run
from instances.topics import Pattern

BATCH: Final = 1_000
"""Looked at once."""
SCANNED_MAX: Final = 5_000
"""Looked at for one page; where that many hold too few, the page is short and its cursor goes on behind them."""
RUNS_MAX: Final = 50
"""Stretches of time looked through for one page; more than one or two mean that a clock jumped about."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is asked of entries."""

    listing: Listing | None
    """None where no index serves it: then it only tests."""
    test: Q | None = None
    pattern: Pattern | None = None
    """Tests too, by the topic; of a question's criteria one has it at most."""
    exact: bool = True
    """Whether the listing has nothing but what passes the test."""


@dataclass(frozen=True, slots=True)
class Found:
    """Indexes in the order that was asked for, and the last one that was looked at; None: that was all."""

    indexes: list[int]
    place: int | None


def find(
    criteria: Sequence[Criterion], *, entries: QuerySet[Any], runs: Iterable[Run], backwards: bool, limit: int
) -> Found:
    """Return where up to `limit` entries are that pass every test, run by run."""
    found: list[int] = []
    scanned = 0
    for number, run in enumerate(runs, start=1):
        leader = _leader(criteria, run, backwards=backwards)
        tests = _tests(each for each in criteria if each is not leader or not each.exact)
        listing = Whole(entries) if leader is None or leader.listing is None else leader.listing
        most = BATCH if tests else limit + 1
        rest = run
        while looked := listing.look(rest, most, tests, backwards=backwards):
            found += [index for index, passed in looked if passed]
            if len(found) > limit:
                return Found(found[:limit], found[limit - 1])
            place = looked[-1][0]
            scanned += len(looked)
            if scanned >= SCANNED_MAX:
                return Found(found, place)
            if len(looked) < most:
                break
            rest = Run(run.begin, place) if backwards else Run(place + 1, run.end)
        if number == RUNS_MAX:
            return Found(found, run.begin if backwards else run.end - 1)
    return Found(found, None)


def _leader(criteria: Sequence[Criterion], run: Run, *, backwards: bool) -> Criterion | None:
    """Return what has the fewest entries from the beginning of the run on, as far as a thousand of them tell."""
    listings = [(each, each.listing) for each in criteria if each.listing is not None]
    if len(listings) < 2:
        return listings[0][0] if listings else None

    def reach(one: tuple[Criterion, Listing]) -> int:
        index = one[1].reach(run, BATCH, backwards=backwards)
        if index is None:
            return run.end - run.begin
        return run.end - index if backwards else index - run.begin

    return max(listings, key=reach)[0]


def _tests(criteria: Iterable[Criterion]) -> Demands:
    some = list(criteria)
    return Demands(
        [each.test for each in some if each.test is not None],
        next((each.pattern for each in some if each.pattern is not None), None),
    )
