"""Backup and restore as docs/backup.md has them: what comes back, and that it is held as before."""

import os
import shutil
import sqlite3
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import IntegrityError, connections
from psycopg import sql

from instances.journal import guarding
from instances.journal.guards import guarded_tables
from instances.journal.models import Anchored, AuditEntry, Checkpoint, JournalHead, PersonalPart, StreamHead, Tile
from instances.journal.router import ALIAS
from tests.conftest import missing
from tests.integration.journal.rows import run
from tests.integration.journal.test_grants import Names, acting_as, names, printed, roles
from tests.integration.journal.writing import AUDIT, draft, entries, keep, number_all
from tests.journals import drop, pointed_at, sqlite_at

__all__ = ["names", "roles"]

Facts = dict[str, Any]


def facts() -> Facts:
    """Return what has to come back."""
    return {
        "entries": [(each.index, each.id, bytes(each.body), bytes(each.leaf_hash)) for each in entries()],
        "head": JournalHead.objects.filter(instance="audit").values("epoch", "size", "generation").get(),
        "streams": list(StreamHead.objects.values_list("stream", "offset")),
        "tiles": [bytes(root) for root in Tile.objects.values_list("root", flat=True)],
        "personal": PersonalPart.objects.count(),
        "checkpoints": list(Checkpoint.objects.values_list("size", "note", "anchored__anchor")),
    }


def made() -> Facts:
    """Put on record what makes a tile, something personal, and one entry that waits for its place."""
    keep(count=300)
    keep(AUDIT, draft(event_type="data_access", data={"user_id": "ada", "outcome": "failure"}))
    number_all()
    keep()
    checkpoint = Checkpoint.objects.create(instance="audit", size=301, root=b"r" * 32, note="note", signed_ms=1)
    checkpoint.anchored.create(anchor="dir:/mnt/worm", at_ms=1)
    return facts()


def is_held_as_before() -> None:
    """See that what came back is guarded, and goes on where it stood."""
    assert guarding.faults(connections[ALIAS], guarded_tables(apps)) == {}
    # A trigger of SQLite's is asked of each row, and there are some in these.
    for model in (AuditEntry, Tile, Checkpoint, Anchored):
        if not model._base_manager.exists():
            continue
        table = model._meta.db_table
        with pytest.raises(IntegrityError, match=f"{table} is append-only"):
            run(f'UPDATE "{table}" SET id = id')
    there = AuditEntry.objects.count()
    keep(count=2)
    number_all()
    assert [entry.index for entry in entries()] == list(range(there + 2))
    with pytest.raises(IntegrityError, match="is append-only: a row is not deleted"):
        run("DELETE FROM journal_auditentry")


def by_the_backup_api(source: Path, target: Path) -> None:
    """Do what `sqlite3 FILE ".backup TARGET"` does."""
    with sqlite3.connect(source) as one, sqlite3.connect(target) as other:
        one.backup(other)
    one.close()
    other.close()


def by_vacuum_into(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as one:
        one.execute("VACUUM INTO ?", [str(target)])
    one.close()


def journal_file() -> Path:
    return Path(connections[ALIAS].settings_dict["NAME"])


class TestOnSQLite:
    @pytest.mark.parametrize("copy", [by_the_backup_api, by_vacuum_into])
    def test_all_comes_back_and_is_held_as_before(self, copy: Callable[[Path, Path], None], tmp_path: Path) -> None:
        before = made()
        target = tmp_path / "restored.sqlite3"

        # The hub's connection stays open, and what it wrote last is still in the write-ahead log.
        copy(journal_file(), target)

        with pointed_at(sqlite_at(target)):
            assert facts() == before
            is_held_as_before()

    def test_is_of_one_moment_while_the_hub_goes_on(self, tmp_path: Path) -> None:
        keep(count=50)
        number_all()
        target = tmp_path / "restored.sqlite3"
        written = 0

        def go_on(status: int, remaining: int, total: int) -> None:
            nonlocal written
            if written < 3:
                written += 1
                keep(count=2)
                number_all()

        with sqlite3.connect(journal_file()) as one, sqlite3.connect(target) as other:
            one.backup(other, pages=5, progress=go_on)
        one.close()
        other.close()

        assert written == 3
        with pointed_at(sqlite_at(target)):
            size = JournalHead.objects.get(instance="audit").size
            assert size >= 50
            assert [entry.index for entry in entries() if entry.index is not None] == list(range(size))
            is_held_as_before()


@pytest.fixture
def other_database(_postgres_server: str) -> Iterator[str]:
    name = f"gaterhub_restored_{uuid.uuid4().hex}"
    with psycopg.connect(_postgres_server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield name
    drop(_postgres_server, name)


def program(name: str) -> str:
    """Find one of PostgreSQL's programs, which Debian keeps out of the PATH."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = shutil.which(name) or (str(kept[-1]) if kept else None)
    return found or missing(name, "install postgresql-client")


def call(name: str, *arguments: str) -> None:
    at = connections[ALIAS].settings_dict
    environment = {**os.environ, "PGPASSWORD": at["PASSWORD"]}
    where = [f"--host={at['HOST']}", f"--port={at['PORT']}", f"--username={at['USER']}"]
    done = subprocess.run(
        [program(name), *where, *arguments], check=False, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


class TestOnPostgreSQL:
    def test_all_comes_back_and_is_held_as_before(
        self, other_database: str, postgres_journal: None, tmp_path: Path
    ) -> None:
        before = made()
        dump, at = tmp_path / "journal.dump", connections[ALIAS].settings_dict

        call("pg_dump", "--format=custom", f"--file={dump}", at["NAME"])
        call("pg_restore", "--exit-on-error", f"--dbname={other_database}", str(dump))

        with pointed_at({**at, "NAME": other_database}):
            assert facts() == before
            is_held_as_before()

    def test_has_its_roles_again(
        self, names: Names, other_database: str, postgres_journal: None, tmp_path: Path
    ) -> None:
        made()
        run(printed(names))
        dump, at = tmp_path / "journal.dump", connections[ALIAS].settings_dict

        call("pg_dump", "--format=custom", f"--file={dump}", at["NAME"])
        call("pg_restore", "--exit-on-error", "--no-owner", "--no-acl", f"--dbname={other_database}", str(dump))

        with pointed_at({**at, "NAME": other_database}):
            run(printed(names))
            with acting_as(names["app"]):
                keep()
                assert AuditEntry.objects.filter(index=None).count() == 2
            with acting_as(names["sequencer"]):
                assert number_all() == 2
