"""Times in the order of a journal: whatever clocks did, no entry of a time is outside the stretches that are found."""

from random import Random
from typing import Any

import pytest

from instances.catalog import find
from instances.journal import numbering, spans
from instances.journal.models import Span
from instances.journal.router import ALIAS
from instances.journal.spans import Run, close_spans, runs
from tests.integration.journal.kept import NOON_MS, keep

AUDIT = find("audit")

pytestmark = pytest.mark.usefixtures("journal")


@pytest.fixture(autouse=True)
def _short_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "SPAN_ENTRIES", 4)
    monkeypatch.setattr(numbering, "SPAN_ENTRIES", 4)


def keep_at(times: list[int]) -> None:
    keep("audit", *({"data": None} for _ in times), at_ms=[NOON_MS + time for time in times])


def told() -> list[tuple[int, int, int]]:
    rows = Span.objects.filter(instance="audit").order_by("number")
    return [(row.number, row.earliest_ms - NOON_MS, row.latest_ms - NOON_MS) for row in rows]


def found(within: Run, from_ms: int | None, to_ms: int | None, *, backwards: bool) -> list[Run]:
    return list(
        runs(
            AUDIT,
            from_ms=None if from_ms is None else NOON_MS + from_ms,
            to_ms=None if to_ms is None else NOON_MS + to_ms,
            within=within,
            backwards=backwards,
            using=ALIAS,
        )
    )


class TestCloseSpans:
    def test_is_done_by_numbering_once_a_stretch_is_whole(self) -> None:
        keep_at([5, 1, 9])
        assert told() == []

        keep_at([3, 20])

        assert told() == [(0, 1, 9)]

    def test_catches_up_and_keeps_what_it_noted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # As after numbering that noted none.
        monkeypatch.setattr(numbering, "SPAN_ENTRIES", 1_024)
        keep_at([5, 1, 9, 3, 7, 7, 7, 7, 2])
        assert told() == []

        for _ in range(2):
            close_spans(AUDIT, size=9, using=ALIAS)

        assert told() == [(0, 1, 9), (1, 7, 7)]

    def test_of_each_journal_is_its_own(self) -> None:
        keep_at([1] * 4)
        keep("security", *({"topic": "security_events:x"},) * 3)

        assert set(Span.objects.values_list("instance", flat=True)) == {"audit"}


class TestRuns:
    def test_are_the_whole_where_no_time_is_asked_for(self) -> None:
        assert found(Run(3, 17), None, None, backwards=False) == [Run(3, 17)]
        assert found(Run(3, 3), None, None, backwards=False) == []

    def test_are_few_where_the_clock_went_on(self) -> None:
        keep_at(list(range(0, 400, 10)))

        assert found(Run(0, 40), 100, 200, backwards=False) == [Run(8, 20)]
        assert found(Run(0, 40), 100, 200, backwards=True) == [Run(8, 20)]
        assert found(Run(10, 13), 100, 200, backwards=False) == [Run(10, 13)]
        assert found(Run(0, 40), 5_000, None, backwards=False) == []

    def test_count_what_is_in_no_whole_stretch_yet(self) -> None:
        keep_at([0, 10, 20, 30, 40, 50])

        assert found(Run(0, 6), 5_000, None, backwards=False) == [Run(4, 6)]
        assert found(Run(0, 6), None, 5, backwards=True) == [Run(4, 6), Run(0, 4)]

    def test_miss_no_entry_and_come_in_order(self) -> None:
        random = Random(6)
        times: list[Any] = []
        at = 0
        for _ in range(150):
            at += random.choice((1, 1, 1, 1, 1, 30, -40))
            times.append(at - random.choice((0, 0, 0, 0, 200)))
        keep_at(times)

        for _ in range(60):
            begin, end = sorted((random.randrange(151), random.randrange(151)))
            from_ms = random.choice((None, random.choice(times)))
            to_ms = random.choice((None, random.choice(times)))
            meant = {
                index
                for index in range(begin, end)
                if (from_ms is None or times[index] >= from_ms) and (to_ms is None or times[index] < to_ms)
            }

            for backwards in (False, True):
                given = found(Run(begin, end), from_ms, to_ms, backwards=backwards)
                covered = [index for run in given for index in range(run.begin, run.end)]
                assert meant <= set(covered)
                assert len(covered) == len(set(covered))
                assert all(begin <= index < end for index in covered)
                assert given == sorted(given, reverse=backwards)
