"""Entries as sections are shown them, without a journal."""

from itertools import count
from typing import Any, Final
from uuid import UUID

from gaterhub.reports.entries import JournalPart, Taken
from gaterhub.reports.naming import Names
from gaterhub.reports.period import Period, period_of
from gaterhub.reports.section import Gatherer, Making, Result, Section
from instances.catalog import find
from instances.journal.models import UNKNOWN
from tests.seeded_month import BEGINS, BEGINS_MS, ENDS

MONTH: Final = period_of(begins="", ends="", month="2026-02", now=ENDS)
_indexes = count()


def making(*clear: str) -> Making:
    parts = tuple(JournalPart(find(name), 0, ()) for name in ("security", "audit"))
    return Making(Period(BEGINS, ENDS), ENDS, parts, Names(clear or ("security", "audit")))


def taken(instance: str, event_type: str, at_ms: int = 0, *, topic: str = "a:b", **said: Any) -> Taken:
    """Return an entry; `said` are its data, of which the columns are what they are named."""
    index = next(_indexes)
    return Taken(
        instance=instance,
        index=index,
        id=UUID(int=index),
        topic=topic,
        event_type=event_type,
        actor_column=said.get("actor", UNKNOWN),
        action=said.get("action", event_type),
        resource=said.get("resource", UNKNOWN),
        outcome=said.get("outcome", UNKNOWN),
        origin_column=said.get("ip_address", said.get("origin", UNKNOWN)),
        occurred_ms=BEGINS_MS + at_ms,
        schema_version=1,
        data=said,
        metadata={},
    )


def gathered(section: Section, *entries: Taken, clear: tuple[str, ...] = ()) -> Result:
    gatherer: Gatherer = section.begin(making(*clear))
    for each in entries:
        gatherer.take(each)
    return gatherer.result()


def found(result: Result) -> list[tuple[str, int]]:
    return [(each.kind, each.count) for each in result.findings]


def figures(result: Result) -> dict[str, Any]:
    return {each.name: each.value for each in result.figures}
