"""`GET instances/{instance}/events/{id}/seen/`: to whom an event of evidence or an alert was handed."""

from typing import Annotated, Final

from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Meta, Struct, field
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consumers.seen.answer import PERMISSION, Between, Seen, place_of, who_saw
from consumers.seen.recorded import recorded
from gaterhub.acts.evidence_reads import note_read
from gaterhub.api.authentication import caller
from gaterhub.api.events import kept_event
from gaterhub.api.openapi import INSTANCE_PARAMETER, answer_of, problems
from gaterhub.api.question import PAGING, check_parameters, limit_of
from instances.access.permissions import has
from instances.catalog import find
from instances.error_codes import Refusal

ASKED: Final = "seen"
"""What the audit trail says was asked of the event."""
_PAGING: Final = [each for each in PAGING if each.name != "order"]


class Time(Struct, frozen=True):
    """A moment that is known no better than between two; milliseconds since 1970 UTC."""

    earliest: int = field(name="from")
    latest: int = field(name="to")


class SeenRow(Struct, frozen=True):
    """A connection that the event was handed to."""

    connection: str
    process: Annotated[str, Meta(description="The hub's, that served it.")]
    kind: Annotated[str, Meta(description="`user` or `token`.")]
    principal: Annotated[str, Meta(description="The account's or token's name at that time.")]
    address: str | None
    agent: Annotated[str, Meta(description="What it called its program; anybody can lie here.")]
    delivered_at: Annotated[Time, Meta(description="When it was handed to the connection's transport.")]
    replayed: Annotated[bool, Meta(description="Whether out of the journal, to a subscriber that came back.")]
    personal: Annotated[bool, Meta(description="Whether it could read personal fields.")]
    acknowledged_at: Annotated[
        Time | None, Meta(description="When the subscriber said that it had worked it off; null: it didn't.")
    ]
    durable: Annotated[str | None, Meta(description="The name of its durable subscription, if it has one.")]


class UnrecordedTime(Struct, frozen=True):
    """A time in which it was not recorded who saw events, or not all of it; milliseconds since 1970 UTC."""

    earliest: Annotated[int | None, Meta(description="Null: since ever.")] = field(name="from")
    latest: Annotated[int | None, Meta(description="Null: it is so now.")] = field(name="to")
    because: Annotated[
        str, Meta(description="`not yet`, `switched off`, or `given up`: the database was out too long.")
    ]


class SeenAnswer(Struct, frozen=True):
    """Who saw an event, so far as it was recorded."""

    recorded: Annotated[bool, Meta(description="Whether it was recorded when the event came.")]
    since: Annotated[int | None, Meta(description="Since when it was recorded then; null where it wasn't.")]
    unrecorded: Annotated[
        list[UnrecordedTime],
        Meta(description="Times since the event came in which somebody may have got it without being listed."),
    ]
    results: list[SeenRow]
    next: Annotated[str | None, Meta(description="The cursor of the next page; null where there is no more now.")]


class SeenView(APIView):
    @extend_schema(
        operation_id="list_who_saw",
        summary="Who saw it",
        parameters=[INSTANCE_PARAMETER, OpenApiParameter("id", str, OpenApiParameter.PATH), *_PAGING],
        responses={200: answer_of(SeenAnswer, "A page of those who did."), **problems(400, 401, 403, 404, 503)},
    )
    def get(self, request: Request, instance: str, id: str) -> Response:
        """Of audit, security and alerts: to whom the event was handed, and who acknowledged it."""
        spec, who = find(instance), caller(request)
        check_parameters(request.query_params, [each.name for each in _PAGING])
        limit = limit_of(request.query_params)
        note_read(request._request, spec, who, event_id=id[:80], of=ASKED)
        wire = kept_event(spec, id, who.rights)
        if not has(who, PERMISSION):
            raise Refusal("forbidden", f"Seeing who saw an event needs the permission {PERMISSION}.")
        if not spec.delivery.journaled:
            raise Refusal("not_found", f"Who saw events of {spec.name} is not recorded: it has no journal.")
        place = place_of(wire)
        known = recorded(spec.name, place.received)
        page = who_saw(place, after=request.query_params.get("after"), limit=limit)
        answer = Response(
            SeenAnswer(
                known.recorded,
                known.since_ms,
                [UnrecordedTime(each.from_ms, each.to_ms, each.because) for each in known.unrecorded],
                [_row(each) for each in page.rows],
                page.following,
            )
        )
        answer["Cache-Control"] = "no-store"
        return answer


def _row(seen: Seen) -> SeenRow:
    return SeenRow(
        connection=seen.connection,
        process=seen.process,
        kind=seen.kind,
        principal=seen.principal,
        address=seen.address,
        agent=seen.agent,
        delivered_at=_time(seen.delivered),
        replayed=seen.replayed,
        personal=seen.personal,
        acknowledged_at=None if seen.acknowledged is None else _time(seen.acknowledged),
        durable=seen.durable,
    )


def _time(between: Between) -> Time:
    return Time(between.from_ms, between.to_ms)
