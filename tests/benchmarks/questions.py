"""Measures how long a page of evidence takes, by each filter alone: rare and common values, both orders, deep cursors.

A process of its own. Its orders are JSON on standard input, and what it finds goes to standard output.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import django
import psycopg

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from instances.journal.query import cursor_at, find_entries  # noqa: E402  Apps have to be ready before models are imported.
from instances.retained import Order, Question  # noqa: E402
from instances.topics import Pattern  # noqa: E402
from tests import journals  # noqa: E402
from tests.benchmarks.results import QuestionFindings  # noqa: E402
from tests.conftest import service_url  # noqa: E402
from tests.filled_journal import (  # noqa: E402
    AUDIT,
    BEGAN_MS,
    BUSY,
    BUSY_ADDRESS,
    EACH_MS,
    SELDOM,
    SELDOM_ADDRESS,
    fill,
)

REPEATS: Final = 20
PAGE: Final = 100
ORDERS: Final[tuple[Order, ...]] = ("asc", "desc")
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"

TOPICS: Final = (
    "*",
    "audit_trail:3",
    "audit_trail:one:x",
    "audit_trail:team:*",
    "audit_trail:*",
    "audit_trail:*:x",
    "compliance_events:*",
    "undeclared:*",
    "*:gdpr",
    "*:x:*",
)
TYPES: Final = ("one", "seldom", "evidence_read", "none")
VALUES: Final = {
    "actor": ("service-3", BUSY, SELDOM, "none"),
    "action": ("one", "write", "none"),
    "resource": ("one", "report:7", "none"),
    "outcome": ("one", "success", "failure", "old", "none"),
    "origin": ("web", BUSY_ADDRESS, SELDOM_ADDRESS, "none"),
    "correlation_id": ("trace-1000", "none"),
}


@dataclass(frozen=True)
class Asked:
    """What is asked of a filled journal, and how it is called."""

    name: str
    topic: str = "*"
    filters: tuple[tuple[str, str], ...] = ()
    event_type: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None


def asked(size: int) -> Iterator[Asked]:
    """Yield the questions by one filter each, and one by several."""
    for topic in TOPICS:
        yield Asked(f"topic={topic}", topic=topic)
    for event_type in TYPES:
        yield Asked(f"event_type={event_type}", event_type=event_type)
    for name, values in VALUES.items():
        for value in values:
            yield Asked(f"{name}={value}", filters=((name, value),))
    middle, end = BEGAN_MS + size // 2 * EACH_MS, BEGAN_MS + size * EACH_MS
    yield Asked("from the middle on", from_ms=middle)
    yield Asked("up to the middle", to_ms=middle)
    yield Asked("an hour of the middle", from_ms=middle, to_ms=middle + 3_600_000)
    yield Asked("the last minute", from_ms=end - 60_000)
    yield Asked("the first minute", to_ms=BEGAN_MS + 60_000)
    several = ("actor", BUSY), ("outcome", "failure")
    yield Asked("actor, outcome, family and time", "audit_trail:*", several, from_ms=middle)


def measure(database: str, size: int) -> list[QuestionFindings]:
    """Ask each question of the journal that the alias names now, and time its pages once they are warm."""
    fill(size)
    found = []
    for each in asked(size):
        took: list[float] = []
        most = 0
        for order in ORDERS:
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
    with tempfile.TemporaryDirectory(prefix="gaterhub-bench-") as folder:
        template = journals.make_sqlite_template(Path(folder) / "template.sqlite3")
        with journals.sqlite_journal(template, Path(folder)):
            found = measure(SQLITE, size)
    url = service_url("GATERHUB_TEST_DATABASE_URL")
    if url is not None and _answers(url):
        name = journals.make_postgres_template(url)
        try:
            with journals.PostgresJournals(url, name).one(spent=True):
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


def main() -> int:
    """Write the measurements as JSON to standard output."""
    json.dump([asdict(row) for row in measure_all(json.load(sys.stdin)["entries"])], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
