"""A journal of evidence with up to a million entries, written past the journal's own way in, in about a minute.

What a question may meet is in it: values that one entry has, that half of all have, that only the oldest have; a
person with one entry and one with half a million, held apart; an hour by which the clock was set back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, islice
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from instances.catalog import find
from instances.event import prepare
from instances.journal.draft import Draft, draft_of
from instances.journal.models import AuditEntry, JournalHead, PersonalPart
from instances.journal.router import ALIAS
from instances.journal.rows import Column, Table, insert
from instances.journal.spans import close_spans
from instances.journal.vault import seal_parts

AUDIT: Final = find("audit")
BEGAN_MS: Final = 1_790_000_000_000
EACH_MS: Final = 100
"""Between two entries."""
BUSY, SELDOM = "busy", "seldom"
"""Persons whose entries hold them apart: one has done half of everything, the other one thing."""
BUSY_ADDRESS, SELDOM_ADDRESS = "203.0.113.7", "203.0.113.8"

_FIRST: Final = UUID("00000000-0000-7000-8000-000000000000")
_PARTS_AT_ONCE: Final = 10_000

# What the databases write differently, for the n-th entry.
_WORDS: Final = {
    "postgresql": {
        "id": f"('{str(_FIRST)[:24]}' || lpad(to_hex(n), 12, '0'))::uuid",
        "text": f"'{str(_FIRST)[:24]}' || lpad(to_hex(n), 12, '0')",
        "bytes": "convert_to({}, 'UTF8')",
        "hash": "decode(repeat('00', 32), 'hex')",
        "counted": "generate_series(0, {size} - 1) AS counted(n)",
    },
    "sqlite": {
        "id": f"printf('{_FIRST.hex[:20]}%012x', n)",
        "text": f"printf('{str(_FIRST)[:24]}%012x', n)",
        "bytes": "CAST({} AS BLOB)",
        "hash": "zeroblob(32)",
        "counted": "(WITH RECURSIVE counted(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < {size} - 1) "
        "SELECT n FROM counted)",
    },
}
_APART: Final = "n % 2 = 0"
_ALONE: Final = "n = {size} / 2 + 1"
_COLUMNS: Final = {
    "stream": "CASE WHEN n % 100 = 0 THEN 'audit._other' WHEN n % 10 = 9 THEN 'audit.compliance_events' "
    "ELSE 'audit.audit_trail' END",
    "topic": "CASE WHEN n % 100 = 0 THEN 'undeclared:' || (n % 700) WHEN n % 10 = 9 THEN 'compliance_events:gdpr' "
    f"WHEN {_ALONE} THEN 'audit_trail:one:x' WHEN n % 50 = 1 THEN 'audit_trail:team:' || (n % 3) "
    "ELSE 'audit_trail:' || (n % 7) END",
    "event_type": f"CASE WHEN {_ALONE} THEN 'one' WHEN n % 100 = 1 THEN 'seldom' ELSE 'evidence_read' END",
    "actor": f"CASE WHEN {_APART} OR {_ALONE} THEN NULL ELSE 'service-' || (n % 10) END",
    "action": f"CASE WHEN {_ALONE} THEN 'one' WHEN n % 4 = 0 THEN 'read' ELSE 'write' END",
    "resource": f"CASE WHEN {_ALONE} THEN 'one' ELSE 'report:' || (n % 1000) END",
    "outcome": f"CASE WHEN {_ALONE} THEN 'one' WHEN n < {{size}} / 10 THEN 'old' WHEN n % 20 = 0 THEN 'failure' "
    "ELSE 'success' END",
    "origin": f"CASE WHEN {_APART} OR {_ALONE} THEN NULL ELSE 'web' END",
    "correlation_id": "CASE WHEN n % 1000 = 0 THEN 'trace-' || (n % 5000) ELSE NULL END",
    # At two thirds the clock is set back, and it takes an hour until it is later again than it ever was.
    "received_ms": f"{BEGAN_MS} + n * {EACH_MS} - CASE WHEN n > {{size}} * 2 / 3 THEN 3600000 ELSE 0 END",
}


def id_of(index: int) -> str:
    """Return the id of an entry."""
    return str(UUID(int=_FIRST.int + index))


def fill(size: int) -> None:
    """Give the audit journal, which is empty, so many entries, of which every second is about a person."""
    connection = connections[ALIAS]
    with _unguarded(connection):
        busy, seldom, nobody = _draft(BUSY, BUSY_ADDRESS), _draft(SELDOM, SELDOM_ADDRESS), _draft(None, None)
        with connection.cursor() as cursor:
            cursor.execute(
                _statement(connection.vendor, size), [str(each.body, "utf8") for each in (seldom, busy, nobody)]
            )
        _add_parts(
            connection,
            chain(
                (replace(busy, id=UUID(id_of(n))) for n in range(0, size, 2)),
                [replace(seldom, id=UUID(id_of(size // 2 + 1)))],
            ),
        )
        JournalHead.objects.using(ALIAS).filter(instance=AUDIT.name).update(size=size)
        close_spans(AUDIT, size=size, using=ALIAS)


def _draft(actor: str | None, address: str | None) -> Draft:
    event = {
        "topic": "audit_trail:data_access",
        "event_type": "evidence_read" if actor else "tried",
        "id": str(_FIRST),
        "data": {"journal": "audit", "query": "from=1790000000000"} | ({"actor": f"user:{actor}"} if actor else {}),
        "metadata": {"session_store": "database"} | ({"ip_address": address} if address else {}),
    }
    prepared = prepare(AUDIT, msgspec.json.encode(event), publisher_json=b'"gaterhub"', clock=lambda: BEGAN_MS)
    return draft_of(AUDIT, prepared, address=None)


def _statement(vendor: str, size: int) -> str:
    words = _WORDS[vendor]
    body = f"replace(CASE WHEN {_ALONE} THEN %s WHEN {_APART} THEN %s ELSE %s END, '{_FIRST}', {words['text']})"
    columns = {
        "id": words["id"],
        '"index"': "n",
        '"offset"': "n + 1",
        "body": words["bytes"].format(body),
        "leaf_hash": words["hash"],
        "severity": "1",
        "occurred_ms": f"{BEGAN_MS} + n * {EACH_MS}",
        "publisher": "'gaterhub'",
        **_COLUMNS,
    }
    chosen = f"SELECT {', '.join(columns.values())} FROM {words['counted']}"
    # The formatted parts are this module's own, and the percent signs of their modulo are no places for values.
    chosen = chosen.replace("{size}", str(size)).replace("% ", "%% ").replace("%012x", "%%012x")
    return f"INSERT INTO {AuditEntry._meta.db_table} ({', '.join(columns)}) {chosen}"


def _add_parts(connection: BaseDatabaseWrapper, drafts: Iterator[Draft]) -> None:
    columns = tuple(
        Column(name, type)
        for name, type in (
            ("instance", "text"), ("entry_id", "uuid"), ("subject_id", "int8"), ("sealed", "bytea"),
            ("actor_blind", "bytea"), ("origin_blind", "bytea"), ("index", "int8"),
        )
    )  # fmt: skip
    table = Table(PersonalPart._meta.db_table, columns)
    while some := list(islice(drafts, _PARTS_AT_ONCE)):
        parts = seal_parts(AUDIT.name, some, using=ALIAS)
        rows: list[tuple[Any, ...]] = [(*part, part.entry_id.int - _FIRST.int) for part in parts]
        with transaction.atomic(using=ALIAS):
            insert(connection, (table, rows))


@contextmanager
def _unguarded(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let in what was not appended, and leave the indexes for the end, where they are made in a tenth of the time."""
    table = AuditEntry._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET statement_timeout = 0")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
    indexes = [(model, index) for model in (AuditEntry, PersonalPart) for index in model._meta.indexes]
    with connection.schema_editor() as editor:
        for model, index in indexes:
            editor.remove_index(model, index)
    yield
    with connection.schema_editor() as editor:
        for model, index in indexes:
            editor.add_index(model, index)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
