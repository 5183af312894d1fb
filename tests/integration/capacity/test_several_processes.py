"""Two processes that write at the same time, and take the lease from each other: on both databases."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.conftest import ROOT

PREPARING: Final = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""
WRITING: Final = """
import sys
from datetime import timedelta
import django; django.setup()
from gaterhub.capacity.writing import write
from tests.integration.capacity.gathering import NOON, gathered, gathered_hour
written = 0
for step in range(1, 201):
    # The clock runs so fast that a lease is over after three of its steps: both write, in turns that nobody orders.
    known = gathered(gathered_hour(step, peak=step, minute=step / 10), instance="health")
    written += write(known, holder=sys.argv[1], at=NOON + timedelta(seconds=step * 11))
print(written)
"""
READING: Final = """
from datetime import timedelta
import django; django.setup()
from gaterhub.capacity.hours import CapacityQuestion, rows_of
from gaterhub.capacity.summary import summaries
from gaterhub.models import PeakHour
from instances.catalog import find
from tests.integration.capacity.gathering import NOON
row = PeakHour.objects.get()
print(row.events, row.peak)
(day,) = rows_of(CapacityQuestion(("health",), "day", NOON, NOON + timedelta(hours=1)))
print(day.events, day.hours)
(summary,) = summaries([find("health")], NOON + timedelta(hours=1))
print(summary.highest["day"].per_second, summary.trend.direction)
"""


class TestProcessesThatWriteAtTheSameTime:
    def test_count_each_event_once_on_sqlite(self, tmp_path: Path) -> None:
        assert both_write(f"sqlite:///{tmp_path / 'db.sqlite3'}") == ["200 200.0", "200 1", "200.0 unknown"]

    def test_count_each_event_once_on_postgresql(self, postgres_url: str) -> None:
        assert both_write(postgres_url) == ["200 200.0", "200 1", "200.0 unknown"]


def both_write(url: str) -> list[str]:
    finished(started(url, PREPARING))
    steps = [int(finished(each)) for each in [started(url, WRITING, holder) for holder in ("web-1", "web-2")]]
    assert max(steps) > 0
    return finished(started(url, READING)).splitlines()


def started(url: str, script: str, *arguments: str) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "gaterhub.settings",
        "GATERHUB_ENV_FILE": "",
        "REDIS_URL": "",
        "SECRET_KEY": "only-for-the-test-suite-" + "0123456789abcdef" * 3,
    }
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finished(process: "subprocess.Popen[str]") -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out
