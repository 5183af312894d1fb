"""What subscribers acknowledged and missed, in the database: written, kept while that is out, never written twice."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import OperationalError

from consumers import books, durable, ledger
from consumers.books import write_books
from consumers.durable import Durables
from consumers.ledger import SEVERAL, Ledger
from consumers.models import DurablePosition, Loss
from tests.conftest import ROOT
from tests.integration.bookkeeping import MS, OTHER, STREAM, database_out, entry, say

pytestmark = pytest.mark.django_db(transaction=True)


class TestTheLedger:
    def test_writes_a_row_of_each_loss(self) -> None:
        ledger = Ledger()
        ledger.note(entry(1))
        ledger.note(entry(2, last=None, count=None, reason="epoch"))

        ledger.flush()

        first, second = Loss.objects.order_by("at")
        assert (first.kind, first.stream, first.epoch, first.first, first.last, first.count, first.times) == (
            *("gap", STREAM, "k3f9", 1, 10, 10, 1),
        )
        assert (first.principal, first.principal_kind, first.principal_id, first.connection) == (
            "olga",
            "user",
            7,
            "c1",
        )
        assert first.at == datetime.fromtimestamp(MS / 1000, UTC) + timedelta(milliseconds=1)
        assert (second.last, second.count, second.reason) == (None, None, "epoch")

    def test_writes_each_loss_once(self) -> None:
        ledger = Ledger()
        ledger.note(entry())

        ledger.flush()
        ledger.flush()

        assert Loss.objects.count() == 1

    def test_keeps_what_a_database_that_is_out_did_not_take(self) -> None:
        ledger = Ledger()
        ledger.note(entry(1))
        with database_out(), pytest.raises(OperationalError):
            ledger.flush()
        ledger.note(entry(2))

        ledger.flush()

        assert list(Loss.objects.order_by("at").values_list("first", flat=True)) == [1, 2]

    def test_adds_up_what_is_more_than_it_keeps_one_by_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ledger, "WAITING_MAX", 2)
        full = Ledger()
        for number in range(1, 6):
            full.note(entry(number))
        full.note(entry(6, count=None))
        full.note(entry(7, stream=OTHER, count=4))

        full.flush()

        assert list(Loss.objects.filter(principal="olga").values_list("first", flat=True)) == [1, 2]
        summed = Loss.objects.filter(principal=SEVERAL).order_by("stream", "count")
        assert {(row.stream, row.times, row.count) for row in summed} == {
            (STREAM, 3, 30),
            (STREAM, 1, None),
            (OTHER, 1, 4),
        }
        assert {(row.principal_kind, row.connection, row.first) for row in summed} == {("", "", None)}

    def test_stays_bounded_while_the_database_is_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ledger, "WAITING_MAX", 3)
        full = Ledger()
        for turn in range(4):
            for number in range(3):
                full.note(entry(turn * 3 + number))
            with database_out(), pytest.raises(OperationalError):
                full.flush()

        assert len(full._waiting) == 3
        full.flush()

        assert sum(Loss.objects.values_list("times", flat=True)) == 12
        assert sum(Loss.objects.values_list("count", flat=True)) == 120  # type: ignore[arg-type]

    def test_takes_what_is_told_while_it_writes_in_vain(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ledger, "WAITING_MAX", 2)
        full = Ledger()
        full.note(entry(1))
        full.note(entry(2))

        def fail(rows: list[Loss]) -> None:
            full.note(entry(3))
            raise OperationalError("the database went away")

        with monkeypatch.context() as broken:
            broken.setattr(ledger, "_write", fail)
            with pytest.raises(OperationalError):
                full.flush()

        assert [each.first for each in full._waiting] == [1, 2]
        full.flush()
        assert Loss.objects.get(principal=SEVERAL).times == 1

    def test_lets_a_row_go_that_no_database_would_take(self, caplog: pytest.LogCaptureFixture) -> None:
        ledger = Ledger()
        ledger.note(entry(1))
        ledger.note(entry(2, first=2**70))
        ledger.note(entry(3))

        ledger.flush()
        ledger.flush()

        assert list(Loss.objects.order_by("at").values_list("first", flat=True)) == [1, 3]
        assert "is let go" in caplog.text


class TestWritingTheBooks:
    @pytest.fixture(autouse=True)
    def _own_books(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(books, "DURABLES", Durables())
        monkeypatch.setattr(books, "LEDGER", Ledger())

    @pytest.mark.parametrize("error", [OperationalError("out"), RuntimeError("a mistake of ours")])
    def test_writes_what_was_missed_where_positions_can_t_be_written(
        self, error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(*_: object) -> None:
            raise error

        monkeypatch.setattr(durable, "_save", fail)
        say(books.DURABLES, process="k3f9:41")
        books.LEDGER.note(entry())

        write_books()

        assert Loss.objects.count() == 1
        assert str(error) in caplog.text

    def test_writes_on_when_the_database_is_back(self, caplog: pytest.LogCaptureFixture) -> None:
        say(books.DURABLES, process="k3f9:41")
        books.LEDGER.note(entry())
        with database_out():
            write_books()
        assert caplog.text.count("is kept") == 2

        write_books()

        assert (Loss.objects.count(), DurablePosition.objects.count()) == (1, 1)


PREPARING = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""
KEEPING = """
import sys
import django; django.setup()
from consumers.durable import Durables
from consumers.ledger import Entry, Ledger
durables, ledger, own = Durables(), Ledger(), sys.argv[1]
for number in range(1, 51):
    positions = {f"health.{own}": f"k3f9:{number}"}
    durables.acknowledge(("user", 7, "billing"), instance="health", pattern="*", positions=positions)
    durables.flush()
    ledger.note(Entry(number, "gap", "health", own, "k3f9", 1, 2, 2, "slow", "c1", "user", 7, "olga", "*"))
    # What only PostgreSQL refuses: a text longer than its column.
    ledger.note(Entry(number, "gap", "health", own, "e" * 33, 1, 2, 2, "slow", "c1", "user", 7, "olga", "*"))
    ledger.flush()
"""
READING = """
import django; django.setup()
from consumers.models import DurablePosition, Loss
print(DurablePosition.objects.get().positions == {"health.one": "k3f9:50", "health.two": "k3f9:50"})
print(Loss.objects.filter(epoch="k3f9").count(), Loss.objects.exclude(epoch="k3f9").count())
"""


class TestTheBooksOfSeveralProcesses:
    def test_hold_what_each_wrote_on_sqlite(self, tmp_path: Path) -> None:
        assert both_keep(f"sqlite:///{tmp_path / 'db.sqlite3'}") == ["True", "100 100"]

    def test_hold_what_each_wrote_on_postgresql_but_what_it_refuses(self, postgres_url: str) -> None:
        assert both_keep(postgres_url) == ["True", "100 0"]


def both_keep(url: str) -> list[str]:
    finished(started(url, PREPARING))
    for keeping in [started(url, KEEPING, own) for own in ("one", "two")]:
        finished(keeping)
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
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out
