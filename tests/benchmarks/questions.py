"""How long a page of evidence takes, by each filter alone: values that are rare and common, both orders, deep cursors.

Run by itself: it reads what to do as JSON from its standard input, and writes what it found as JSON.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import django
import psycopg

from tests.conftest import service_url

REPEATS: Final = 20
PAGE: Final = 100
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


@dataclass(frozen=True)
class QuestionFindings:
    """Milliseconds of the pages of one question, of both orders, from the end and from the middle."""

    database: str
    entries: int
    question: str
    p50_ms: float
    p95_ms: float
    events: int
    """On the fullest of those pages."""


@dataclass(frozen=True)
class Asked:
    name: str
    topic: str = "*"
    filters: tuple[tuple[str, str], ...] = ()
    event_type: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None


def asked(size: int) -> Iterator[Asked]:
    """Yield what is asked of a filled journal."""
    from tests.filled_journal import BEGAN_MS, BUSY, BUSY_ADDRESS, EACH_MS, SELDOM, SELDOM_ADDRESS

    yield Asked("everything")
    for topic in ("audit_trail:3", "audit_trail:one:x", "audit_trail:team:*", "audit_trail:*", "audit_trail:*:x"):
        yield Asked(f"topic={topic}", topic=topic)
    for topic in ("compliance_events:*", "undeclared:*", "*:gdpr", "*:x:*"):
        yield Asked(f"topic={topic}", topic=topic)
    for event_type in ("one", "seldom", "evidence_read", "none"):
        yield Asked(f"event_type={event_type}", event_type=event_type)
    for name, values in (
        ("actor", ("service-3", BUSY, SELDOM, "none")),
        ("action", ("one", "write", "none")),
        ("resource", ("one", "report:7", "none")),
        ("outcome", ("one", "success", "failure", "old", "none")),
        ("origin", ("web", BUSY_ADDRESS, SELDOM_ADDRESS, "none")),
        ("correlation_id", ("trace-1000", "none")),
    ):
        for value in values:
            yield Asked(f"{name}={value}", filters=((name, value),))
    middle, end = BEGAN_MS + size // 2 * EACH_MS, BEGAN_MS + size * EACH_MS
    yield Asked("from the middle on", from_ms=middle)
    yield Asked("up to the middle", to_ms=middle)
    yield Asked("an hour of the middle", from_ms=middle, to_ms=middle + 3_600_000)
    yield Asked("the last minute", from_ms=end - 60_000)
    yield Asked("the first minute", to_ms=BEGAN_MS + 60_000)
    yield Asked(
        "actor, outcome, family, an hour", "audit_trail:*", (("actor", BUSY), ("outcome", "failure")), None, middle
    )


def measure(database: str, size: int) -> list[QuestionFindings]:
    """Ask each question of the journal that the alias names now, warm, and time it."""
    from instances.journal.query import cursor_at, find_entries
    from instances.retained import Question
    from instances.topics import Pattern
    from tests.filled_journal import AUDIT, fill

    fill(size)
    found = []
    for each in asked(size):
        took, most = [], 0
        for order in ("asc", "desc"):
            question = Question(
                spec=AUDIT,
                pattern=Pattern(each.topic),
                event_type=each.event_type,
                from_ms=each.from_ms,
                to_ms=each.to_ms,
                order=order,
            )
            filters = dict(each.filters)
            for after in (None, cursor_at(size // 2 + 7, question, filters)):
                find_entries(question, filters, after=after, limit=PAGE)
                for _ in range(REPEATS):
                    began_at = time.perf_counter()
                    page = find_entries(question, filters, after=after, limit=PAGE)
                    took.append((time.perf_counter() - began_at) * 1000)
                    most = max(most, len(page.wires))
        took.sort()
        p50, p95 = took[len(took) // 2], took[int(len(took) * 0.95)]
        found.append(QuestionFindings(database, size, each.name, p50, p95, most))
    return found


def measure_all(size: int) -> list[QuestionFindings]:
    """Measure on SQLite, and on PostgreSQL where `make services` or the environment has one."""
    from tests import journals

    with tempfile.TemporaryDirectory(prefix="gaterhub-bench-") as folder:
        template = journals.make_sqlite_template(Path(folder) / "template.sqlite3")
        with journals.sqlite_journal(template, Path(folder)):
            found = measure(SQLITE, size)
    url = service_url("GATERHUB_TEST_DATABASE_URL")
    if url is not None and _answers(url):
        name = journals.make_postgres_template(url)
        try:
            with journals.postgres_journal(url, name):
                found += measure(POSTGRESQL, size)
        finally:
            journals.drop(url, name)
    return found


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


if __name__ == "__main__":
    orders: dict[str, Any] = json.load(sys.stdin)
    django.setup()
    json.dump([asdict(row) for row in measure_all(orders["entries"])], sys.stdout)
