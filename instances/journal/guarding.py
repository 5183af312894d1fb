"""Setting the journal's guards, and seeing whether they stand as they should."""

from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from instances.journal.guards import FUNCTION, REFUSING, Guarded, triggers

_MAKE_FUNCTION: Final = (
    f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $body${REFUSING}$body$"
)


def set_guards(connection: BaseDatabaseWrapper, tables: Iterable[Guarded]) -> None:
    """Make the triggers, in the place of those of the same name, in one transaction."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_MAKE_FUNCTION)
        for name, (trigger, sql) in triggers(connection.vendor, tables).items():
            cursor.execute(_drop(connection.vendor, name, trigger.table))
            cursor.execute(sql)


def take_guards_away(connection: BaseDatabaseWrapper, tables: Iterable[Guarded]) -> None:
    """Drop the triggers, on the way back of a migration."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for name, (trigger, _) in triggers(connection.vendor, tables).items():
            cursor.execute(_drop(connection.vendor, name, trigger.table))
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP FUNCTION IF EXISTS {FUNCTION}()")


def faults(connection: BaseDatabaseWrapper, tables: Iterable[Guarded]) -> dict[str, str]:
    """Return the triggers that don't stand as they should, each with what it is: missing, disabled, or another."""
    return _FAULTS[connection.vendor](connection, tables)


def _drop(vendor: str, name: str, table: str) -> str:
    on = f' ON "{table}"' if vendor == "postgresql" else ""
    return f'DROP TRIGGER IF EXISTS "{name}"{on}'


def _faults_on_sqlite(connection: BaseDatabaseWrapper, tables: Iterable[Guarded]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        there = dict(cursor.fetchall())
    return {
        name: "another" if name in there else "missing"
        for name, (_, sql) in triggers(connection.vendor, tables).items()
        if there.get(name) != sql
    }


_THERE: Final = """
SELECT tgname, tgenabled::text, relname, ARRAY(
    SELECT attname::text FROM pg_attribute WHERE attrelid = tgrelid AND attnum = ANY (tgattr::int2[])
), CASE WHEN proname = %s THEN prosrc ELSE '' END
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE tgname = ANY (%s) AND pg_table_is_visible(tgrelid)
"""
_FIRES: Final = ("O", "A")
"""`pg_trigger.tgenabled` of a trigger that fires in an ordinary session."""


def _faults_on_postgres(connection: BaseDatabaseWrapper, tables: Iterable[Guarded]) -> dict[str, str]:
    """Compare what can be compared whatever the version of PostgreSQL writes out: table, columns, and what is done."""
    expected = triggers(connection.vendor, tables)
    with connection.cursor() as cursor:
        cursor.execute(_THERE, [FUNCTION, list(expected)])
        there: dict[str, tuple[Any, ...]] = {name: found for name, *found in cursor.fetchall()}
    wrong = {}
    for name, (trigger, _) in expected.items():
        enabled, table, columns, body = there.get(name, ("", "", (), ""))
        if not enabled:
            wrong[name] = "missing"
        elif enabled not in _FIRES:
            wrong[name] = "disabled"
        elif (table, {*columns}, body) != (trigger.table, {*trigger.columns}, REFUSING):
            wrong[name] = "another"
    return wrong


_FAULTS: Final = {"postgresql": _faults_on_postgres, "sqlite": _faults_on_sqlite}
