"""The system checks of the guards and of who owns the tables, and setting the guards again."""

from io import StringIO
from typing import Any

import pytest
from django.core.checks import ERROR, WARNING, CheckMessage, run_checks
from django.core.management import CommandError, call_command
from django.db import connections

from gaterhub import checks
from instances.journal.router import ALIAS
from tests.integration.journal.rows import run
from tests.integration.journal.test_grants import Names, acting_as, names, roles

__all__ = ["names", "roles"]

MINE = ("gaterhub.E020", "gaterhub.W020")


def found(*, databases: tuple[str, ...] = (ALIAS,), deploy: bool = False) -> list[CheckMessage]:
    run_all = run_checks(tags=[checks.TAG], include_deployment_checks=deploy, databases=databases)
    return [message for message in run_all if message.id in MINE]


def take_one_away(vendor: str) -> None:
    run("DROP TRIGGER journal_tile_no_delete" + (" ON journal_tile" if vendor == "postgresql" else ""))


class TestGuards:
    def test_that_stand_are_nothing_to_tell(self, journal: str) -> None:
        assert found() == []

    def test_that_are_missing_are_an_error_of_the_journals_database(self, journal: str) -> None:
        take_one_away(journal)

        (message,) = found()

        assert (message.id, message.level) == ("gaterhub.E020", ERROR)
        assert "journal_tile_no_delete is missing" in message.msg
        assert "guard_journal" in (message.hint or "")
        assert found(databases=()) == []

    def test_that_are_many_are_counted(self, postgres_journal: None) -> None:
        run("ALTER TABLE journal_auditentry DISABLE TRIGGER USER")
        run("ALTER TABLE journal_alertentry DISABLE TRIGGER USER")

        (message,) = found()

        assert message.msg.endswith("is disabled and 5 more.")

    def test_that_a_migration_is_yet_to_set_are_no_error(self, journal: str) -> None:
        call_command("migrate", "journal", "0002", database=ALIAS, verbosity=0, skip_checks=True)

        assert found() == []
        call_command("migrate", "journal", database=ALIAS, verbosity=0)
        assert found() == []

    def test_are_asked_for_by_the_other_alias_where_there_is_one_database(
        self, db: None, journal: str, settings: Any
    ) -> None:
        take_one_away(journal)
        assert found(databases=("default",)) == []

        settings.JOURNAL_SHARES_DATABASE = True

        assert [message.id for message in found(databases=("default",))] == ["gaterhub.E020"]


class TestTheOwner:
    def test_is_not_to_serve(self, roles: Names) -> None:
        with acting_as(roles["owner"]):
            (message,) = found(deploy=True)

            assert (message.id, message.level) == ("gaterhub.W020", WARNING)
            assert message.msg.startswith(f"The hub logs in to the journal's database as {roles['owner']}, who owns")
            assert found() == []

    def test_is_not_to_be_a_superuser(self, postgres_journal: None) -> None:
        (message,) = found(deploy=True)

        assert "a superuser: who has it" in message.msg

    @pytest.mark.parametrize("role", ["app", "sequencer", "auditor"])
    def test_is_another_where_the_roles_are_used(self, roles: Names, role: str) -> None:
        with acting_as(roles[role]):
            assert found(deploy=True) == []

    def test_is_no_matter_on_sqlite(self) -> None:
        assert found(deploy=True) == []


class TestSettingThemAgain:
    def test_is_done_where_one_is_missing(self, journal: str) -> None:
        take_one_away(journal)
        out, told = StringIO(), StringIO()

        call_command("guard_journal", stdout=out, stderr=told)

        assert out.getvalue() == "journal_tile_no_delete was missing, and is set.\n"
        assert "verify_journal" in told.getvalue()
        assert found() == []

    def test_changes_nothing_where_all_stand(self, journal: str) -> None:
        out = StringIO()

        call_command("guard_journal", stdout=out)

        assert out.getvalue() == "Every trigger stands; nothing was changed.\n"

    def test_takes_the_owner(self, roles: Names) -> None:
        take_one_away("postgresql")

        with acting_as(roles["app"]), pytest.raises(CommandError, match="can't be set: permission denied"):
            call_command("guard_journal")

    def test_tells_a_database_that_is_not_migrated(self, journal: str) -> None:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("DROP TABLE journal_anchored")

        with pytest.raises(CommandError, match="The triggers can't be set"):
            call_command("guard_journal")
