"""System checks of who could change evidence: whether the guards stand, and who owns what they guard."""

from collections.abc import Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.apps import apps as installed
from django.conf import settings
from django.core import checks as core
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from instances.journal.apps import JournalConfig
from instances.journal.guarding import faults
from instances.journal.guards import guarded_tables
from instances.journal.router import ALIAS

NAMED_MAX: Final = 5
"""Triggers in one finding; more would hide the sentence."""

_MINE: Final = """
SELECT current_user, rolsuper, EXISTS (
    SELECT FROM pg_class
    WHERE relname = ANY (%s) AND pg_table_is_visible(pg_class.oid) AND pg_has_role(relowner, 'MEMBER')
) FROM pg_roles WHERE rolname = current_user
"""


def guards_stand(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **options: Any
) -> list[core.CheckMessage]:
    """Find guards that are missing, disabled or others; while migrations wait, theirs are still to be set."""
    connection = _asked(databases)
    if connection is None:
        return []
    try:
        wrong = faults(connection, guarded_tables(installed)) if _is_migrated(connection) else {}
    except DatabaseError:
        # What is wrong with the database itself is told elsewhere.
        return []
    if not wrong:
        return []
    named = ", ".join(f"{name} is {what}" for name, what in list(wrong.items())[:NAMED_MAX])
    more = f" and {len(wrong) - NAMED_MAX} more" if len(wrong) > NAMED_MAX else ""
    told = f"Triggers that keep the journal append-only don't stand: {named}{more}."
    hint = "Find out who took them away, set them with `manage.py guard_journal`, then run `manage.py verify_journal`."
    return [core.Error(told, hint=hint, id="gaterhub.E020")]


def owned_by_another(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **options: Any
) -> list[core.CheckMessage]:
    """Find a hub that could take the guards away from what it writes."""
    connection = _asked(databases)
    if connection is None or connection.vendor != "postgresql":
        return []
    tables = [table.table for table in guarded_tables(installed)]
    try:
        with connection.cursor() as cursor:
            cursor.execute(_MINE, [tables])
            name, is_superuser, owns = cursor.fetchone()
    except DatabaseError:
        return []
    if not owns:
        return []
    what = "a superuser" if is_superuser else "who owns the journal's tables"
    told = f"The hub logs in to the journal's database as {name}, {what}: who has it can change what is on record."
    hint = "Have another role own them: `manage.py journal_grants` prints the statements (docs/journal.md)."
    return [core.Warning(told, hint=hint, id="gaterhub.W020")]


def _asked(databases: Sequence[str] | None) -> BaseDatabaseWrapper | None:
    """Return the journal's connection where its database is among those to be asked."""
    home = DEFAULT_DB_ALIAS if settings.JOURNAL_SHARES_DATABASE else ALIAS
    return connections[ALIAS] if {ALIAS, home} & {*(databases or ())} else None


def _is_migrated(connection: BaseDatabaseWrapper) -> bool:
    loader = MigrationLoader(connection)
    return all(node in loader.applied_migrations for node in loader.graph.leaf_nodes(JournalConfig.label))
