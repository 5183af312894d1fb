"""Compliance reports: those that were made, how far one is, and what it says, as a page, as CSV and as JSON."""

from typing import Final
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from gaterhub.pages.granted import reader_of, rights_of, visible_instances
from gaterhub.reports.asking import find_report, read, reports_for
from gaterhub.reports.forms import csv_of, shown
from gaterhub.reports.models import ComplianceReport
from gaterhub.reports.period import BadPeriod, Period, period_of
from gaterhub.reports.retention import REPORTS_KEPT
from gaterhub.reports.starting import Running, maker_of, start
from gaterhub.reports.table import DEFAULT, REPORTS
from gaterhub.reports.visible import clear_to, covered, may_report
from instances.error_codes import Refusal

ROWS_SHOWN: Final = 100
VALUE_MAX_CHARACTERS: Final = 60


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def reports(request: HttpRequest) -> HttpResponse:
    """Show the reports that the reader may read, and have one made by POST."""
    _refuse_without_rights(request)
    said = {name: request.POST.get(name, "")[:VALUE_MAX_CHARACTERS] for name in ("from", "to", "month")}
    wrong: BadPeriod | None = None
    trouble: Refusal | None = None
    if request.method == "POST":
        try:
            period = period_of(begins=said["from"], ends=said["to"], month=said["month"], now=timezone.now())
            report = REPORTS.get(request.POST.get("report", DEFAULT), REPORTS[DEFAULT])
            row = start(report, period, by=maker_of(reader_of(request)))
        except BadPeriod as error:
            wrong = error
        except Refusal as refusal:
            trouble = refusal
        else:
            return HttpResponseRedirect(reverse("report", args=[row.pk]))
    rights, now = rights_of(request), timezone.now()
    clear = clear_to(rights)
    context = {
        "instances": visible_instances(request),
        "kinds": list(REPORTS.values()),
        "rows": [(row, row.state_at(now)) for row in reports_for(rights, limit=ROWS_SHOWN)],
        "rows_shown": ROWS_SHOWN,
        "said": said,
        "errors": {} if wrong is None else {wrong.field: wrong.message},
        "trouble": trouble,
        "running": trouble.report if isinstance(trouble, Running) else None,
        "covered": [(spec.name, spec.name in clear) for spec in covered(rights)],
        "days_kept": REPORTS_KEPT.days,
        "api_url": reverse("api:reports"),
    }
    return render(request, "pages/reports.html", context)


@require_safe
@login_required
def report(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show a report, or how far it is, or why it failed."""
    row, now = _found(request, id), timezone.now()
    state = row.state_at(now)
    context = {"instances": visible_instances(request), "row": row, "state": state}
    if state == ComplianceReport.State.FINISHED:
        document = read(row, reader_of(request), form="html")
        context |= {"document": document, "sha256": row.sha256, **shown(document)}
    elif state == ComplianceReport.State.RUNNING:
        context["api_url"] = reverse("api:report", args=[row.pk])
    answer = render(request, "pages/report.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
@login_required
def report_csv(request: HttpRequest, id: UUID) -> HttpResponse:
    row = _made(request, id)
    text = csv_of(read(row, reader_of(request), form="csv"))
    # The mark at the beginning has spreadsheets read it as UTF-8.
    return _file(row, "csv", text.encode("utf-8-sig"), "text/csv; charset=utf-8; header=present")


@require_safe
@login_required
def report_json(request: HttpRequest, id: UUID) -> HttpResponse:
    """Send the very bytes that the report's hash is of."""
    row = _made(request, id)
    read(row, reader_of(request), form="json")
    return _file(row, "json", row.document.encode(), "application/json")


def _file(row: ComplianceReport, form: str, body: bytes, content_type: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="gaterhub-{row.name}-{_days(row.period)}.{form}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _days(period: Period) -> str:
    return f"{period.begins:%Y-%m-%d}-to-{period.ends:%Y-%m-%d}"


def _made(request: HttpRequest, id: UUID) -> ComplianceReport:
    """Return a report that is made. Raises: PermissionDenied, Http404."""
    row = _found(request, id)
    if row.state != ComplianceReport.State.FINISHED:
        raise Http404("The report is not made.")
    return row


def _found(request: HttpRequest, id: UUID) -> ComplianceReport:
    """Raises: PermissionDenied, Http404."""
    _refuse_without_rights(request)
    row = find_report(id, rights_of(request))
    if row is None:
        raise Http404("There is no such report.")
    return row


def _refuse_without_rights(request: HttpRequest) -> None:
    """Raises: PermissionDenied."""
    if not may_report(rights_of(request)):
        raise PermissionDenied(
            "Reports tell of all evidence, so they are for those who may query all of audit and security. Ask an "
            "administrator of this hub for a role, such as auditor."
        )
