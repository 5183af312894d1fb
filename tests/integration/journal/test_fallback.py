"""From a database that is out to the journal: by way of the spool, and where that is out too, by a gap that is told."""

import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from django.db import OperationalError

from instances.error_codes import Refusal
from instances.journal import committer as committer_module
from instances.journal.append import append
from instances.journal.committer import Appending, Committed, Committer, NowhereKept
from instances.journal.draft import Draft
from instances.journal.fallback import SpoolFirst
from instances.journal.models import Outage
from instances.journal.outages import Outages
from instances.journal.spool import Spools
from instances.journal.spool.record import HEADER_BYTES
from instances.spec import InstanceSpec
from tests.integration.journal.writing import ACTION, ALERTS, AUDIT, draft, entries, keep
from tests.unit.instances.journal.spool.making import KEYRING, Disk

WAIT_SECONDS = 30.0


class Database:
    """The real one, which is out when a test says so."""

    def __init__(self) -> None:
        self.out = False

    def append(self, publications: Sequence[Sequence[Draft]], spec: InstanceSpec) -> Any:
        if self.out:
            raise OperationalError("the server closed the connection")
        return append(publications, spec)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    database = Database()
    monkeypatch.setattr(committer_module, "append", database.append)
    monkeypatch.setattr(committer_module, "TRY_AGAIN_SECONDS", 0.01)
    return database


class Process:
    """A process as far as it matters here; several may live in one test."""

    def __init__(self, root: Path, name: str, *, max_bytes: int = 1 << 26) -> None:
        self.disk = Disk()
        spools = Spools(root, node=name, keyring=KEYRING, max_bytes=max_bytes, fsync=self.disk.fsync)
        self.fallback = SpoolFirst(spools, Outages(name, folder=spools.folder, fsync=self.disk.fsync))
        self.committers: dict[str, Committer] = {}

    def publish(self, *drafts: Draft, spec: InstanceSpec = AUDIT) -> Committed:
        answer: Future[Committed] = Future()
        self.committer(spec).put(Appending(drafts, answer))
        return answer.result(WAIT_SECONDS)

    def committer(self, spec: InstanceSpec) -> Committer:
        if spec.name not in self.committers:
            self.committers[spec.name] = Committer(spec, self.fallback)
        return self.committers[spec.name]

    def stop(self) -> None:
        for each in self.committers.values():
            each.stop()

    def die(self) -> None:
        """End without a word: the kernel lets the lock go."""
        self.stop()
        self.fallback.outages._disk.run(lambda: None, timeout_seconds=60.0)
        self.fallback.spools.folder.forget()

    def catch_up(self, spec: InstanceSpec = AUDIT) -> None:
        """Wait until nothing is behind."""
        committer = self.committer(spec)
        for _ in range(3_000):
            committer.wake()
            if not committer._behind:
                return
            threading.Event().wait(0.01)
        raise AssertionError("It is still behind.")


@pytest.fixture
def process(tmp_path: Path, database: Database) -> Iterator[Process]:
    process = Process(tmp_path / "spool", "web-1")
    yield process
    process.stop()
    process.fallback.close()


def _resources() -> list[str]:
    return [entry.resource for entry in sorted(entries(), key=lambda entry: entry.number)]


def _event(resource: str, **event: Any) -> Draft:
    return draft(data=ACTION["data"] | {"resource": resource}, **event)


class TestSpooled:
    def test_is_told_and_on_record_once_the_database_is_back(
        self, journal: str, process: Process, database: Database
    ) -> None:
        database.out = True
        answers = [process.publish(_event(f"r{each}")) for each in range(5)]
        database.out = False

        process.catch_up()

        assert all(answer.spooled for answer in answers)
        assert _resources() == [f"r{each}" for each in range(5)]
        assert process.fallback.figures().events == 0

    def test_comes_before_what_is_published_after(self, process: Process, database: Database) -> None:
        database.out = True
        process.publish(_event("r0"))
        database.out = False

        process.publish(_event("r1"))
        process.catch_up()

        assert _resources() == ["r0", "r1"]

    def test_of_a_dead_process_is_brought_on_record_by_another(
        self, journal: str, tmp_path: Path, process: Process, database: Database
    ) -> None:
        dead = Process(tmp_path / "spool", "web-2")
        database.out = True
        dead.publish(_event("r0"))
        dead.publish(draft(ALERTS, topic="system_alerts:critical", event_type="disk_full"), spec=ALERTS)
        dead.die()
        database.out = False

        adopted = process.fallback.adopt()
        process.catch_up()
        process.catch_up(ALERTS)

        assert adopted
        assert _resources() == ["r0"]
        assert len(entries(ALERTS)) == 1
        assert list((tmp_path / "spool").iterdir()) == []

    def test_that_was_committed_after_all_is_one_entry(
        self, journal: str, process: Process, database: Database
    ) -> None:
        event = _event("r0")
        keep(AUDIT, event)  # The commit, whose answer never came.
        database.out = True
        process.publish(event)
        database.out = False

        process.catch_up()

        assert _resources() == ["r0"]

    def test_repeated_under_its_id_is_one_entry(self, journal: str, process: Process, database: Database) -> None:
        given = str(uuid.uuid4())
        database.out = True
        for _ in range(3):
            process.publish(_event("r0", id=given))
        database.out = False

        process.catch_up()
        process.publish(_event("r0", id=given))

        assert _resources() == ["r0"]

    def test_under_the_id_of_another_is_an_entry_of_its_own(
        self, journal: str, process: Process, database: Database
    ) -> None:
        given = str(uuid.uuid4())
        process.publish(_event("r0", id=given))
        database.out = True
        answer = process.publish(_event("r1", id=given))
        database.out = False

        process.catch_up()

        assert answer.spooled
        assert _resources() == ["r0", "r1"]
        assert process.fallback.conflicting_events == 1
        assert f'"conflicts_with":"{given}"'.encode() in bytes(
            next(entry.body for entry in entries() if entry.resource == "r1")
        )

    def test_that_no_key_opens_keeps_nobody_waiting(
        self, tmp_path: Path, process: Process, database: Database, caplog: pytest.LogCaptureFixture
    ) -> None:
        dead = Process(tmp_path / "spool", "web-2")
        database.out = True
        dead.publish(_event("r0"))
        dead.die()
        database.out = False
        (folder,) = (tmp_path / "spool").glob("web-2-*")
        (segment,) = folder.glob("*.spool")
        data = bytearray(segment.read_bytes())
        segment.write_bytes(_sealed_by_another(data))

        process.fallback.adopt()
        process.catch_up()
        answer = process.publish(_event("r1"))

        assert not answer.spooled
        assert "GATERHUB_ENCRYPTION_KEYS_OLD" in caplog.text
        assert segment.exists()


class TestGap:
    def test_is_told_by_a_row_and_an_entry(self, journal: str, process: Process, database: Database) -> None:
        database.out = process.disk.failing = True
        for _ in range(3):
            with pytest.raises(NowhereKept):
                process.publish(_event("r0"), _event("r1"))
        database.out = process.disk.failing = False

        process.publish(_event("r2"))
        process.catch_up()

        [row] = Outage.objects.all()
        assert (row.instance, row.process, row.refused) == ("audit", "web-1", 6)
        assert row.ended_ms is not None
        assert row.ended_ms >= row.began_ms
        assert "Input/output error" in row.cause
        [told] = [entry for entry in entries() if entry.event_type == "recording_gap"]
        assert b'"refused":6' in bytes(told.body)
        assert told.outcome == "failure"

    def test_of_alerts_is_told_by_a_row_alone(self, process: Process, database: Database) -> None:
        event = draft(ALERTS, topic="system_alerts:critical", event_type="disk_full")
        database.out = process.disk.failing = True
        with pytest.raises(NowhereKept):
            process.publish(event, spec=ALERTS)
        database.out = process.disk.failing = False

        process.catch_up(ALERTS)

        assert [row.instance for row in Outage.objects.all()] == ["alerts"]
        assert entries(ALERTS) == []

    def test_of_a_dead_process_is_told_by_another(
        self, journal: str, tmp_path: Path, process: Process, database: Database
    ) -> None:
        dead = Process(tmp_path / "spool", "web-2", max_bytes=1)
        database.out = True
        with pytest.raises(NowhereKept):
            dead.publish(_event("r0"))
        dead.die()
        database.out = False

        process.fallback.adopt()
        process.catch_up()

        assert [(row.process, row.refused) for row in Outage.objects.all()] == [("web-2", 1)]
        assert [entry.event_type for entry in entries()] == ["recording_gap"]
        assert [path.name for path in (tmp_path / "spool").glob("web-2-*")] == []

    def test_twice_told_is_one_entry(self, journal: str, process: Process, database: Database) -> None:
        database.out = process.disk.failing = True
        with pytest.raises(NowhereKept):
            process.publish(_event("r0"))
        [gap] = process.fallback.outages.open
        gap.ended_ms = gap.began_ms + 5

        for _ in range(2):
            process.fallback._tell(gap)

        assert len(entries()) == 1
        assert Outage.objects.count() == 1

    def test_ends_when_the_spool_takes_events_again(self, process: Process, database: Database) -> None:
        database.out = process.disk.failing = True
        with pytest.raises(NowhereKept):
            process.publish(_event("r0"))
        process.disk.failing = False

        answer = process.publish(_event("r1"))

        assert answer.spooled
        assert process.fallback.outages.open == []
        assert process.fallback.outages.waits("audit")

    def test_says_no_path_to_whoever_reads_it(self, tmp_path: Path, process: Process, database: Database) -> None:
        database.out = True
        (tmp_path / "spool").write_text("no folder")

        with pytest.raises(Refusal) as refused:
            process.publish(_event("r0"))

        [gap] = process.fallback.outages.open
        assert refused.value.code == "unavailable"
        assert str(tmp_path) not in refused.value.message
        assert str(tmp_path) not in gap.cause


def _sealed_by_another(data: bytearray) -> bytes:
    """Return a record whose header names another key."""
    data[12:16] = b"\x01\x02\x03\x04"
    data[HEADER_BYTES - 4 : HEADER_BYTES] = crc32(bytes(data[: HEADER_BYTES - 4])).to_bytes(4)
    return bytes(data)
