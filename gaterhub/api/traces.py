"""`GET` and `POST traces/`, `GET` and `DELETE traces/{id}/`: events followed through the hub, for ten minutes."""

from typing import Annotated, Final

from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consumers.explorer.tracing import PERMISSION, TraceRead, list_traces, read_trace, start_trace, stop_trace
from consumers.inspector.acting import Operator
from gaterhub.api.authentication import caller
from gaterhub.api.body import read_struct
from gaterhub.api.openapi import answer_of, problems, shape
from gaterhub.api.question import check_parameters
from instances.access.permissions import require
from instances.access.principal import Principal
from instances.error_codes import Refusal
from instances.event import now_ms
from instances.explorer.traced import SHOWN_MAX, TRACE_SECONDS, TRACES_MAX, Record, Traced

BODY_MAX_BYTES: Final = 16 * 1024
NO_REASON: Final = "no reason was given"
_ID: Final = OpenApiParameter("id", str, OpenApiParameter.PATH, description="As its start told it.")


class TraceRequest(Struct, forbid_unknown_fields=True):
    """What to follow: a pattern of an instance, or a publisher."""

    reason: Annotated[str, Meta(description="Why; it stands in the audit trail.")]
    instance: Annotated[str | None, Meta(description="Needed with a pattern; else all that may be read.")] = None
    pattern: str | None = None
    publisher: Annotated[str | None, Meta(description="The name that its events carry.")] = None
    seconds: Annotated[int, Meta(description=f"1 to {TRACE_SECONDS}.")] = TRACE_SECONDS


class TraceRow(Struct, frozen=True):
    """One trace."""

    id: str
    running: bool
    instances: Annotated[tuple[str, ...], Meta(description="That it looks at.")]
    pattern: str
    publisher: str | None
    by: str
    reason: str
    started: Annotated[int, Meta(description="Milliseconds since 1970 UTC.")]
    ends: Annotated[int, Meta(description="When it ends by itself, in milliseconds since 1970 UTC.")]


class TraceRows(Struct, frozen=True):
    results: list[TraceRow]
    most: Annotated[int, Meta(description="How many may run at a time.")]


class TraceConnection(Struct, frozen=True):
    id: str
    principal: str


class TraceStep(Struct, frozen=True):
    """One step of one event, or a gap that followers were told. It holds no data of the event."""

    at: Annotated[int, Meta(description="By the clock of the process, in milliseconds since 1970 UTC.")]
    process: str
    step: Annotated[
        str,
        Meta(
            description="`accepted`, `refused`, `stored`, `repeated`, `committed`, `spooled`, `numbered`, `broadcast`, "
            "`not_broadcast`, `arrived`, `delivered`, `dropped`, `conflated`, `closed` or `gap`."
        ),
    ]
    instance: str
    topic: Annotated[str | None, Meta(description="Null of a gap, and where it could not be read.")]
    event_type: str
    event: Annotated[str | None, Meta(description="Its id.")]
    publisher: str | None
    stream: str
    position: str
    code: Annotated[str, Meta(description="Of a refusal.")]
    message: str
    connections: Annotated[tuple[TraceConnection, ...], Meta(description="To or for which, as far as they are named.")]
    more_connections: Annotated[int, Meta(description="That are not named.")]


class TraceDetail(Struct, frozen=True):
    """A trace with its newest steps, in order of time."""

    trace: TraceRow
    at: Annotated[int, Meta(description="The hub's clock, in milliseconds since 1970 UTC.")]
    steps: list[TraceStep]
    more: Annotated[int, Meta(description="Steps before these, which are not shown.")]
    processes: int
    silent: tuple[str, ...]


class TracesView(APIView):
    @extend_schema(
        operation_id="list_traces",
        summary="Traces",
        responses={200: answer_of(TraceRows, "Those that run and the last that are over."), **problems(401, 403, 503)},
    )
    def get(self, request: Request) -> Response:
        """Traces that run, and some that are over, the newest first. Needs the permission to trace events."""
        _tracer(request)
        check_parameters(request.query_params, ())
        return _private(TraceRows([_row(each.traced, running=each.running) for each in list_traces()], TRACES_MAX))

    @extend_schema(
        operation_id="start_trace",
        summary="Start a trace",
        request={"application/json": shape(TraceRequest)},
        responses={201: answer_of(TraceRow, "It runs."), **problems(400, 401, 403, 404, 409, 413, 415, 503)},
    )
    def post(self, request: Request) -> Response:
        """Follow a pattern or a publisher in every process, within the caller's grants; on record before it begins."""
        who = _tracer(request)
        asked = read_struct(request._request, TraceRequest, max_bytes=BODY_MAX_BYTES)
        traced = start_trace(
            rights=who.rights,
            by=Operator(who.kind, who.name),
            because=asked.reason,
            instance=asked.instance,
            pattern=asked.pattern,
            publisher=asked.publisher,
            seconds=asked.seconds,
        )
        return _private(_row(traced, running=True), status=201)


class TraceView(APIView):
    @extend_schema(
        operation_id="get_trace",
        summary="One trace",
        parameters=[_ID, OpenApiParameter("limit", int, description=f"Steps at most: 1 to {SHOWN_MAX}, the default.")],
        responses={200: answer_of(TraceDetail, "Its newest steps."), **problems(400, 401, 403, 404, 503)},
    )
    def get(self, request: Request, id: str) -> Response:
        """What became of the events that it follows, of topics that the caller may read, in all processes."""
        who = _tracer(request)
        check_parameters(request.query_params, ("limit",))
        text = request.query_params.get("limit", str(SHOWN_MAX))
        if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= SHOWN_MAX):
            raise Refusal("bad_request", f"`limit` is a number from 1 to {SHOWN_MAX}.")
        return _private(_detail(read_trace(id, rights=who.rights, limit=int(text))))

    @extend_schema(
        operation_id="stop_trace",
        summary="Stop a trace",
        parameters=[_ID, OpenApiParameter("reason", str, description="Why; it stands in the audit trail.")],
        request=None,
        responses={204: None, **problems(400, 401, 403, 404, 503)},
    )
    def delete(self, request: Request, id: str) -> Response:
        """End a trace before its time, whoever started it."""
        who = _tracer(request)
        check_parameters(request.query_params, ("reason",))
        stop_trace(id, by=Operator(who.kind, who.name), because=request.query_params.get("reason", NO_REASON))
        answer = Response(status=204)
        answer["Cache-Control"] = "no-store"
        return answer


def _tracer(request: Request) -> Principal:
    """Return the caller, who may trace events. Raises: Refusal."""
    who = caller(request)
    require(who, PERMISSION)
    return who


def _row(traced: Traced, *, running: bool) -> TraceRow:
    return TraceRow(
        id=traced.id,
        running=running,
        instances=tuple(traced.within),
        pattern=traced.pattern,
        publisher=traced.publisher,
        by=traced.by,
        reason=traced.reason,
        started=traced.started_ms,
        ends=traced.started_ms + round(traced.seconds * 1000),
    )


def _detail(read: TraceRead) -> TraceDetail:
    return TraceDetail(
        trace=_row(read.traced, running=read.running),
        at=now_ms(),
        steps=[_step(each) for each in read.records],
        more=read.more,
        processes=read.processes,
        silent=read.silent,
    )


def _step(record: Record) -> TraceStep:
    return TraceStep(
        at=record.at_ms,
        process=record.process,
        step=record.step,
        instance=record.instance,
        topic=record.topic,
        event_type=record.event_type,
        event=record.id,
        publisher=record.publisher,
        stream=record.stream,
        position=record.position,
        code=record.code,
        message=record.message,
        connections=tuple(TraceConnection(id, principal) for id, principal in record.connections),
        more_connections=record.more_connections,
    )


def _private(body: object, status: int = 200) -> Response:
    answer = Response(body, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
