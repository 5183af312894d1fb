"""Beginning a report: on record in `audit` first, then made by a process of its own."""

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from gaterhub.acts.actor import current_actor
from gaterhub.acts.telling import publisher
from gaterhub.reports.models import ComplianceReport, note_failure, note_process, settle
from gaterhub.reports.period import Period
from gaterhub.reports.table import Report
from gaterhub.reports.visible import KEPT, clear_to, covered
from instances.access.principal import Principal
from instances.error_codes import Refusal
from instances.journal.verification_start import Start, start_process
from instances.publishing.required import audit_required
from instances.schemas import audit
from instances.spec import InstanceSpec

COMMAND: Final = "compliance_report"
SHELL: Final = "os"
"""The kind of maker who runs the command."""


class Running(Refusal):
    """That a report is being made, and another would only slow it down."""

    def __init__(self, report: ComplianceReport | None) -> None:
        which = "Another report" if report is None else f"The report {report.pk}"
        super().__init__("conflict", f"{which} is being made; only one is at a time. Try again when it has ended.")
        self.report = report


class NotStarted(Refusal):
    """That the host could start no process."""

    def __init__(self, why: str) -> None:
        super().__init__("unavailable", f"The report could not be started: {why}.")


@dataclass(frozen=True, slots=True)
class Maker:
    """For whom a report is made: what it is of, and whose names it shows."""

    kind: str
    name: str
    specs: tuple[InstanceSpec, ...]
    clear: frozenset[str]
    address: str | None = None


def maker_of(principal: Principal) -> Maker:
    """Return a caller as a maker, with the report that its rights allow."""
    rights = principal.rights
    address = current_actor().get("ip_address")
    return Maker(principal.kind, principal.name, covered(rights), clear_to(rights), address)


def at_a_shell(*, personal: bool) -> Maker:
    """Return whoever runs a command here: who has a shell on the hub's host has the hub."""
    kind, _, name = current_actor()["actor"].partition(":")
    return Maker(kind, name, KEPT, frozenset(spec.name for spec in KEPT) if personal else frozenset())


def begin(report: Report, period: Period, *, by: Maker, pid: int = 0) -> ComplianceReport:
    """Put on record that a report is made, and return its row. Raises: Running; NotRecorded.

    1. Those whose process is gone have failed; while one runs, no other begins.
    2. It is on record in `audit`, or nothing is done.
    3. The row is there; of two who came at once the database lets one have it.
    """
    now = timezone.now()
    settle(now)
    running = ComplianceReport.objects.filter(state=ComplianceReport.State.RUNNING).first()
    if running is not None:
        raise Running(running)
    row = ComplianceReport(
        name=report.name,
        begins=period.begins,
        ends=period.ends,
        instances=[spec.name for spec in by.specs],
        clear=sorted(by.clear),
        made_by_kind=by.kind,
        made_by=by.name,
        asked_at=now,
        updated_at=now,
        pid=pid,
    )
    said = told(row) | ({} if by.address is None else {"ip_address": by.address})
    audit_required(audit.report_started.topic, audit.report_started.name, data=said, publisher=publisher())
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Running(None) from error
    return row


def start(report: Report, period: Period, *, by: Maker, process: Start | None = None) -> ComplianceReport:
    """Have a report made by a process of its own, and return its row to be watched.

    Raises: Running; NotStarted; NotRecorded.
    """
    row = begin(report, period, by=by)
    try:
        pid = (process or start_process)([COMMAND, "--run", str(row.pk)])
    except OSError as error:
        note_failure(row.pk, f"No process could be started: {error.strerror}.", at=timezone.now())
        raise NotStarted(str(error.strerror)) from error
    if pid is not None:
        note_process(row.pk, pid)
    return row


def here(report: Report, period: Period, *, by: Maker) -> ComplianceReport:
    """Begin a report that this process makes itself. Raises: Running; NotRecorded."""
    return begin(report, period, by=by, pid=os.getpid())


def told(row: ComplianceReport) -> dict[str, Any]:
    """Return what `audit` is told of a report."""
    return {
        "actor": row.actor,
        "actor_kind": row.made_by_kind,
        "resource": f"report:{row.pk}",
        "report": row.name,
        "from_at": _ms(row.begins),
        "to_at": _ms(row.ends),
        "journals": row.instances,
        "personal": row.clear,
        "origin": "shell" if row.made_by_kind == SHELL else "web",
    }


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
