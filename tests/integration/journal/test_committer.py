"""What a process commits, from any thread, and what it tells those who wait."""

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any

import pytest
from django.db import OperationalError

from instances.broker import Unavailable
from instances.journal import committer as committer_module
from instances.journal.append import append
from instances.journal.committer import Appending, Committed, Committer, NowhereKept
from instances.journal.draft import Draft
from instances.spec import InstanceSpec
from instances.streams import IdConflict
from tests.integration.journal.writing import AUDIT, draft, entries

WAIT_SECONDS = 30


class Shelf:
    """A fallback that keeps drafts in a list, or refuses to."""

    def __init__(self) -> None:
        self.kept: list[Draft] = []
        self.full = False

    def waits(self, spec: InstanceSpec) -> bool:
        return bool(self.kept)

    def keep(self, spec: InstanceSpec, drafts: Sequence[Draft]) -> None:
        if self.full:
            raise NowhereKept("The shelf is full.")
        self.kept += drafts

    def replay(self, spec: InstanceSpec, append: Callable[[Sequence[Sequence[Draft]]], object]) -> None:
        append([[each] for each in self.kept])
        self.kept.clear()


class Database:
    """The real one, which can be out, or hang, when a test says so."""

    def __init__(self) -> None:
        self.out = False
        self.hangs = threading.Event()
        self.hangs.set()
        self.groups: list[int] = []

    def append(self, publications: Sequence[Sequence[Draft]], spec: InstanceSpec) -> Any:
        self.hangs.wait(WAIT_SECONDS)
        if self.out:
            raise OperationalError("the database is out")
        self.groups.append(len(publications))
        return append(publications, spec)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    database = Database()
    monkeypatch.setattr(committer_module, "append", database.append)
    yield database
    database.hangs.set()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def committer(journal: str, database: Database, shelf: Shelf) -> Iterator[Committer]:
    committer = Committer(AUDIT, shelf)
    yield committer
    committer.stop()


def publish(committer: Committer, *drafts: Draft) -> "Future[Committed]":
    answer: Future[Committed] = Future()
    committer.put(Appending(drafts or (draft(),), answer))
    return answer


class TestCommitter:
    def test_answers_once_it_is_on_record(self, committer: Committer) -> None:
        committed = publish(committer).result(WAIT_SECONDS)

        assert [each.id for each in committed.kept] == [entry.id for entry in entries()]
        assert not committed.spooled

    def test_commits_in_one_group_what_waits_at_once(self, committer: Committer, database: Database) -> None:
        database.hangs.clear()
        answers = [publish(committer) for _ in range(40)]
        database.hangs.set()
        for answer in answers:
            answer.result(WAIT_SECONDS)

        assert len(entries()) == 40
        assert len(database.groups) <= 2

    def test_has_a_group_wait_for_those_who_were_told_just_now(
        self, committer: Committer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        groups: list[int] = []
        meanwhile: list[Future[Committed]] = []

        def meet(publications: Sequence[Sequence[Draft]], spec: InstanceSpec) -> Any:
            if not groups:
                meanwhile.append(publish(committer))
            groups.append(len(publications))
            return append(publications, spec)

        monkeypatch.setattr(committer_module, "append", meet)
        monkeypatch.setattr(committer_module, "GATHER_SHARE", 1e9)
        monkeypatch.setattr(committer_module, "GATHER_SECONDS", 2.0 * WAIT_SECONDS)

        publish(committer).result(WAIT_SECONDS)
        again = publish(committer)
        for answer in (*meanwhile, again):
            answer.result(WAIT_SECONDS)

        assert groups == [1, 2]

    def test_has_nobody_wait_who_publishes_alone(self, committer: Committer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(committer_module, "GATHER_SHARE", 1e9)
        monkeypatch.setattr(committer_module, "GATHER_SECONDS", 2.0 * WAIT_SECONDS)

        for _ in range(3):
            assert publish(committer).result(WAIT_SECONDS).kept

    def test_tells_a_conflict_to_the_one_who_has_it(self, committer: Committer) -> None:
        id = str(uuid.uuid4())
        publish(committer, draft(id=id)).result(WAIT_SECONDS)

        conflicting, good = publish(committer, draft(id=id, topic="audit_trail:other")), publish(committer)

        with pytest.raises(IdConflict):
            conflicting.result(WAIT_SECONDS)
        assert good.result(WAIT_SECONDS).kept

    def test_spools_while_the_database_is_out_and_brings_it_on_record_after(
        self, committer: Committer, database: Database, shelf: Shelf
    ) -> None:
        database.out = True
        first, second = publish(committer).result(WAIT_SECONDS), publish(committer).result(WAIT_SECONDS)
        assert (first.spooled, second.spooled, len(shelf.kept)) == (True, True, 2)

        database.out = False
        until(lambda: not committer.out)

        assert [entry.id for entry in entries()] == [first.kept[0].id, second.kept[0].id]
        assert not publish(committer).result(WAIT_SECONDS).spooled

    def test_spools_what_a_hung_database_gives_no_answer_to(
        self, committer: Committer, database: Database, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(committer_module, "DATABASE_SECONDS", 0.2)
        database.hangs.clear()

        assert publish(committer).result(WAIT_SECONDS).spooled

        # What hung goes on, and commits after all: it is one entry still.
        monkeypatch.setattr(committer_module, "DATABASE_SECONDS", 10.0)
        database.hangs.set()
        until(lambda: not committer.out)
        assert len(entries()) == 1

    def test_tells_that_nothing_keeps_it(self, committer: Committer, database: Database, shelf: Shelf) -> None:
        database.out = shelf.full = True

        with pytest.raises(Unavailable, match="full"):
            publish(committer).result(WAIT_SECONDS)

        assert committer.failed_events == 1
        assert entries() == []

    def test_commits_what_waits_before_it_stops(self, committer: Committer, database: Database) -> None:
        database.hangs.clear()
        answers = [publish(committer) for _ in range(3)]
        database.hangs.set()
        committer.stop()

        assert all(answer.result(0).kept for answer in answers)
        with pytest.raises(Unavailable):
            publish(committer)


def until(met: Callable[[], bool]) -> None:
    """Wait until it is so."""
    waiting = threading.Event()
    for _ in range(WAIT_SECONDS * 20):
        if met():
            return
        waiting.wait(0.05)
    pytest.fail("It never came to be.")
