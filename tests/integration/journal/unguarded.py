"""Writing to the journal as somebody would who owns its database: around the triggers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction

from instances.journal.router import ALIAS


@contextmanager
def unguarded() -> Iterator[Any]:
    """Take the triggers away, give a cursor, and put them back."""
    connection = connections[ALIAS]
    with transaction.atomic(using=ALIAS), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # As an owner may, or whoever may set it.
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield cursor
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            yield cursor
            for _, sql in triggers:
                cursor.execute(sql)
