"""Journals for tests: a database of its own for each, on SQLite or PostgreSQL, made from a migrated template."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from django.test.testcases import SimpleTestCase
from django.test.utils import override_settings
from psycopg import sql

from instances.journal import readers
from instances.journal.committers import stop_committers
from instances.journal.fallback import close_fallback
from instances.journal.models import ENTRIES
from instances.journal.router import ALIAS
from instances.journal.vault import forget_keys
from instances.streams.position import new_epoch

_SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 2,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    },
}
_POSTGRES: dict[str, Any] = {
    "ENGINE": "django.db.backends.postgresql",
    "CONN_MAX_AGE": 0,
    "OPTIONS": {"connect_timeout": 2, "options": "-c statement_timeout=2000"},
}

# Its guards are in no stub.
_Guarded: Any = SimpleTestCase


def leave_to_tests(blocker: Any) -> None:
    """Keep Django's and pytest-django's guards off the journal: its tests have a database of their own each.

    The guards wrap a test in a transaction, or empty the tables after it. The first would keep the thread out that
    appends, and the second is what the journal refuses.
    """
    block, really = type(blocker)._blocking_wrapper, blocker._real_ensure_connection

    def ensure(connection: BaseDatabaseWrapper) -> None:
        (really if connection.alias == ALIAS else block)(connection)

    type(blocker)._blocking_wrapper = property(lambda self: ensure)
    add, remove, patched = (
        getattr(_Guarded, name).__func__
        for name in ("_add_databases_failures", "_remove_databases_failures", "ensure_connection_patch_method")
    )

    def patched_but_for_the_journal(cls: Any) -> Callable[[BaseDatabaseWrapper], None]:
        strict = patched(cls)

        def ensure(connection: BaseDatabaseWrapper) -> None:
            (really if connection.alias == ALIAS else strict)(connection)

        return ensure

    _follow_the_alias()
    _Guarded._add_databases_failures = classmethod(partial(_with_journal, add))
    _Guarded._remove_databases_failures = classmethod(partial(_with_journal, remove))
    _Guarded.ensure_connection_patch_method = classmethod(patched_but_for_the_journal)


def _follow_the_alias() -> None:
    """Have threads that outlive a test, such as asgiref's, connect anew when the alias points elsewhere."""
    found = ConnectionHandler.__getitem__

    def current(self: ConnectionHandler, alias: str) -> Any:
        connection = found(self, alias)
        if alias == ALIAS and connection.settings_dict is not self.settings[ALIAS]:
            connection.close()
            del self[ALIAS]
            connection = found(self, alias)
        return connection

    ConnectionHandler.__getitem__ = current  # type: ignore[method-assign, assignment]


def _with_journal(do: Callable[[Any], None], cls: Any) -> None:
    """Guard a test class as if it had said that it uses the journal, too."""
    cls.databases = {*cls._validate_databases(), ALIAS}
    try:
        do(cls)
    finally:
        cls.databases = frozenset(cls.databases) - {ALIAS}


@contextmanager
def pointed_at(config: dict[str, Any]) -> Iterator[None]:
    """Point the alias, in every thread that connects from now on, at another database."""
    before = connections.settings[ALIAS]
    _let_go()
    connections.settings[ALIAS] = connections.configure_settings({"default": config, ALIAS: config})[ALIAS]
    try:
        yield
    finally:
        _let_go()
        connections.settings[ALIAS] = before


def _let_go() -> None:
    """Forget what this process holds of a journal: committers with their threads, and this thread's connection."""
    stop_committers()
    close_fallback()
    while readers._idle:
        # Their connections would stay open for a minute, one file for each test.
        readers._idle.pop()[1].leave_behind()
    # An emptied database has the name that it had, and a blind key of its own.
    forget_keys()
    if ALIAS in {connection.alias for connection in connections.all(initialized_only=True)}:
        connections[ALIAS].close()
        del connections[ALIAS]


def sqlite_at(path: Path) -> dict[str, Any]:
    return _SQLITE | {"NAME": str(path)}


def make_sqlite_template(path: Path) -> Path:
    """Make a file with the journal's tables, to be copied for each test."""
    with pointed_at(sqlite_at(path)):
        call_command("migrate", app_label="journal", database=ALIAS, verbosity=0, skip_checks=True)
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@contextmanager
def sqlite_journal(template: Path, folder: Path) -> Iterator[None]:
    path = Path(shutil.copy(template, folder / f"journal-{uuid.uuid4().hex}.sqlite3"))
    with override_settings(SPOOL_DIR=path.with_suffix(".spool")), pointed_at(sqlite_at(path)):
        yield


def _postgres_at(server_url: str, name: str) -> dict[str, Any]:
    said = psycopg.conninfo.conninfo_to_dict(server_url)
    return _POSTGRES | {
        "NAME": name,
        "USER": said.get("user", ""),
        "PASSWORD": said.get("password", ""),
        "HOST": said.get("host", ""),
        "PORT": str(said.get("port", "")),
    }


def _statement(server_url: str, text: str, *names: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL(text).format(*map(sql.Identifier, names)))


def make_postgres_template(server_url: str) -> str:
    """Make a database with the journal's tables, and return its name."""
    name = f"gaterhub_journal_{uuid.uuid4().hex}"
    _statement(server_url, "CREATE DATABASE {}", name)
    with pointed_at(_postgres_at(server_url, name)):
        call_command("migrate", app_label="journal", database=ALIAS, verbosity=0, skip_checks=True)
    return name


def drop(server_url: str, name: str) -> None:
    _statement(server_url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


class PostgresJournals:
    """One database for one test after the other, because to make one takes a second; it is emptied between them.

    Who alters tables, triggers or roles in it says that it is `spent`: then the next test gets a new one.
    """

    def __init__(self, server_url: str, template: str) -> None:
        self._server_url = server_url
        self._template = template
        self._name: str | None = None

    @contextmanager
    def one(self, *, spent: bool) -> Iterator[None]:
        if self._name is None:
            self._name = f"gaterhub_journal_{uuid.uuid4().hex}"
            _statement(self._server_url, "CREATE DATABASE {} TEMPLATE {}", self._name, self._template)
        try:
            with pointed_at(_postgres_at(self._server_url, self._name)):
                yield
        finally:
            if spent or not self._empty(self._name):
                self.close()

    def _empty(self, name: str) -> bool:
        """Take everything out, as only a superuser may; False where that would take long."""
        with psycopg.connect(self._server_url, dbname=name, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
                [name],
            )
            for table in ("auditentry", "securityentry", "alertentry"):
                few = connection.execute(_MANY.format(sql.Identifier(f"journal_{table}"))).fetchone()
                if few is None or few[0] > _MANY_ROWS:
                    return False
            connection.execute("SET session_replication_role = replica")
            tables = connection.execute(
                "SELECT tablename FROM pg_tables "
                "WHERE tablename LIKE 'journal\\_%' AND tablename <> 'journal_journalhead'"
            ).fetchall()
            for (table,) in tables:
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            connection.execute("DELETE FROM journal_journalhead")
            for instance in ENTRIES:
                connection.execute(_BEGIN, [instance, new_epoch()])
        return True

    def close(self) -> None:
        name, self._name = self._name, None
        if name is not None:
            drop(self._server_url, name)


_MANY_ROWS = 3_000
_MANY = sql.SQL("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT 3001) AS found")
_BEGIN = (
    "INSERT INTO journal_journalhead (instance, generation, epoch, size, frontier, unknown_outcomes, unknown_origins, "
    "unknown_targets, numbered_ms) VALUES (%s, 1, %s, 0, '', 0, 0, 0, 0)"
)
