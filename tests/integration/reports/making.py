"""Reports of planted journals, made on this thread."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from gaterhub.reports.making import Order, make
from gaterhub.reports.period import Period
from gaterhub.reports.structure import Document, Finding, Gathered
from gaterhub.reports.table import REPORTS
from instances.catalog import find
from tests.seeded_month import BEGINS, ENDS

EVIDENCE: Final = REPORTS["evidence"]
MONTH: Final = Period(BEGINS, ENDS)
SOON_AFTER: Final = ENDS + timedelta(hours=1)


def made(
    *,
    instances: Sequence[str] = ("security", "audit"),
    clear: Sequence[str] = ("security", "audit"),
    period: Period = MONTH,
    now: datetime = SOON_AFTER,
) -> Document:
    """Make a report of the month, an hour after it is over."""
    specs = tuple(find(name) for name in instances)
    return make(Order("r-1", EVIDENCE, period, specs, frozenset(clear), "user:anna", now))


def section(document: Document, name: str) -> Gathered:
    return next(each for each in document.sections if each.name == name)


def findings(document: Document, *names: str) -> list[Finding]:
    """Return the findings of these sections, or of all."""
    return [each for one in document.sections if not names or one.name in names for each in one.findings]


def figures(document: Document, name: str) -> dict[str, object]:
    return {each.name: each.value for each in section(document, name).figures}


def rows(document: Document, name: str, table: str) -> list[tuple[object, ...]]:
    return [row for each in section(document, name).tables if each.name == table for row in each.rows]
