"""Who saw an event among many stretches: databases find it by its place, and a row takes what its instance's page says.

The tables are made in a journal's database, because there is one on SQLite and on PostgreSQL for each test.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from django.db import connections
from django.test import override_settings

from consumers.models import SeenAck, SeenBy, SeenCost, SeenPeriod, Sighting
from consumers.seen.answer import Place, who_saw
from consumers.seen.writing import bytes_of
from instances.journal.router import ALIAS
from tests.integration.seeing import EPOCH, STREAM, said, stretch

pytestmark = pytest.mark.fault

MODELS: Final = (SeenBy, Sighting, SeenAck, SeenPeriod, SeenCost)
STRETCHES: Final = 200_000
SOAKED_STRETCHES: Final = 2_000_000
CONNECTIONS: Final = 50
PATIENCE_SECONDS: Final = 1.0

# What the databases write differently, for the n-th row.
_WORDS: Final = {
    "postgresql": {
        "id": "('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid",
        "by": "('00000000-0000-7000-9000-' || lpad(to_hex(n % {connections}), 12, '0'))::uuid",
        "counted": "generate_series(0, {rows} - 1) AS counted(n)",
        "at": "timestamptz '2026-11-26 12:00Z'",
        "false": "false",
    },
    "sqlite": {
        "id": "printf('0000000000007000800%013x', n)",
        "by": "printf('0000000000007000900%013x', n % {connections})",
        "counted": "(WITH RECURSIVE counted(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < {rows} - 1) "
        "SELECT n FROM counted)",
        "at": "'2026-11-26 12:00:00'",
        "false": "0",
    },
}


class ToTheJournal:
    """Has the tables looked for in the journal's database."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return ALIAS if model in MODELS else None

    db_for_write = db_for_read


@contextmanager
def tables() -> Iterator[None]:
    connection = connections[ALIAS]
    with override_settings(DATABASE_ROUTERS=[ToTheJournal()]):
        with connection.schema_editor() as editor:
            for model in MODELS:
                editor.create_model(model)
        try:
            yield
        finally:
            with connection.schema_editor() as editor:
                for model in reversed(MODELS):
                    editor.delete_model(model)


def fill(rows: int) -> None:
    """Write stretches of 800 offsets each, of so many connections side by side, and a word for each stretch."""
    connection = connections[ALIAS]
    words = {name: text.format(rows=rows, connections=CONNECTIONS) for name, text in _WORDS[connection.vendor].items()}
    of_connections = words["counted"].replace(str(rows), str(CONNECTIONS))
    first = f"(n / {CONNECTIONS}) * 800 + n % {CONNECTIONS} + 1"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET statement_timeout TO 0")
        cursor.execute(
            f"""INSERT INTO consumers_seenby SELECT {words["by"]}, {words["at"]}, 'audit', 'web-1-7', 'c_' || n,
            'token', n, 'olga', '192.0.2.7', 'tail', '[["audit_trail:*", null, true]]' FROM {of_connections}"""
        )
        cursor.execute(
            f"""INSERT INTO consumers_sighting (id, stream, epoch, first, last, first_at, last_at, replayed, by_id)
            SELECT {words["id"]}, '{STREAM}', '{EPOCH}', {first}, {first} + 799, {words["at"]}, {words["at"]},
            {words["false"]}, {words["by"]} FROM {words["counted"]}"""
        )
        cursor.execute(
            f"""INSERT INTO consumers_seenack (id, connection, principal_kind, principal_id, sub, durable, pattern,
            stream, epoch, before, first, last, first_at, last_at)
            SELECT {words["id"]}, 'c_' || (n % {CONNECTIONS}), 'token', n % {CONNECTIONS}, 's1', '', 'audit_trail:*',
            '{STREAM}', '{EPOCH}', {first} - 1, {first} + 799,
            {first} + 799, {words["at"]}, {words["at"]} FROM {words["counted"]}"""
        )
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("SET statement_timeout TO 2000")


@contextmanager
def explained(lines: list[str]) -> Iterator[None]:
    said: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        said.append((sql, params))
        return execute(sql, params, many, context)

    connection = connections[ALIAS]
    with connection.execute_wrapper(note):
        yield
    explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    with connection.cursor() as cursor:
        for sql, params in said:
            cursor.execute(explain + sql, params)
            lines += [str(row[-1]).strip() for row in cursor.fetchall()]


def test_who_saw_an_event_is_found_by_its_place_among_many(journal: str, soaking: bool) -> None:
    rows = SOAKED_STRETCHES if soaking else STRETCHES
    with tables():
        fill(rows)
        for offset in (1_000, rows // CONNECTIONS * 400, rows // CONNECTIONS * 800 - 100):
            place = Place("e", "audit", "audit_trail:x", STREAM, offset, EPOCH, 0)
            lines: list[str] = []
            began = time.monotonic()
            page = who_saw(place, limit=1_000)
            took = time.monotonic() - began
            with explained(lines):
                who_saw(place, limit=1_000)

            assert len(page.rows) == CONNECTIONS
            assert all(row.acknowledged is not None for row in page.rows)
            assert took < PATIENCE_SECONDS
            for table, index in (("sighting", "sighting_place"), ("seenack", "seenack_connection")):
                assert any(index in line for line in lines), lines
                read_whole = [line for line in lines if "Seq Scan" in line or line.startswith("SCAN")]
                assert not any(f"consumers_{table}" in line for line in read_whole), lines
        if journal == "postgresql":
            assert _bytes_of_a_row("consumers_sighting", rows) == pytest.approx(bytes_of(stretch(1, 9)), rel=0.25)
            assert _bytes_of_a_row("consumers_seenack", rows) == pytest.approx(bytes_of(said(1, 9, 9)), rel=0.25)


def _bytes_of_a_row(table: str, rows: int) -> float:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size(%s)", [table])
        return float(cursor.fetchone()[0]) / rows
