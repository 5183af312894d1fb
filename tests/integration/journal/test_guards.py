"""What the databases themselves refuse, to whoever writes the statement."""

from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connections, models

from instances.journal import guarding
from instances.journal.guards import GIVEN, GUARDED, guarded_tables, triggers
from instances.journal.models import AuditEntry, Tile
from instances.journal.router import ALIAS
from tests.integration.journal.rows import add_entry, add_one_of_each, entry_values, give, insert, run


def table(name: str) -> str:
    return str(apps.get_model("journal", name)._meta.db_table)


def kept_columns(name: str) -> list[str]:
    fields = apps.get_model("journal", name)._meta.concrete_fields
    return [field.column for field in fields if field.column not in GUARDED[name]]


def whole(model: type[models.Model]) -> list[dict[str, Any]]:
    return list(model._default_manager.order_by("pk").values())


class TestARow:
    @pytest.mark.parametrize("name", GUARDED)
    def test_is_not_changed_in_any_column(self, journal: str, name: str) -> None:
        row = add_one_of_each()[name]
        before = whole(type(row))

        for column in kept_columns(name):
            with pytest.raises(IntegrityError, match=f"{table(name)} is append-only: a row is not changed"):
                run(f'UPDATE "{table(name)}" SET "{column}" = "{column}"')

        assert whole(type(row)) == before

    @pytest.mark.parametrize("name", GUARDED)
    def test_is_not_deleted(self, journal: str, name: str) -> None:
        row = add_one_of_each()[name]

        for where in ("", f' WHERE "{row._meta.pk.column}" = {row.pk}'):
            with pytest.raises(IntegrityError, match=f"{table(name)} is append-only: a row is not deleted"):
                run(f'DELETE FROM "{table(name)}"{where}')

        assert len(whole(type(row))) == 1

    def test_is_not_lost_by_emptying_the_table(self, postgres_journal: None) -> None:
        rows = add_one_of_each()

        for name, row in rows.items():
            with pytest.raises(IntegrityError, match=r"is append-only: it is not emptied"):
                run(f'TRUNCATE TABLE "{table(name)}" RESTART IDENTITY CASCADE')
            assert len(whole(type(row))) == 1

    @pytest.mark.parametrize("name", GUARDED)
    def test_is_not_replaced(self, name: str) -> None:
        row = add_one_of_each()[name]
        (before,) = whole(type(row))
        anew = {column: value for column, value in before.items() if column not in GIVEN}

        # By its primary key, and by whatever else names it.
        with pytest.raises(IntegrityError, match="is append-only: a row is not replaced"):
            insert(type(row), how="INSERT OR REPLACE", **anew)
        if type(row)._meta.total_unique_constraints:
            del anew[row._meta.pk.name]
            with pytest.raises(IntegrityError, match="is append-only: a row is not replaced"):
                insert(type(row), how="INSERT OR REPLACE", **anew)

        assert whole(type(row)) == [before]

    def test_is_not_replaced_by_an_upsert(self, journal: str) -> None:
        entry = add_entry()

        values = entry_values(id=entry.id, outcome="failure")
        with pytest.raises(IntegrityError, match="journal_auditentry is append-only"):
            insert(AuditEntry, otherwise="ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome", **values)

        assert [row["outcome"] for row in whole(AuditEntry)] == ["success"]


class TestAnEntry:
    def test_is_given_its_place_once(self, journal: str) -> None:
        entry = add_entry()

        assert give(AuditEntry, entry.number, 0) == 1
        with pytest.raises(IntegrityError, match="index and offset are given together, to a row that has none"):
            give(AuditEntry, entry.number, 0)
        with pytest.raises(IntegrityError, match="index and offset are given together"):
            run(f'UPDATE "{table("AuditEntry")}" SET "index" = NULL, "offset" = NULL')

        assert AuditEntry.objects.values_list("index", "offset").get() == (0, 1)

    @pytest.mark.parametrize("column", GIVEN)
    def test_is_not_given_one_half_of_it(self, journal: str, column: str) -> None:
        add_entry()

        with pytest.raises(IntegrityError, match="index and offset are given together"):
            run(f'UPDATE "{table("AuditEntry")}" SET "{column}" = 7')

    def test_is_given_its_place_and_nothing_else(self, journal: str) -> None:
        add_entry()

        with pytest.raises(IntegrityError, match="a row is not changed"):
            run(f'UPDATE "{table("AuditEntry")}" SET "index" = 0, "offset" = 1, "outcome" = \'failure\'')

        assert AuditEntry.objects.values_list("index", "outcome").get() == (None, "success")

    def test_is_not_added_with_a_place(self, journal: str) -> None:
        with pytest.raises(IntegrityError, match="added without index and offset"):
            insert(AuditEntry, **entry_values(index=0, offset=1))

        assert not AuditEntry.objects.exists()

    def test_goes_on_being_added_where_an_id_that_is_there_is_passed_over(self, postgres_journal: None) -> None:
        entry = add_entry()
        values = entry_values(id=entry.id, outcome="failure")

        touched = insert(AuditEntry, otherwise="ON CONFLICT (id) DO NOTHING", **values)

        assert touched == 0
        assert AuditEntry.objects.get().outcome == "success"


class TestAnEntryOnSQLite:
    @pytest.mark.parametrize("name", ["rowid", "oid", "_rowid_", "ROWID"])
    def test_is_not_moved_by_the_names_that_its_key_has_besides(self, name: str) -> None:
        entry = add_entry()

        with pytest.raises(IntegrityError, match="a row is not changed"):
            run(f'UPDATE "{table("AuditEntry")}" SET {name} = 77')

        assert AuditEntry.objects.get().number == entry.number

    def test_is_not_replaced_by_one_that_is_given_its_place(self) -> None:
        first, second = add_entry(index=0), add_entry(index=None)

        with pytest.raises(IntegrityError, match="no other row's"):
            give(AuditEntry, second.number, 0, how="UPDATE OR REPLACE")

        assert set(AuditEntry.objects.values_list("id", flat=True)) == {first.id, second.id}

    def test_never_stops_those_that_follow(self) -> None:
        with pytest.raises(IntegrityError, match="rows are counted from 1"):
            insert(AuditEntry, **entry_values(number=-1))

        assert add_entry().number >= 1

    def test_is_refused_where_an_id_that_is_there_would_be_passed_over(self) -> None:
        entry = add_entry()

        with pytest.raises(IntegrityError, match="one with this id is there"):
            insert(AuditEntry, how="INSERT OR IGNORE", **entry_values(id=entry.id))


class TestGuards:
    def test_stand_as_the_models_say(self, journal: str) -> None:
        assert guarding.faults(connections[ALIAS], guarded_tables(apps)) == {}

    def test_are_named_where_they_are_missing_disabled_or_others(self, postgres_journal: None) -> None:
        run('DROP TRIGGER journal_tile_no_delete ON "journal_tile"')
        run('ALTER TABLE "journal_auditentry" DISABLE TRIGGER "journal_auditentry_no_truncate"')
        run('DROP TRIGGER journal_auditentry_no_update ON "journal_auditentry"')
        run(
            "CREATE TRIGGER journal_auditentry_no_update BEFORE UPDATE OF topic ON journal_auditentry "
            "FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse('no')"
        )

        assert guarding.faults(connections[ALIAS], guarded_tables(apps)) == {
            "journal_auditentry_no_truncate": "disabled",
            "journal_auditentry_no_update": "another",
            "journal_tile_no_delete": "missing",
        }

    def test_that_refuse_nothing_any_more_are_others(self, postgres_journal: None) -> None:
        run(
            "CREATE OR REPLACE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RETURN COALESCE(NEW, OLD); END'"
        )

        found = guarding.faults(connections[ALIAS], guarded_tables(apps))

        assert len(found) == len(triggers("postgresql", guarded_tables(apps)))

    def test_are_named_on_sqlite(self) -> None:
        run("DROP TRIGGER journal_tile_no_delete")
        run("DROP TRIGGER journal_tile_no_update")
        run("CREATE TRIGGER journal_tile_no_update BEFORE UPDATE ON journal_tile BEGIN SELECT 1; END")

        assert guarding.faults(connections[ALIAS], guarded_tables(apps)) == {
            "journal_tile_no_update": "another",
            "journal_tile_no_delete": "missing",
        }

    def test_are_set_again_whatever_is_there(self, journal: str) -> None:
        guarding.take_guards_away(connections[ALIAS], guarded_tables(apps))
        Tile.objects.create(instance="audit", level=1, number=0, root=b"r")
        assert Tile.objects.update(number=1) == 1

        for _ in range(2):
            guarding.set_guards(connections[ALIAS], guarded_tables(apps))

        assert guarding.faults(connections[ALIAS], guarded_tables(apps)) == {}
        with pytest.raises(IntegrityError):
            Tile.objects.update(number=2)
