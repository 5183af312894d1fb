"""publish_atomic: the act and its entry stand or fall together."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, transaction

from instances.error_codes import Refusal
from instances.journal.committers import no_longer, when_committed
from instances.journal.router import ALIAS
from instances.publishing import NotAtomic, publish_atomic
from instances.streams import IdConflict
from tests.integration.journal.writing import entries

EVENT: dict[str, Any] = {
    "instance": "audit",
    "topic": "audit_trail:user_actions",
    "event_type": "user_action",
    "data": {"user_id": "ada", "action": "close_account", "resource": "account:7"},
}
GIVEN = "0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e"


@contextmanager
def _shared() -> Iterator[None]:
    """Have the default alias, in this thread, lead to the journal's database by a connection of its own."""
    before = connections[DEFAULT_DB_ALIAS]
    connection = connections.create_connection(ALIAS)
    connection.alias = DEFAULT_DB_ALIAS
    connections[DEFAULT_DB_ALIAS] = connection
    try:
        yield
    finally:
        connection.close()
        connections[DEFAULT_DB_ALIAS] = before


@pytest.fixture(params=["journal", "default"])
def using(request: pytest.FixtureRequest, transactional_db: None, journal: str, settings: Any) -> Iterator[str]:
    """Give the alias of the caller's transaction: the journal's own, and that of a database that both share."""
    if request.param == DEFAULT_DB_ALIAS:
        settings.JOURNAL_SHARES_DATABASE = True
        with _shared():
            _make_accounts(DEFAULT_DB_ALIAS)
            yield DEFAULT_DB_ALIAS
    else:
        _make_accounts(ALIAS)
        yield ALIAS


def _make_accounts(using: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("CREATE TABLE account (name varchar(20) UNIQUE)")


def _open_account(using: str, name: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("INSERT INTO account VALUES (%s)", [name])


def _accounts(using: str) -> list[str]:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT name FROM account")
        return [name for (name,) in cursor.fetchall()]


def _act(using: str, event: dict[str, Any]) -> None:
    with transaction.atomic(using=using):
        publish_atomic(**event, using=using)
        _open_account(using, "ada")


def _act_and_fail(using: str) -> None:
    with transaction.atomic(using=using):
        _act(using, EVENT)
        raise ZeroDivisionError


class TestPublishAtomic:
    def test_stands_with_the_act(self, using: str) -> None:
        with transaction.atomic(using=using):
            _open_account(using, "ada")
            result = publish_atomic(**EVENT, using=using)

        assert result.accepted
        assert (result.offset, result.signature) == (None, None)
        assert [str(entry.id) for entry in entries()] == [result.event_id]
        assert _accounts(using) == ["ada"]

    def test_falls_with_the_act(self, using: str) -> None:
        with pytest.raises(ZeroDivisionError):
            _act_and_fail(using)

        assert entries() == []
        assert _accounts(using) == []

    def test_takes_the_act_with_it_where_the_event_can_t_be_taken(self, using: str) -> None:
        with pytest.raises(Refusal):
            _act(using, EVENT | {"topic": "no topic"})

        assert _accounts(using) == []

    def test_leaves_a_conflict_of_ids_to_the_caller(self, using: str) -> None:
        with transaction.atomic(using=using):
            publish_atomic(**EVENT, id=GIVEN, using=using)

        with transaction.atomic(using=using):
            _open_account(using, "ada")
            with pytest.raises(IdConflict):
                publish_atomic(**EVENT | {"data": {"user_id": "bob", "action": "x"}}, id=GIVEN, using=using)

        assert len(entries()) == 1
        assert _accounts(using) == ["ada"]

    def test_repeated_under_its_id_is_one_entry(self, using: str) -> None:
        for _ in range(2):
            with transaction.atomic(using=using):
                publish_atomic(**EVENT, id=GIVEN, timestamp=1, using=using)

        assert len(entries()) == 1

    def test_falls_with_a_savepoint(self, using: str) -> None:
        with transaction.atomic(using=using):
            _open_account(using, "ada")
            with pytest.raises(IntegrityError):
                _act(using, EVENT)
            _open_account(using, "bob")

        assert entries() == []
        assert sorted(_accounts(using)) == ["ada", "bob"]

    def test_goes_on_about_a_person_whose_key_was_rolled_back(self, using: str) -> None:
        with pytest.raises(ZeroDivisionError):
            _act_and_fail(using)

        with transaction.atomic(using=using):
            publish_atomic(**EVENT, using=using)

        assert len(entries()) == 1

    def test_wakes_the_sequencer_once_it_is_committed(self, using: str) -> None:
        woken: list[int] = []
        note = woken.append
        when_committed(call := lambda: note(1))
        try:
            with transaction.atomic(using=using):
                publish_atomic(**EVENT, using=using)
                before = list(woken)
        finally:
            no_longer(call)

        assert (before, woken) == ([], [1])


@pytest.mark.django_db
class TestRefused:
    def test_outside_a_transaction(self) -> None:
        with pytest.raises(NotAtomic, match=r"transaction\.atomic\(using='journal'\)"):
            publish_atomic(**EVENT, using=ALIAS)

    def test_in_a_database_that_is_not_the_journals(self, settings: Any) -> None:
        settings.JOURNAL_SHARES_DATABASE = False

        with pytest.raises(NotAtomic, match="JOURNAL_DATABASE_URL"), transaction.atomic():
            publish_atomic(**EVENT)

    def test_for_what_is_no_evidence(self) -> None:
        with pytest.raises(NotAtomic, match="publish_on_commit"), transaction.atomic(using=ALIAS):
            publish_atomic("health", "process_health:web", "process_healthy", using=ALIAS)


@pytest.mark.parametrize("using", ["default"], indirect=True)
def test_a_person_who_is_new_keeps_nobody_waiting_for_the_end_of_the_transaction(using: str, journal: str) -> None:
    if journal == "sqlite":
        pytest.skip("needs several writers, which SQLite has not")
    with transaction.atomic(using=using):
        publish_atomic(**EVENT, using=using)
        with transaction.atomic(using=ALIAS):
            # As the committer does in its own connection; its statements end after 2 s.
            publish_atomic(**EVENT, using=ALIAS)

    assert len(entries()) == 2
