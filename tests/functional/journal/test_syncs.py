"""Before evidence is acknowledged it is on the disk; and where nothing gets there, nothing is acknowledged."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.conftest import ROOT
from tests.functional.conftest import START_SECONDS
from tests.functional.journal.hub import Hub
from tests.functional.journal.record import PATIENCE_SECONDS, problems
from tests.functional.journal.sabotage import needed
from tests.functional.journal.tracing import BESIDE, Sync, strace, syncs
from tests.functional.journal.writers import Writers, event
from tests.functional.own_postgres import SLOWLY, OwnPostgres
from tests.functional.subscriber import post

pytestmark = pytest.mark.fault

COUNT: Final = 20
WARMING_UP: Final = 2
"""The first entries about a person make keys, which are synced too."""
ALERT: Final[dict[str, Any]] = {
    "topic": "system_alerts:critical",
    "event_type": "critical_alert",
    "data": {"severity": "critical", "message": "The disk takes nothing any more."},
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a publisher was told about one entry."""

    id: str
    began: float
    ended: float
    accepted: bool
    spooled: bool
    error: str | None


def told_in(output: str) -> list[Told]:
    return [Told(**json.loads(line)) for line in output.splitlines() if line.startswith('{"id"')]


def unsynced(told: Iterable[Told], syncs: Iterable[Sync]) -> list[Told]:
    """Return what was acknowledged before anything was brought onto the disk since it was submitted."""
    all = list(syncs)
    return [each for each in told if not any(each.began <= sync.began and sync.ended <= each.ended for sync in all)]


class TestAnAcknowledgement:
    def test_comes_after_a_sync_of_sqlites_log(self, sqlite_hub: Hub, tmp_path: Path) -> None:
        done = subprocess.run(
            [
                *strace(tmp_path / "trace"),
                *(sys.executable, "-m", "tests.functional.journal.programs.publish_in_turn", str(COUNT)),
            ],
            cwd=ROOT,
            env=sqlite_hub.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=START_SECONDS * 2,
        )

        told = told_in(done.stdout)
        assert [each.accepted and not each.spooled for each in told] == [True] * COUNT
        assert unsynced(told[WARMING_UP:], syncs(tmp_path.glob("trace.*"), "journal.sqlite3-wal")) == []

    def test_comes_after_a_sync_of_postgresqls_log(self, postgres: OwnPostgres, postgres_hub: Hub) -> None:
        traced = self._publish_traced(postgres, postgres_hub, "on")
        untraced = self._publish_traced(postgres, postgres_hub, "off", **SLOWLY)

        assert unsynced(*traced) == []
        # This is how it would look if it were otherwise.
        assert len(unsynced(*untraced)) > COUNT // 2

    def _publish_traced(
        self, postgres: OwnPostgres, hub: Hub, name: str, **settings: str
    ) -> tuple[list[Told], list[Sync]]:
        trace = postgres.folder / f"trace-{name}-{uuid.uuid4().hex}"
        command = strace(trace, BESIDE)
        postgres.kill()
        postgres.start(*command, **settings)
        try:
            child = hub.run("publish_in_turn", str(COUNT))
            child.wait()
        finally:
            postgres.kill()
            postgres.start()
        told = told_in(child.log.read_text())
        assert [each.accepted and not each.spooled for each in told] == [True] * COUNT
        return told[WARMING_UP:], list(syncs(trace.parent.glob(f"{trace.name}.*"), "/pg_wal/"))


def answers(hub: Hub, count: int) -> list[int]:
    return [post(hub, "audit", event(0, str(number)))[0] for number in range(count)]


def until_answered(hub: Hub, status: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while answers(hub, 1) != [status]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


class TestADiskThatTakesNothing:
    def test_gets_no_acknowledgement_out_of_the_hub(self, sqlite_hub: Hub) -> None:
        sabotage = needed(sqlite_hub.sabotage)
        with sqlite_hub.serving():
            with Writers(sqlite_hub) as writers:
                writers.wait_for(50)
                before = sabotage.failed_syncs
                with sabotage.syncs_fail():
                    # What was committed before is acknowledged in a moment.
                    assert answers(sqlite_hub, 10) == [503] * 10
                    acknowledged = len(writers.acknowledged)
                    assert answers(sqlite_hub, 10) == [503] * 10
                    assert post(sqlite_hub, "alerts", ALERT)[0] == 503
                    assert self._published(sqlite_hub) == {(False, "unavailable")}
                    assert len(writers.acknowledged) == acknowledged
                    assert sabotage.failed_syncs > before + 20
                writers.wait_for(50)
            sqlite_hub.record.until_kept("audit", [each.id for each in writers.acknowledged])
            assert problems(sqlite_hub.record, "audit", writers.acknowledged) == []
            assert self._published(sqlite_hub) == {(True, None)}

    def _published(self, hub: Hub) -> set[tuple[bool, str | None]]:
        """Publish from Python, and return how it went."""
        child = hub.run("publish_in_turn", "3")
        child.wait()
        return {(each.accepted, each.error) for each in told_in(child.log.read_text())}

    def test_of_the_journal_alone_has_evidence_spooled(self, sqlite_hub: Hub) -> None:
        with sqlite_hub.serving():
            with Writers(sqlite_hub) as writers:
                writers.wait_for(20)
                with needed(sqlite_hub.sabotage).syncs_fail("journal.sqlite3"):
                    until_answered(sqlite_hub, 202)
                    assert answers(sqlite_hub, 10) == [202] * 10
                until_answered(sqlite_hub, 201)
                writers.wait_for(20)
            sqlite_hub.record.until_kept("audit", [each.id for each in writers.acknowledged])
            assert writers.spooled
            assert problems(sqlite_hub.record, "audit", writers.acknowledged) == []

    def test_of_the_spool_gets_none_either_while_the_database_is_out(
        self, postgres: OwnPostgres, postgres_hub: Hub
    ) -> None:
        with postgres_hub.serving():
            assert answers(postgres_hub, 1) == [201]
            with needed(postgres_hub.sabotage).syncs_fail("/spool/"):
                postgres.kill()
                try:
                    assert answers(postgres_hub, 5) == [503] * 5
                finally:
                    postgres.start()
                until_answered(postgres_hub, 201)
            postgres_hub.record.until_kept("audit", [])
            # That nothing could be kept is on record itself, and from when to when.
            [(refused, began_ms, ended_ms)] = postgres_hub.record.rows(
                "SELECT refused, began_ms, ended_ms FROM journal_outage WHERE instance = 'audit'"
            )
            assert refused >= 5
            assert began_ms <= ended_ms
