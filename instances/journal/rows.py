"""Many rows in one statement, on either database: what the ORM does several times slower."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper

from instances.journal.arrays import Array, array_of

PREPARE_AFTER: Final = 2
"""Executions on one connection, after which PostgreSQL plans a statement no more: half of what a small group costs."""


class Column(NamedTuple):
    name: str
    type: str
    """As PostgreSQL calls it."""


class Table(NamedTuple):
    name: str
    columns: tuple[Column, ...]


def insert(connection: BaseDatabaseWrapper, *tables: tuple[Table, Sequence[tuple[Any, ...]]]) -> None:
    """Insert rows, each table's in their order.

    On PostgreSQL it is one statement, which stands or falls as a whole without a transaction around it, and so goes
    there and back once. Raises what the database raises.
    """
    given = [(table, rows) for table, rows in tables if rows]
    if not given:
        return
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        arrays = [array for table, rows in given for array in _arrays(table.columns, rows)]
        _run(connection, _insert_sql(tuple(table for table, _ in given)), arrays)
        return
    for table, rows in given:
        _one_by_one(connection, _plain_insert_sql(table), rows)


def read(connection: BaseDatabaseWrapper, sql: str) -> list[tuple[Any, ...]]:
    """Return what a query finds that both databases know; on SQLite an id is a text."""
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        return list(_run(connection, sql.encode()))
    with connection.wrap_database_errors:
        return list(connection.connection.execute(sql))


def select(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str], key: Column, values: Sequence[Any]
) -> list[tuple[Any, ...]]:
    """Return these columns of the rows that have one of the values, of which SQLite takes 32,766 at most."""
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        return list(_run(connection, _select_sql(table, tuple(columns), key), [array_of(key.type, values)]))
    sql = _plain_select_sql(table, tuple(columns), key.name, len(values))
    with connection.wrap_database_errors:
        return list(connection.connection.execute(sql, values))


def put(connection: BaseDatabaseWrapper, table: Table, rows: Sequence[tuple[Any, ...]], *, key: str) -> None:
    """Insert rows, or have them take the place of those with the same key. Raises what the database raises."""
    if not rows:
        return
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        _run(connection, (_insert_one_sql(table) + _instead_sql(table, key)).encode(), _arrays(table.columns, rows))
        return
    _one_by_one(connection, _plain_insert_sql(table) + _instead_sql(table, key), rows)


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
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        sql = _update_sql(table, key, tuple(columns), where)
        return int(_run(connection, sql, _arrays((*columns, key), rows)).rowcount)
    return _one_by_one(connection, _plain_update_sql(table, key, tuple(columns), where), rows)


def _arrays(columns: Sequence[Column], rows: Sequence[tuple[Any, ...]]) -> list[Array]:
    return [array_of(column.type, values) for column, values in zip(columns, zip(*rows, strict=True), strict=True)]


def _run(connection: BaseDatabaseWrapper, sql: bytes, arrays: Sequence[Array] = ()) -> Any:
    """Return a cursor that has run it, past Django's own, which writes values into the statement."""
    # Where there is PostgreSQL, its module is Django's to import.
    database: Any = connection
    psycopg = database.Database
    with connection.wrap_database_errors:
        raw = connection.connection
        raw.prepare_threshold = PREPARE_AFTER
        cursor = psycopg.Cursor(raw)
        cursor.adapters.register_dumper(Array, _dumper(psycopg.adapt.Dumper))
        return cursor.execute(sql, arrays or None, binary=True)


@lru_cache(maxsize=1)
def _dumper(base: type) -> type:
    """Return how psycopg sends an array: in binary form as it is, and without a type, which the statement tells."""
    return type("ArrayDumper", (base,), {"format": 1, "oid": 0, "dump": lambda self, array: array})


def _one_by_one(connection: BaseDatabaseWrapper, sql: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Run a statement for each row, past Django's cursor, which would look for percent signs in it each time."""
    plain = [tuple(each.hex if isinstance(each, UUID) else each for each in row) for row in rows]
    with connection.wrap_database_errors:
        return int(connection.connection.executemany(sql, plain).rowcount)


@lru_cache(maxsize=32)
def _insert_sql(tables: tuple[Table, ...]) -> bytes:
    *others, last = [_insert_one_sql(table) for table in tables]
    before = ", ".join(f"_{number} AS ({each})" for number, each in enumerate(others))
    return f"WITH {before} {last}".encode() if before else last.encode()


def _instead_sql(table: Table, key: str) -> str:
    values = ", ".join(f'"{each.name}" = EXCLUDED."{each.name}"' for each in table.columns if each.name != key)
    return f' ON CONFLICT ("{key}") DO UPDATE SET {values}'


def _insert_one_sql(table: Table) -> str:
    names = ", ".join(f'"{each.name}"' for each in table.columns)
    arrays = ", ".join(f"%b::{each.type}[]" for each in table.columns)
    return f'INSERT INTO "{table.name}" ({names}) SELECT * FROM unnest({arrays})'  # noqa: S608


@lru_cache(maxsize=32)
def _plain_insert_sql(table: Table) -> str:
    names = ", ".join(f'"{each.name}"' for each in table.columns)
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join("?" * len(table.columns))})'  # noqa: S608


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


@lru_cache(maxsize=32)
def _select_sql(table: str, columns: tuple[str, ...], key: Column) -> bytes:
    names = ", ".join(f'"{each}"' for each in columns)
    return f'SELECT {names} FROM "{table}" WHERE "{key.name}" = ANY(%b::{key.type}[])'.encode()  # noqa: S608


@lru_cache(maxsize=32)
def _plain_select_sql(table: str, columns: tuple[str, ...], key: str, count: int) -> str:
    names = ", ".join(f'"{each}"' for each in columns)
    return f'SELECT {names} FROM "{table}" WHERE "{key}" IN ({", ".join("?" * count)})'  # noqa: S608
