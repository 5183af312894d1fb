"""`GET losses/`: what subscribers missed, from the gap ledger."""

from collections.abc import Mapping
from typing import Annotated, Final

from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Meta, Struct, field
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consumers.missed import LossQuestion, find_losses, sees_all, visible_to
from consumers.models import Loss
from gaterhub.api.authentication import caller
from gaterhub.api.openapi import answer_of, problems
from gaterhub.api.question import PAGING, check_parameters, limit_of, moment_of, order_of
from instances.catalog import find
from instances.error_codes import Refusal

KINDS: Final = tuple(Loss.Kind.values)
_TEXT_MAX_CHARACTERS: Final = 200

FILTERS: Final = [
    OpenApiParameter("instance", str, description="Losses in that instance only; aliases are taken."),
    OpenApiParameter("stream", str, description="In that stream only."),
    OpenApiParameter("principal", str, description="Of the subscriber with that name."),
    OpenApiParameter("connection", str, description="Of that connection."),
    OpenApiParameter("kind", str, enum=list(KINDS), description="Losses of that kind only."),
    OpenApiParameter("from", str, description="Told from then on: RFC 3339, or milliseconds since 1970 UTC."),
    OpenApiParameter("to", str, description="Told before then."),
    *PAGING,
]
_PARAMETERS: Final = frozenset(row.name for row in FILTERS)


class LossRow(Struct, frozen=True):
    """Something that a subscriber missed, as it was told."""

    at: Annotated[int, Meta(description="When it was told, in milliseconds since 1970 UTC.")]
    kind: Annotated[
        str, Meta(description="`gap`; `conflated`: newer events took the place; `closed`: disconnected as too slow.")
    ]
    instance: str
    stream: str
    epoch: Annotated[str, Meta(description="Empty where the loss is no stretch of the stream.")]
    first: Annotated[int | None, Meta(description="The first offset of the stretch.")] = field(name="from")
    last: Annotated[int | None, Meta(description="The last one; null where nobody knows.")] = field(name="to")
    count: Annotated[
        int | None, Meta(description="Events that the subscriber's patterns matched; null where nobody knows.")
    ]
    reason: Annotated[str, Meta(description="`slow`, `evicted`, `epoch`, `lost` or `conflated`.")]
    times: Annotated[
        int, Meta(description="Losses that the row adds up: 1, unless they came too fast to be written one by one.")
    ]
    connection: str
    principal: Annotated[str, Meta(description="The subscriber's name; `several` where losses are added up.")]
    patterns: Annotated[list[str], Meta(description="What the connection followed of the instance then.")]


class Losses(Struct, frozen=True):
    """A page of losses."""

    results: list[LossRow]
    next: Annotated[str | None, Meta(description="The cursor of the next page; null where there is no more now.")]


class LossesView(APIView):
    @extend_schema(
        operation_id="list_losses",
        summary="What subscribers missed",
        parameters=FILTERS,
        responses={200: answer_of(Losses, "A page of losses."), **problems(400, 401, 404, 503)},
    )
    def get(self, request: Request) -> Response:
        """Every gap, conflation and slow close of the last 30 days: the caller's own, or all where it may see all."""
        said = request.query_params
        question, limit = loss_question_of(said), limit_of(said)
        who = caller(request)
        rows = visible_to(who, everything=sees_all(who))
        page = find_losses(rows, question, after=said.get("after"), limit=limit)
        answer = Response(Losses([_row(each) for each in page.rows], page.following))
        answer["Cache-Control"] = "no-store"
        return answer


def loss_question_of(said: Mapping[str, str]) -> LossQuestion:
    """Return what the query string asks. Raises: Refusal."""
    check_parameters(said, _PARAMETERS)
    for name in ("stream", "principal", "connection"):
        text = said.get(name, "")
        if len(text) > _TEXT_MAX_CHARACTERS or not text.isprintable():
            raise Refusal("bad_request", f"`{name}` has at most {_TEXT_MAX_CHARACTERS} printable characters.")
    kind, instance = said.get("kind"), said.get("instance")
    if kind is not None and kind not in KINDS:
        raise Refusal("bad_request", f"`kind` is one of {', '.join(KINDS)}.")
    return LossQuestion(
        instance=None if instance is None else find(instance).name,
        stream=said.get("stream"),
        principal=said.get("principal"),
        connection=said.get("connection"),
        kind=kind,
        from_ms=moment_of("from", said.get("from")),
        to_ms=moment_of("to", said.get("to")),
        order=order_of(said),
    )


def _row(loss: Loss) -> LossRow:
    return LossRow(
        at=round(loss.at.timestamp() * 1000),
        kind=loss.kind,
        instance=loss.instance,
        stream=loss.stream,
        epoch=loss.epoch,
        first=loss.first,
        last=loss.last,
        count=loss.count,
        reason=loss.reason,
        times=loss.times,
        connection=loss.connection,
        principal=loss.principal,
        patterns=loss.patterns.split(),
    )
