"""The process that makes a report: it says how far it is, writes what came of it, and puts its hash on record."""

import logging
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import Error
from django.utils import timezone

from gaterhub.acts.telling import publisher
from gaterhub.reports.forms import json_of
from gaterhub.reports.making import Order, Progress, make
from gaterhub.reports.models import ComplianceReport, note_end, note_failure, note_progress
from gaterhub.reports.starting import told as said_of
from gaterhub.reports.structure import Document
from gaterhub.reports.table import REPORTS
from instances.access.sealing import CannotOpen
from instances.catalog import find
from instances.publishing import publish_event
from instances.schemas import audit

logger = logging.getLogger(__name__)

KEEP_SECONDS: Final = 1.0
"""So old is at most what others see of how far it is."""


class Unmade(Exception):
    """That a report could not be made: why, in a sentence."""


def run(
    row: ComplianceReport,
    *,
    told: Callable[[Progress], None] = lambda progress: None,
    clock: Callable[[], datetime] = timezone.now,
) -> Document:
    """Make the report of a row, and keep it. Raises: Unmade, which is then written down."""
    try:
        document = _made(row, told, clock)
        kept = json_of(document)
        entries = sum(each.entries for each in document.journals)
        there = note_end(
            row.pk,
            kept,
            at=clock(),
            hub_version=document.hub_version,
            schema_version=document.schema_version,
            entries=entries,
            findings=document.findings,
        )
    except KeyboardInterrupt:
        raise _failed(row, "It was interrupted.", clock) from None
    except Error as error:
        raise _failed(row, f"A database could not be read: {type(error).__name__}.", clock) from error
    except CannotOpen as error:
        raise _failed(row, f"Personal values could not be opened: {error}", clock) from error
    except Exception as error:
        # Whatever it is, whoever waits is told; the log has the rest.
        logger.exception("The report %s failed.", row.pk)
        raise _failed(row, f"A fault of the hub's: {type(error).__name__}.", clock) from error
    if not there:
        raise Unmade("It had been given up, since nothing was heard of it for too long.")
    row.refresh_from_db()
    _tell(row, document, len(kept))
    return document


def _made(row: ComplianceReport, told: Callable[[Progress], None], clock: Callable[[], datetime]) -> Document:
    noted: datetime | None = None

    def tell(progress: Progress) -> None:
        nonlocal noted
        told(progress)
        now = clock()
        if noted is None or now - noted >= timedelta(seconds=KEEP_SECONDS):
            noted = now
            _note_unless_busy(row, progress, now)

    order = Order(
        id=str(row.pk),
        report=REPORTS[row.name],
        period=row.period,
        specs=tuple(find(name) for name in row.instances),
        clear=frozenset(row.clear),
        by=row.actor,
        now=row.asked_at,
    )
    return make(order, told=tell)


def _note_unless_busy(row: ComplianceReport, progress: Progress, now: datetime) -> None:
    """Write how far it is; where the database can't take it just now, the next second will do."""
    try:
        note_progress(row.pk, pid=os.getpid(), stage=progress.stage, done=progress.done, whole=progress.whole, at=now)
    except Error as error:
        logger.warning("How far the report %s is could not be written: %s", row.pk, type(error).__name__)


def _failed(row: ComplianceReport, why: str, clock: Callable[[], datetime]) -> Unmade:
    try:
        written = note_failure(row.pk, why, at=clock())
    except Error as error:
        # It is found out by its silence.
        logger.warning("That the report %s failed could not be written: %s", row.pk, type(error).__name__)
        written = True
    if written:
        event = audit.report_made(**said_of(row), outcome="failure", reason=why)
        publish_event(event, publisher=publisher())
    return Unmade(why)


def _tell(row: ComplianceReport, document: Document, size: int) -> None:
    event = audit.report_made(
        **said_of(row),
        sha256=row.sha256,
        size_bytes=size,
        record_count=row.entries,
        finding_count=sum(document.findings.values()),
        outcome="success",
    )
    # What can't be told is in the log, and the row has the hash all the same.
    publish_event(event, publisher=publisher())
