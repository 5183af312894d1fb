"""`POST instances/{instance}/events/`: publish one event or a batch."""

from typing import Annotated, Any

from drf_spectacular.utils import OpenApiExample, OpenApiRequest, extend_schema
from msgspec import UNSET, Meta, Struct, UnsetType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gaterhub.api.authentication import caller
from gaterhub.api.body import read_json_body
from gaterhub.api.openapi import INSTANCE_PARAMETER, answer_of, problems, shape
from instances.catalog import find
from instances.event import EVENT_TYPE, TIMESTAMP_MAX_MS
from instances.publishing.pipeline import submit_json
from instances.spec import Limits


class NewEvent(Struct, forbid_unknown_fields=True):
    """An event as a publisher sends it. Everything else in an event is the hub's."""

    topic: Annotated[str, Meta(description="1 to 8 segments joined by `:`.", min_length=1, max_length=255)]
    event_type: Annotated[str, Meta(pattern=f"^{EVENT_TYPE.pattern}$")]
    data: Annotated[Any, Meta(description="Any JSON value.")] = None
    metadata: Annotated[dict[str, Any] | UnsetType, Meta(description="What helps whoever debugs.")] = UNSET
    timestamp: Annotated[
        Annotated[int, Meta(ge=0, le=TIMESTAMP_MAX_MS)] | UnsetType,
        Meta(description="When it happened, in milliseconds since 1970 UTC. Absent: now."),
    ] = UNSET
    id: Annotated[
        Annotated[str, Meta(extra_json_schema={"format": "uuid"})] | UnsetType,
        Meta(description="Absent: the hub makes one."),
    ] = UNSET
    schema_version: Annotated[int, Meta(ge=1)] | UnsetType = UNSET


class Batch(Struct, forbid_unknown_fields=True):
    """Events of one instance, taken all or none."""

    events: Annotated[list[NewEvent], Meta(min_length=1, max_length=Limits().batch_events)]


class Receipt(Struct, frozen=True):
    """Where an event now stands."""

    id: str
    stream: str
    offset: int | None
    epoch: str | None


class Accepted(Struct, frozen=True):
    """What was taken, in the order in which it was sent."""

    accepted: int
    events: list[Receipt]
    warnings: Annotated[list[str], Meta(description="Such as a family that the catalog does not declare.")]


_ONE = {
    "topic": "subscription_health:production_store:user_projection",
    "event_type": "registration_success",
    "data": {"store_id": "production_store"},
}
_REQUEST = OpenApiRequest(
    request={
        "anyOf": [
            shape(NewEvent),
            shape(Batch),
            {"type": "array", "items": shape(NewEvent), "minItems": 1, "maxItems": Limits().batch_events},
        ]
    },
    examples=[
        OpenApiExample("One event", value=_ONE, request_only=True),
        OpenApiExample("A batch", value={"events": [_ONE]}, request_only=True),
    ],
)


class EventsView(APIView):
    @extend_schema(
        operation_id="publish_events",
        summary="Publish",
        parameters=[INSTANCE_PARAMETER],
        request={"application/json": _REQUEST},
        responses={
            202: answer_of(Accepted, "All were taken."),
            **problems(400, 401, 403, 404, 409, 413, 415, 429, 503),
        },
    )
    def post(self, request: Request, instance: str) -> Response:
        """One event, `{"events": […]}` or an array. One bad event rejects them all."""
        spec = find(instance)
        # The pipeline reads the bytes itself, once: DRF's parser would make objects that nobody needs.
        body = read_json_body(request._request, max_bytes=spec.limits.body_bytes)
        submitted = submit_json(spec.name, body, publisher=caller(request).name)
        receipts = [Receipt(taken.id, taken.stream, taken.offset, taken.epoch) for taken in submitted.receipts]
        return Response(Accepted(len(receipts), receipts, list(submitted.warnings)), status=202)
