"""`GET` and `POST reports/`, `GET reports/{id}/`: compliance reports, made by a process of their own and kept."""

from datetime import datetime
from typing import Annotated, Final

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Meta, Struct, field
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gaterhub.api.authentication import caller
from gaterhub.api.body import read_struct
from gaterhub.api.openapi import answer_of, problems, shape
from gaterhub.api.question import PAGING, check_parameters, limit_of
from gaterhub.reports.asking import find_report, read, reports_for
from gaterhub.reports.models import ComplianceReport
from gaterhub.reports.period import BadPeriod, period_of
from gaterhub.reports.starting import maker_of, start
from gaterhub.reports.structure import Document
from gaterhub.reports.table import DEFAULT, REPORTS
from gaterhub.reports.visible import may_report
from instances.access.principal import Principal
from instances.error_codes import Refusal

BODY_MAX_BYTES: Final = 4 * 1024
_ID: Final = OpenApiParameter("id", str, OpenApiParameter.PATH, description="As the answer to its making told it.")


class ReportRequest(Struct, forbid_unknown_fields=True):
    """Which report, and of which time: a month, or from and to."""

    report: Annotated[str, Meta(description=f"{', '.join(REPORTS)}.")] = DEFAULT
    begins: Annotated[str, Meta(description="A day of UTC, or a time with its zone.")] = field(name="from", default="")
    ends: Annotated[str, Meta(description="The last day, whole; or up to that time, exclusive.")] = field(
        name="to", default=""
    )
    month: Annotated[str, Meta(description="Instead of the two, such as `2026-10`.")] = ""


class ReportRow(Struct, frozen=True):
    """One report, without what it says."""

    id: str
    report: str
    title: str
    begins: Annotated[int, Meta(description="Milliseconds since 1970 UTC.")] = field(name="from")
    ends: Annotated[int, Meta(description="Exclusive.")] = field(name="to")
    state: Annotated[str, Meta(description="`running`, `finished` or `failed`.")]
    stage: Annotated[str, Meta(description="What it is doing, while it is made.")]
    percent: Annotated[int, Meta(description="How much of it is done.")]
    trouble: Annotated[str, Meta(description="Why it failed; empty unless it has.")]
    by: str
    asked: Annotated[int, Meta(description="When somebody asked for it, in milliseconds since 1970 UTC.")]
    finished: Annotated[int | None, Meta(description="When it was made.")]
    journals: tuple[str, ...]
    personal: Annotated[tuple[str, ...], Meta(description="Of these it shows personal fields in the clear.")]
    entries: int
    findings: Annotated[dict[str, int], Meta(description="How many of each severity: `high`, `medium`, `low`.")]
    sha256: Annotated[str, Meta(description="Of the JSON that the page offers; empty until it is made.")]
    hub_version: str
    schema_version: int


class ReportRows(Struct, frozen=True):
    results: list[ReportRow]
    next: Annotated[str | None, Meta(description="The cursor of the next page; null where there is no more.")]


class ReportDetail(Struct, frozen=True):
    """One report with what it says."""

    report: ReportRow
    document: Annotated[Document | None, Meta(description="Null until it is made.")]


class ReportsView(APIView):
    @extend_schema(
        operation_id="list_reports",
        summary="Compliance reports",
        parameters=PAGING[1:],
        responses={200: answer_of(ReportRows, "Reports, the newest first."), **problems(400, 401, 403, 503)},
    )
    def get(self, request: Request) -> Response:
        """The reports that the caller may read. Needs a grant to query all of `audit` and `security`."""
        rights, said = _reporter(request).rights, request.query_params
        check_parameters(said, ("after", "limit"))
        limit, after = limit_of(said), None
        if "after" in said:
            after = find_report(said["after"], rights)
            if after is None:
                raise Refusal("bad_request", "`after` is the `next` of a page before; leave it out for the first page.")
        rows = reports_for(rights, after=after, limit=limit + 1)
        now = timezone.now()
        following = str(rows[limit - 1].pk) if len(rows) > limit else None
        return _private(ReportRows([_row(row, now) for row in rows[:limit]], following))

    @extend_schema(
        operation_id="make_report",
        summary="Make a compliance report",
        request={"application/json": shape(ReportRequest)},
        responses={202: answer_of(ReportRow, "It is being made."), **problems(400, 401, 403, 409, 413, 415, 503)},
    )
    def post(self, request: Request) -> Response:
        """Have a report made by a process of its own, of what the caller may query; on record before it begins."""
        who = _reporter(request)
        asked = read_struct(request._request, ReportRequest, max_bytes=BODY_MAX_BYTES)
        report = REPORTS.get(asked.report)
        if report is None:
            raise Refusal("bad_request", f"`report`: there is {', '.join(REPORTS)}, and no {asked.report[:80]!r}.")
        now = timezone.now()
        try:
            period = period_of(begins=asked.begins, ends=asked.ends, month=asked.month, now=now)
        except BadPeriod as error:
            raise Refusal("bad_request", f"`{error.field}`: {error.message}") from error
        row = start(report, period, by=maker_of(who))
        return _private(_row(row, now), status=202)


class ReportView(APIView):
    @extend_schema(
        operation_id="get_report",
        summary="One compliance report",
        parameters=[_ID],
        responses={200: answer_of(ReportDetail, "How far it is, or what it says."), **problems(401, 404, 503)},
    )
    def get(self, request: Request, id: str) -> Response:
        """How far a report is, and once it is made, what it says; reading that is on record."""
        who = caller(request)
        row = find_report(id, who.rights)
        if row is None:
            raise Refusal("not_found", "There is no such report.")
        finished = row.state == ComplianceReport.State.FINISHED
        document = read(row, who, form="api") if finished else None
        return _private(ReportDetail(_row(row, timezone.now()), document))


def _reporter(request: Request) -> Principal:
    """Return the caller, who may have reports made. Raises: Refusal."""
    who = caller(request)
    if not may_report(who.rights):
        raise Refusal(
            "forbidden", "Reports are for those who are granted to query all of audit and security; ask an operator."
        )
    return who


def _row(row: ComplianceReport, now: datetime) -> ReportRow:
    state = row.state_at(now)
    return ReportRow(
        id=str(row.pk),
        report=row.name,
        title=row.title,
        begins=_ms(row.begins),
        ends=_ms(row.ends),
        state=state,
        stage=row.stage if state == ComplianceReport.State.RUNNING else "",
        percent=100 if state == ComplianceReport.State.FINISHED else row.percent,
        trouble=row.why_failed() if state == ComplianceReport.State.FAILED else "",
        by=row.actor,
        asked=_ms(row.asked_at),
        finished=None if row.finished_at is None else _ms(row.finished_at),
        journals=tuple(row.instances),
        personal=tuple(row.clear),
        entries=row.entries,
        findings=row.findings,
        sha256=row.sha256,
        hub_version=row.hub_version,
        schema_version=row.schema_version,
    )


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _private(body: object, status: int = 200) -> Response:
    answer = Response(body, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
