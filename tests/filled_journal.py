"""A journal of evidence with up to a million entries, written past the journal's own way in, in less than a minute.

What a question may meet is in it: values that one entry has, that half of all have, that only the oldest or only the
newest have; a person with one entry and one with half a million, held apart; a clock that was set back.
"""

import os
from typing import Any, Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from instances.access.sealing import NONCE_BYTES
from instances.catalog import find
from instances.event import prepare
from instances.journal.draft import Draft, draft_of
from instances.journal.models import AuditEntry, JournalHead, PersonalPart, SubjectKey
from instances.journal.router import ALIAS
from instances.journal.spans import close_spans
from instances.journal.vault import COLUMNS, _cipher, _place_of_part, seal_parts

BEGAN_MS: Final = 1_790_000_000_000
EACH_MS: Final = 100
"""Between two entries."""

BUSY, SELDOM = "busy", "seldom"
"""Persons who are held apart: one has done half of everything, the other one thing."""

_FIRST_ID: Final = "00000000-0000-7000-8000-"
_ID: Final = {
    "postgresql": f"('{_FIRST_ID}' || lpad(to_hex(n), 12, '0'))::uuid",
    "sqlite": f"printf('{_FIRST_ID.replace('-', '')}%012x', n)",
}
_ID_TEXT: Final = {
    "postgresql": f"'{_FIRST_ID}' || lpad(to_hex(n), 12, '0')",
    "sqlite": f"printf('{_FIRST_ID}%012x', n)",
}
_BODY: Final = {
    "postgresql": "convert_to(replace({body}, '{id}', {text}), 'UTF8')",
    "sqlite": "CAST(replace({body}, '{id}', {text}) AS BLOB)",
}
_HASH: Final = {"postgresql": "decode(repeat('00', 32), 'hex')", "sqlite": "zeroblob(32)"}
_COUNTED: Final = {
    "postgresql": "generate_series(0, {size} - 1) AS n",
    "sqlite": "(WITH RECURSIVE counted(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < {size} - 1) "
    "SELECT n FROM counted)",
}

# By column, for the n-th of {size}. What stands for one entry is the one in the middle.
_COLUMNS: Final = {
    "stream": "CASE WHEN n % 100 = 0 THEN 'audit._other' WHEN n % 10 = 9 THEN 'audit.compliance_events' "
    "ELSE 'audit.audit_trail' END",
    "topic": "CASE WHEN n % 100 = 0 THEN 'undeclared:' || n % 700 WHEN n % 10 = 9 THEN 'compliance_events:gdpr' "
    "WHEN n = {size} / 2 + 1 THEN 'audit_trail:one:x' WHEN n % 50 = 1 THEN 'audit_trail:team:' || n % 3 "
    "ELSE 'audit_trail:' || n % 7 END",
    "event_type": "CASE WHEN n = {size} / 2 THEN 'one' WHEN n % 100 = 1 THEN 'seldom' ELSE 'common' END",
    "actor": "CASE WHEN n % 2 = 0 OR n = {size} / 2 + 1 THEN NULL ELSE 'service-' || n % 10 END",
    "action": "CASE WHEN n = {size} / 2 THEN 'one' WHEN n % 2 = 0 THEN 'read' ELSE 'write' END",
    "resource": "CASE WHEN n = {size} / 2 THEN 'one' ELSE 'report:' || n % 1000 END",
    "outcome": "CASE WHEN n = {size} / 2 THEN 'one' WHEN n < {size} / 10 THEN 'old' WHEN n % 20 = 0 THEN 'failure' "
    "ELSE 'success' END",
    "origin": "CASE WHEN n % 2 = 0 OR n = {size} / 2 + 1 THEN NULL ELSE 'web' END",
    "correlation_id": "CASE WHEN n % 1000 = 0 THEN 'trace-' || n % 5000 ELSE NULL END",
    # At two thirds the clock is set back by an hour, which it then takes an hour to come to again.
    "received_ms": f"{BEGAN_MS} + n * {EACH_MS} - CASE WHEN n > {{size}} * 2 / 3 THEN 3600000 ELSE 0 END",
}


def fill(size: int, *, readable: bool) -> None:
    """Give the audit journal so many entries; unless `readable`, what is held apart of them has been erased."""
    connection = connections[ALIAS]
    _let_in(connection)
    with connection.schema_editor() as editor:
        for index in AuditEntry._meta.indexes:
            editor.remove_index(AuditEntry, index)
    one = _draft()
    subjects = {name: _subject(_draft(name)) for name in (BUSY, SELDOM)}
    with connection.cursor() as cursor:
        cursor.execute(_entries_of(connection.vendor, size, one))
    parts = ((UUID(int=UUID(f"{_FIRST_ID}{0:012x}").int + n), n) for n in (*range(0, size, 2), size // 2 + 1))
    _add_parts(connection, size, parts, subjects, readable=readable)
    with connection.schema_editor() as editor:
        for index in AuditEntry._meta.indexes:
            editor.add_index(AuditEntry, index)
    JournalHead.objects.using(ALIAS).filter(instance="audit").update(size=size)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("VACUUM ANALYZE")
    close_spans(find("audit"), size=size, using=ALIAS)
