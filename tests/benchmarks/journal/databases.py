"""A PostgreSQL database of its own for a benchmark, on the server that the test suite uses."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from tests.conftest import service_url


def postgres_server() -> str | None:
    """Return the URL of a PostgreSQL that answers, or None."""
    url = service_url("GATERHUB_TEST_DATABASE_URL")
    if url is not None:
        try:
            with psycopg.connect(url, connect_timeout=2):
                return url
        except psycopg.OperationalError:
            pass
    return None


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    """Give the URL of a new, empty database, which is dropped after."""
    name = f"gaterhub_bench_{uuid.uuid4().hex}"
    _do(server, "CREATE DATABASE {}", name)
    try:
        yield f"{server.rsplit('/', 1)[0]}/{name}"
    finally:
        _do(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _do(server: str, statement: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
