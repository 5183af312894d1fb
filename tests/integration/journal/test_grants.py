"""The four roles of PostgreSQL, made by what the command prints, and tried."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connections
from psycopg import sql

from instances.journal import append, numbering
from instances.journal.grants import GRANTS
from instances.journal.models import AuditEntry, Checkpoint, JournalHead, Outage, SequencerLease, SubjectKey
from instances.journal.router import ALIAS
from tests.integration.journal.rows import add_entry, add_one_of_each, run
from tests.integration.journal.writing import AUDIT, draft

Names = dict[str, str]


@pytest.fixture
def names(_postgres_server: str) -> Iterator[Names]:
    """Give names for the four roles, which are gone after the test: they are the whole server's."""
    mark = uuid.uuid4().hex[:12]
    named = {role: f'gaterhub "{role}" {mark}' for role in ("owner", "app", "sequencer", "auditor")}
    yield named
    with psycopg.connect(_postgres_server, autocommit=True) as connection:
        for name in named.values():
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


@pytest.fixture
def roles(names: Names, postgres_journal: None) -> Names:
    """Make the roles, twice: the second time changes nothing."""
    for _ in range(2):
        run(printed(names))
    return names


def printed(names: Names) -> str:
    out = StringIO()
    call_command("journal_grants", **names, stdout=out, skip_checks=True)
    return out.getvalue()


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        try:
            yield
        finally:
            cursor.execute("RESET ROLE")


def refused(statement: str, *parameters: Any) -> bool:
    try:
        run(statement, *parameters)
    except ProgrammingError as error:
        return isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege)
    return False


def every_table() -> list[str]:
    return connections[ALIAS].introspection.table_names()


class TestTheApp:
    def test_takes_events_and_reads_them(self, roles: Names) -> None:
        with acting_as(roles["app"]):
            entry = draft()
            append.append([[entry]], AUDIT)

            assert AuditEntry.objects.get().id == entry.id

    def test_neither_numbers_nor_signs(self, roles: Names) -> None:
        add_entry()

        with acting_as(roles["app"]):
            with pytest.raises(ProgrammingError, match="permission denied"):
                numbering.number(AUDIT)
            with pytest.raises(ProgrammingError, match="permission denied"):
                Checkpoint.objects.create(instance="audit", size=1, root=b"", note="", signed_ms=1)

    def test_opens_and_closes_a_gap(self, roles: Names) -> None:
        with acting_as(roles["app"]):
            for ended_ms in (None, 2):
                Outage.objects.update_or_create(
                    instance="audit", process="web-1", began_ms=1, defaults={"ended_ms": ended_ms, "cause": "stopped"}
                )

        assert Outage.objects.get().ended_ms == 2


class TestTheSequencer:
    def test_does_all_that_the_app_does_and_numbers(self, roles: Names) -> None:
        with acting_as(roles["sequencer"]):
            append.append([[draft()]], AUDIT)
            step = numbering.number(AUDIT)
            SequencerLease.objects.update_or_create(name="sequencer", defaults={"holder": "worker", "until_ms": 1})
            Checkpoint.objects.create(instance="audit", size=1, root=b"", note="", signed_ms=1)

        assert step is not None
        assert JournalHead.objects.get(instance="audit").size == 1

    @pytest.mark.parametrize("column", ["body", "leaf_hash", "outcome", "number"])
    def test_changes_nothing_but_an_entrys_place(self, roles: Names, column: str) -> None:
        add_entry()

        with acting_as(roles["sequencer"]):
            assert refused(f'UPDATE journal_auditentry SET "{column}" = "{column}"')


class TestTheAuditor:
    def test_reads_all_but_the_keys_of_personal_values(self, roles: Names) -> None:
        with acting_as(roles["auditor"]):
            hidden = [table for table in every_table() if refused(f'SELECT * FROM "{table}"')]

        assert sorted(hidden) == ["journal_journalsecret", "journal_subjectkey"]

    def test_writes_nothing(self, roles: Names) -> None:
        with acting_as(roles["auditor"]):
            assert [table for table in every_table() if not refused(f'INSERT INTO "{table}" DEFAULT VALUES')] == []
            assert [table for table in every_table() if not refused(f'DELETE FROM "{table}"')] == []


class TestWhoeverServes:
    @pytest.mark.parametrize("role", ["app", "sequencer", "auditor"])
    def test_can_t_take_what_is_there_or_the_guards_away(self, roles: Names, role: str) -> None:
        add_one_of_each()

        with acting_as(roles[role]):
            for statement in (
                "DELETE FROM journal_auditentry",
                "TRUNCATE journal_auditentry CASCADE",
                "DROP TABLE journal_auditentry",
                "DROP TRIGGER journal_auditentry_no_delete ON journal_auditentry",
                "ALTER TABLE journal_auditentry DISABLE TRIGGER ALL",
                "ALTER TABLE journal_auditentry ADD COLUMN more integer",
                "CREATE OR REPLACE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
                "CREATE TABLE another (id integer)",
                "SET session_replication_role = replica",
                "UPDATE journal_tile SET root = ''",
                "DELETE FROM journal_checkpoint",
                "DELETE FROM journal_subjectkey",
                "DELETE FROM journal_personalpart",
            ):
                assert refused(statement), statement

    def test_is_held_by_the_guards_where_it_may_write(self, roles: Names) -> None:
        with acting_as(roles["sequencer"]):
            append.append([[draft()]], AUDIT)
            numbering.number(AUDIT)
            with pytest.raises(IntegrityError, match="append-only"):
                run('UPDATE journal_auditentry SET "index" = 7, "offset" = 8')


class TestTheOwner:
    def test_owns_every_table_and_migrates(self, roles: Names) -> None:
        with acting_as(roles["owner"]):
            run("ALTER TABLE journal_auditentry ADD COLUMN more integer")
            call_command("migrate", "journal", "0002", database=ALIAS, verbosity=0, skip_checks=True)
            call_command("migrate", "journal", database=ALIAS, verbosity=0, skip_checks=True)

        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
            assert cursor.fetchall() == [(roles["owner"],)]


class TestTheCommand:
    def test_prints_and_changes_nothing(self, names: Names, postgres_journal: None) -> None:
        text = printed(names)

        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = ANY (%s)", [list(names.values())])
            assert cursor.fetchone() == (0,)
        assert all(f'"journal_{name.lower()}"' in text for name in GRANTS)

    def test_says_that_sqlite_has_no_roles(self, names: Names) -> None:
        with pytest.raises(CommandError, match="SQLite, which has no roles"):
            printed(names)

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [("", "1 to 63 bytes"), ("x" * 64, "1 to 63 bytes"), ("a$b", "no \\$"), ("gaterhub_app", "name of its own")],
    )
    def test_refuses_names_that_are_none(self, postgres_journal: None, wrong: str, said: str) -> None:
        with pytest.raises(CommandError, match=said):
            printed({"owner": wrong})

    def test_takes_the_hubs_other_tables_along_where_they_are_in_the_same_database(
        self, names: Names, postgres_journal: None, settings: Any
    ) -> None:
        assert '"auth_user"' not in printed(names)

        settings.JOURNAL_SHARES_DATABASE = True

        text = printed(names)
        assert 'GRANT SELECT, INSERT, UPDATE, DELETE ON "public"."auth_user"' in text
        assert 'GRANT SELECT, INSERT, UPDATE, DELETE ON "public"."access_token_roles"' in text
        assert text.count('ALTER TABLE "public"."journal_auditentry"') == 1


class TestKeys:
    def test_of_persons_are_kept_by_the_app(self, roles: Names) -> None:
        with acting_as(roles["app"]):
            key = SubjectKey.objects.create(blind=b"b" * 16, wrapped="")
            assert SubjectKey.objects.filter(pk=key.pk).update(wrapped="w") == 1
            assert refused("UPDATE journal_subjectkey SET blind = blind")
