"""What databases do for a question among many entries: every statement of it goes through an index, and through which.

A tenth of a million entries here, a million under `make soak`; the plans are the same.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from instances.access.rights import EVERYTHING
from instances.journal.query import read_entry, read_page
from instances.journal.router import ALIAS
from instances.retained import Question
from instances.topics import Pattern
from tests.filled_journal import AUDIT, BEGAN_MS, BUSY, BUSY_ADDRESS, EACH_MS, SELDOM, SELDOM_ADDRESS, fill, id_of

pytestmark = pytest.mark.fault

LARGE = ("journal_auditentry", "journal_personalpart")
ENTRIES = 100_000
SOAKED_ENTRIES = 1_000_000

# By what is asked, the indexes one of which has to serve it. Values of one entry, of many, and of none.
FILTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "action": ("auditentry_action", ("one", "write", "none")),
    "resource": ("auditentry_resource", ("one", "report:7", "none")),
    "outcome": ("auditentry_outcome", ("one", "success", "old", "none")),
    "correlation_id": ("auditentry_correlation_id", ("trace-1000", "none")),
    "actor": ("auditentry_actor personalpart_actor", ("service-3", BUSY, SELDOM, "none")),
    "origin": ("auditentry_origin personalpart_origin", ("web", BUSY_ADDRESS, SELDOM_ADDRESS, "none")),
}
TOPICS = {
    "audit_trail:3": "auditentry_topic",
    "audit_trail:one:x": "auditentry_topic",
    "audit_trail:team:*": "auditentry_topic",
    "compliance_events:*": "auditentry_stream",
    "audit_trail:*": "auditentry_stream",
    "audit_trail:*:x": "auditentry_stream",
    "undeclared:*": "auditentry_topic",
    "*:gdpr": "",
    "*": "",
}
TYPES = ("one", "seldom", "evidence_read", "none")

COMMON = {"action=write", "outcome=success", "type=evidence_read", "topic=audit_trail:*", "topic=audit_trail:*:x"}
"""What most entries are: a database may as well go through all in their order, by the index of that."""


class Plans:
    """What a database said it would do for the statements of a question."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextmanager
    def taken(self) -> Iterator[None]:
        said: list[tuple[str, Any]] = []

        def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            said.append((sql, params))
            return execute(sql, params, many, context)

        connection = connections[ALIAS]
        with connection.execute_wrapper(note):
            yield
        explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
        with connection.cursor() as cursor:
            for sql, params in said:
                cursor.execute(explain + sql, params)
                self.lines += [str(row[-1]).strip() for row in cursor.fetchall()]

    def read_whole(self) -> list[str]:
        """Return the lines that say that a large table, or a whole index of one, is read from end to end."""
        return [
            line
            for line in self.lines
            if any(table in line for table in LARGE) and ("Seq Scan" in line or line.startswith("SCAN"))
        ]


def plans(filters: dict[str, str] | None = None, *, topic: str = "*", **more: Any) -> Plans:
    """Explain a question's first page, and one from the middle on."""
    found = Plans()
    question = Question(spec=AUDIT, pattern=Pattern(topic), **more)
    with found.taken():
        for place in (None, ENTRIES // 2 + 7):
            read_page(question, filters or {}, place=place, limit=100)
    return found


def test_questions_go_through_an_index_by_each_filter_alone(journal: str, soaking: bool) -> None:
    """One test for all of them, because filling a journal takes longer than all questions."""
    fill(SOAKED_ENTRIES if soaking else ENTRIES)

    asked: list[tuple[str, str, Plans]] = []
    for order in ("asc", "desc"):
        for name, (indexes, values) in FILTERS.items():
            asked += [(f"{name}={value}", indexes, plans({name: value}, order=order)) for value in values]
        asked += [(f"topic={topic}", index, plans(topic=topic, order=order)) for topic, index in TOPICS.items()]
        asked += [(f"type={each}", "auditentry_event_type", plans(event_type=each, order=order)) for each in TYPES]
        for from_ms, to_ms in ((BEGAN_MS + 50_000 * EACH_MS, None), (None, BEGAN_MS + 5_000 * EACH_MS)):
            asked.append((f"{from_ms} {to_ms}", "", plans(order=order, from_ms=from_ms, to_ms=to_ms)))
    one = Plans()
    with one.taken():
        assert read_entry(AUDIT, UUID(id_of(7)), EVERYTHING) is not None
    asked.append(("one entry", "", one))

    for question, indexes, found in asked:
        assert found.read_whole() == [], question
        for index in [] if question in COMMON else indexes.split():
            assert any(index in line for line in found.lines), (question, found.lines)
