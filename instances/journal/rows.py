"""Many rows in one statement, on either database: what the ORM does several times slower."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper

CHUNK_ROWS: Final = 1_000


class Column(NamedTuple):
    name: str
    type: str
    """As PostgreSQL calls it."""


def insert(
    connection: BaseDatabaseWrapper,
    table: str,
    columns: Sequence[Column],
    rows: Sequence[tuple[Any, ...]],
    *,
    unless_known: str | None = None,
) -> int:
    """Insert the rows in their order, and return how many were.

    On PostgreSQL a row is passed over if its value in the column `unless_known` is there already; SQLite raises
    IntegrityError then. Raises what the database raises.
    """
    if not rows:
        return 0
    if connection.vendor == "postgresql":
        return _through_arrays(connection, _insert_sql(table, tuple(columns), unless_known), rows)
    return _one_by_one(connection, _plain_insert_sql(table, tuple(columns)), rows)


def update(
    connection: BaseDatabaseWrapper,
    table: str,
    key: Column,
    columns: Sequence[Column],
    rows: Sequence[tuple[Any, ...]],
    *,
    where: str = "",
) -> int:
    """Set the columns of the rows that have the key, and return how many there were; a row is values, then the key.

    `where` is one more condition, in SQL that both databases know.
    """
    if not rows:
        return 0
    if connection.vendor == "postgresql":
        return _through_arrays(connection, _update_sql(table, key, tuple(columns), where), rows)
    return _one_by_one(connection, _plain_update_sql(table, key, tuple(columns), where), rows)


def _through_arrays(connection: BaseDatabaseWrapper, sql: bytes, rows: Sequence[tuple[Any, ...]]) -> int:
    """Send each column as one array, in binary form, past Django's cursor, which writes values into the statement."""
    done = 0
    connection.ensure_connection()
    # Where there is PostgreSQL, its module is Django's to import.
    database: Any = connection
    with connection.wrap_database_errors, database.Database.Cursor(connection.connection) as cursor:
        for start in range(0, len(rows), CHUNK_ROWS):
            arrays = [list(column) for column in zip(*rows[start : start + CHUNK_ROWS], strict=True)]
            cursor.execute(sql, arrays)
            done += cursor.rowcount
    return done


def _one_by_one(connection: BaseDatabaseWrapper, sql: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Run a statement for each row, past Django's cursor, which would look for percent signs in it each time."""
    connection.ensure_connection()
    plain = [tuple(each.hex if isinstance(each, UUID) else each for each in row) for row in rows]
    with connection.wrap_database_errors:
        return int(connection.connection.executemany(sql, plain).rowcount)


@lru_cache(maxsize=32)
def _insert_sql(table: str, columns: tuple[Column, ...], unless_known: str | None) -> bytes:
    names = ", ".join(f'"{each.name}"' for each in columns)
    arrays = ", ".join(f"%b::{each.type}[]" for each in columns)
    conflict = f' ON CONFLICT ("{unless_known}") DO NOTHING' if unless_known else ""
    return f'INSERT INTO "{table}" ({names}) SELECT * FROM unnest({arrays}){conflict}'.encode()  # noqa: S608


@lru_cache(maxsize=32)
def _plain_insert_sql(table: str, columns: tuple[Column, ...]) -> str:
    names = ", ".join(f'"{each.name}"' for each in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(columns))})'  # noqa: S608


@lru_cache(maxsize=32)
def _update_sql(table: str, key: Column, columns: tuple[Column, ...], where: str) -> bytes:
    arrays = ", ".join(f"%b::{each.type}[]" for each in (*columns, key))
    names = ", ".join(f'"{each.name}"' for each in (*columns, key))
    values = ", ".join(f'"{each.name}" = v."{each.name}"' for each in columns)
    more = f" AND {where}" if where else ""
    return (
        f'UPDATE "{table}" SET {values} FROM unnest({arrays}) AS v({names}) '  # noqa: S608
        f'WHERE "{table}"."{key.name}" = v."{key.name}"{more}'
    ).encode()


@lru_cache(maxsize=32)
def _plain_update_sql(table: str, key: Column, columns: tuple[Column, ...], where: str) -> str:
    values = ", ".join(f'"{each.name}" = ?' for each in columns)
    more = f" AND {where}" if where else ""
    return f'UPDATE "{table}" SET {values} WHERE "{key.name}" = ?{more}'  # noqa: S608
