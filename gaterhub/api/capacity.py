"""`GET capacity/`: the highest rates of each hour or day, headroom against limits, and the trend."""

from datetime import datetime
from typing import Annotated, Final

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Meta, Struct, field
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gaterhub.api.authentication import caller
from gaterhub.api.openapi import answer_of, problems
from gaterhub.api.question import limit_of
from gaterhub.capacity.headroom import Headroom
from gaterhub.capacity.hours import CapacityQuestion, Row, rows_of
from gaterhub.capacity.question import question_of
from gaterhub.capacity.summary import SPANS, Highest, Summary, summaries
from instances.catalog import find
from instances.error_codes import Refusal
from instances.retained import LIMIT_DEFAULT, LIMIT_MAX

FILTERS: Final = [
    OpenApiParameter("instance", str, description="Of that instance only; aliases are taken."),
    OpenApiParameter("by", str, enum=["hour", "day"], description="Rows are hours (the default) or days, in UTC."),
    OpenApiParameter(
        "from", str, description="From that hour or day on: RFC 3339, or milliseconds since 1970 UTC. By default the "
        "last 48 hours, or all days that are kept.",
    ),
    OpenApiParameter("to", str, description="Up to that moment; its hour or day is told whole."),
    OpenApiParameter("after", str, description="The cursor `next` of the page before, of the same question."),
    OpenApiParameter("limit", int, description=f"1 to {LIMIT_MAX}; {LIMIT_DEFAULT} by default."),
]  # fmt: skip


class PeakFigure(Struct, frozen=True):
    """A highest rate, and when it was."""

    per_second: float
    at: Annotated[int, Meta(description="When the second ended, in milliseconds since 1970 UTC.")]


class HeadroomFigure(Struct, frozen=True):
    """What the highest rate of seven days, over ten seconds, leaves of a limit."""

    limit: Annotated[int, Meta(description="Per second, for all publishers together.")]
    highest: float
    free: Annotated[float, Meta(description="Per second; negative where more came at once than the limit lets last.")]
    free_percent: float


class ReachFigure(Struct, frozen=True):
    """How far back a stream's history reaches if the highest rate goes on in that one stream."""

    seconds: float
    configured_seconds: float
    events: Annotated[int, Meta(description="That are kept of a stream.")]


class TrendFigure(Struct, frozen=True):
    """A line through the daily peaks, over ten seconds each."""

    direction: Annotated[
        str, Meta(description="`rising`, `falling`, `steady` (no clear slope) or `unknown`: fewer than seven days.")
    ]
    days: Annotated[int, Meta(description="That it is based on: those that are over, and of which half was recorded.")]
    per_week: Annotated[float, Meta(description="Change in events per second; 0 unless it rises or falls.")]
    meets_limit_on: Annotated[
        str | None, Meta(description="The day on which the line meets the limit, within a year; null otherwise.")
    ]


class CapacityOfInstance(Struct, frozen=True):
    """One instance at a glance."""

    name: str
    recorded_since: Annotated[int, Meta(description="Milliseconds since 1970 UTC; 90 days are kept.")]
    highest: Annotated[
        dict[str, PeakFigure | None],
        Meta(description="Over one second, in the last `hour`, `day`, `week` and `quarter` (90 days)."),
    ]
    events: Annotated[HeadroomFigure | None, Meta(description="Null where no limit of events is set.")]
    bytes: Annotated[HeadroomFigure | None, Meta(description="Null where none of bytes is set, or none are counted.")]
    history: Annotated[ReachFigure | None, Meta(description="Null where the journal keeps every event.")]
    trend: TrendFigure


class PeakRow(Struct, frozen=True):
    """One hour or one day of an instance."""

    instance: str
    begins: Annotated[int, Meta(description="Milliseconds since 1970 UTC.")] = field(name="from")
    hours: Annotated[int, Meta(description="That were recorded of it.")]
    events: int
    highest: Annotated[PeakFigure | None, Meta(description="Events over one second; null where none came.")]
    sustained: Annotated[PeakFigure | None, Meta(description="Events over ten seconds.")]
    bytes: Annotated[int | None, Meta(description="Broadcast by serving processes; null for evidence and alerts.")]
    highest_bytes: Annotated[PeakFigure | None, Meta(description="Bytes over ten seconds.")]
    subscribers: Annotated[int, Meta(description="Live connections that followed anything of it, at most at once.")]


class Capacity(Struct, frozen=True):
    """A page of hours or days, and each instance at a glance."""

    instances: list[CapacityOfInstance]
    results: list[PeakRow]
    next: Annotated[str | None, Meta(description="The cursor of the next page; null where there is no more now.")]


class CapacityView(APIView):
    @extend_schema(
        operation_id="get_capacity",
        summary="Highest rates, headroom and trend",
        parameters=FILTERS,
        responses={200: answer_of(Capacity, "A page of hours or days."), **problems(400, 401, 403, 404, 503)},
    )
    def get(self, request: Request) -> Response:
        """Of the instances of which the caller is granted all: 90 days of highest rates, by time and then by name."""
        said, now = request.query_params, timezone.now()
        question = question_of(said, caller(request).rights, now, more=("after", "limit"))
        rows, following = _page(question, said.get("after"), limit_of(said))
        known = summaries([find(name) for name in question.instances], now)
        answer = Response(Capacity([_of_instance(each) for each in known], [_row(each) for each in rows], following))
        answer["Cache-Control"] = "no-store"
        return answer


def _page(question: CapacityQuestion, after: str | None, limit: int) -> tuple[list[Row], str | None]:
    """Return so many rows after the cursor, and the cursor of the next. Raises: Refusal."""
    begins_ms, name = _cursor(after)
    rows: list[Row] = []
    for block in question.blocks():
        if _ms(block.until) > begins_ms:
            rows += [row for row in rows_of(block) if (_ms(row.begins), row.instance) > (begins_ms, name)]
        if len(rows) > limit:
            last = rows[limit - 1]
            return rows[:limit], f"{_ms(last.begins)}.{last.instance}"
    return rows, None


def _cursor(text: str | None) -> tuple[int, str]:
    """Return which row came last. Raises: Refusal."""
    if text is None:
        return 0, ""
    begins_ms, _, name = text.partition(".")
    if not (begins_ms.isascii() and begins_ms.isdecimal() and len(begins_ms) <= 15 and name.isalpha()):
        raise Refusal("bad_request", "`after` is the `next` of a page before; leave it out for the first page.")
    return int(begins_ms), name


def _of_instance(summary: Summary) -> CapacityOfInstance:
    trend, reach = summary.trend, summary.reach
    return CapacityOfInstance(
        name=summary.spec.name,
        recorded_since=_ms(summary.since),
        highest={span: _of_highest(summary.highest[span]) for span in SPANS},
        events=_headroom(summary.events),
        bytes=_headroom(summary.bytes),
        history=None if reach is None else ReachFigure(round(reach.seconds, 1), reach.keep.seconds, reach.keep.events),
        trend=TrendFigure(
            trend.direction,
            trend.days,
            round(trend.per_week, 2),
            summary.meets_limit_on.isoformat() if summary.meets_limit_on else None,
        ),
    )


def _headroom(headroom: Headroom | None) -> HeadroomFigure | None:
    if headroom is None:
        return None
    return HeadroomFigure(
        headroom.limit, round(headroom.peak, 2), round(headroom.free, 2), round(headroom.free_percent, 1)
    )


def _of_highest(highest: Highest | None) -> PeakFigure | None:
    return None if highest is None else _figure(highest.per_second, highest.at)


def _row(row: Row) -> PeakRow:
    return PeakRow(
        instance=row.instance,
        begins=_ms(row.begins),
        hours=row.hours,
        events=row.events,
        highest=_figure(row.peak, row.peak_at),
        sustained=_figure(row.sustained, row.sustained_at),
        bytes=row.bytes,
        highest_bytes=_figure(row.bytes_peak, row.bytes_peak_at),
        subscribers=row.subscribers,
    )


def _figure(per_second: float | None, at: datetime | None) -> PeakFigure | None:
    return None if per_second is None or at is None else PeakFigure(round(per_second, 2), _ms(at))


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
