"""Making a report: each journal is read once, in pages, by all sections together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings

from gaterhub.reports.entries import pages_of, part_of
from gaterhub.reports.naming import Names
from gaterhub.reports.period import Period, stamp
from gaterhub.reports.section import Gatherer, Making
from gaterhub.reports.structure import SCHEMA_VERSION, Document, Gathered, ReportedJournal, severities
from gaterhub.reports.table import Report
from instances.journal.router import ALIAS
from instances.spec import InstanceSpec

CONCLUDING: Final = "Concluding"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a report is: entries, each counted once for every time that it is gone through."""

    stage: str
    done: int
    whole: int


@dataclass(frozen=True, slots=True)
class Order:
    """A report that is to be made."""

    id: str
    report: Report
    period: Period
    specs: Sequence[InstanceSpec]
    """The journals that it is of."""
    clear: frozenset[str]
    """Those of them whose personal fields are shown in the clear."""
    by: str
    now: datetime


def make(order: Order, *, told: Callable[[Progress], None] = lambda progress: None, using: str = ALIAS) -> Document:
    """Make a report. Blocks on the databases for as long as it takes, and reads in no transaction.

    1. How far each journal is numbered bounds it: what comes meanwhile is no part of it.
    2. Every entry of the period is shown to every section.
    3. Each section says what it found; what it has to go through by itself comes here.
    Raises what the database raises.
    """
    parts = tuple(part_of(spec, order.period, using=using) for spec in order.specs)
    done = whole = 0

    def tell(stage: str, more: int) -> None:
        nonlocal done
        done += more
        told(Progress(stage, min(done, whole), whole))

    making = Making(order.period, order.now, parts, Names(order.clear), tell, using)
    gatherers: list[Gatherer] = [section.begin(making) for section in order.report.sections]
    whole = sum(each.entries for each in parts) + sum(each.work() for each in gatherers)
    journals = []
    takes = [each.take for each in gatherers]
    for part in parts:
        entries = 0
        tell(f"Reading {part.spec.name}", 0)
        for looked_at, page in pages_of(part, order.period, using=using):
            for entry in page:
                for take in takes:
                    take(entry)
            entries += len(page)
            tell(f"Reading {part.spec.name}", looked_at)
        journals.append(ReportedJournal(part.spec.name, entries, part.spec.name in order.clear))
    sections = tuple(
        _gathered(section.name, section.title, section.purpose, gatherer)
        for section, gatherer in zip(order.report.sections, gatherers, strict=True)
    )
    tell(CONCLUDING, 0)
    return Document(
        schema_version=SCHEMA_VERSION,
        hub_version=settings.GATERHUB_VERSION,
        id=order.id,
        report=order.report.name,
        title=order.report.title,
        purpose=order.report.purpose,
        begins=stamp(order.period.from_ms),
        ends=stamp(order.period.to_ms),
        made_at=stamp(round(order.now.timestamp() * 1000)),
        made_by=order.by,
        journals=tuple(journals),
        findings=severities(sections),
        sections=sections,
    )


def _gathered(name: str, title: str, purpose: str, gatherer: Gatherer) -> Gathered:
    result = gatherer.result()
    return Gathered(name, title, purpose, tuple(result.figures), tuple(result.tables), tuple(result.findings))
