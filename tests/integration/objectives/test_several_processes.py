"""Two processes that write at the same time, and take the lease from each other: on both databases."""

from pathlib import Path
from typing import Final

from tests.integration.capacity.test_several_processes import PREPARING, finished, started

SETTING: Final = """
import django; django.setup()
from tests.integration.objectives.promised import promise
promise()
"""
WRITING: Final = """
import sys
from datetime import timedelta
import django; django.setup()
from gaterhub.objectives.budget import Counts
from gaterhub.objectives.progress import Mark, Progress
from gaterhub.objectives.writing import write
from instances.streams import Position
from tests.integration.capacity.gathering import NOON, NOON_SECONDS
taken, applied = [], 0
for step in range(1, 101):
    # The clock runs so fast that a lease is over after three of its steps: both write, in turns that nobody orders.
    known = write(taken, holder=sys.argv[1], at=NOON + timedelta(seconds=step * 11))
    if known is None:
        taken = []
        continue
    applied += known[0].written
    mark = known[0].mark
    at = NOON_SECONDS + step
    serial = 0 if mark is None else mark.serial
    moved = Mark(serial, {"metrics.a": Position("k3f9", step)}, at, at, at)
    taken = [Progress(known[0].objective, known[0].definition, moved, {NOON_SECONDS: Counts(1, 2)}, frozenset())]
print(applied)
"""
READING: Final = """
import django; django.setup()
from gaterhub.objectives.models import ObjectiveHour, ObjectiveMark
row = ObjectiveHour.objects.get()
print(row.good, row.bad, row.minutes["0"], ObjectiveMark.objects.get().serial)
"""


class TestProcessesThatWriteAtTheSameTime:
    def test_add_each_progress_once_on_sqlite(self, tmp_path: Path) -> None:
        both_write(f"sqlite:///{tmp_path / 'db.sqlite3'}")

    def test_add_each_progress_once_on_postgresql(self, postgres_url: str) -> None:
        both_write(postgres_url)


def both_write(url: str) -> None:
    finished(started(url, PREPARING))
    finished(started(url, SETTING))
    applied = sum(int(finished(each)) for each in [started(url, WRITING, holder) for holder in ("web-1", "web-2")])
    assert applied > 0
    assert finished(started(url, READING)).strip() == f"{applied} {2 * applied} [{applied}, {2 * applied}] {applied}"
