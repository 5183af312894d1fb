"""`instances/{instance}/events/`: publish one event or a batch, and query what is kept."""

from typing import Annotated, Any

import msgspec
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, extend_schema
from msgspec import UNSET, Meta, Struct, UnsetType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gaterhub.acts.evidence_reads import note_read
from gaterhub.api.authentication import caller
from gaterhub.api.body import read_json_body
from gaterhub.api.openapi import INSTANCE_PARAMETER, answer_of, problems, shape
from gaterhub.api.question import FILTERS, fixed_by, question_of
from instances.access.rights import Rights
from instances.catalog import find
from instances.error_codes import Refusal
from instances.event import EVENT_TYPE, TIMESTAMP_MAX_MS, UUID_TEXT, BadEvent
from instances.journal.query import find_entries, find_entry
from instances.publishing.submission import submit_json
from instances.retained import find_event, find_events
from instances.spec import InstanceSpec, Limits
from instances.supervisor import ensure_home


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
    signature: Annotated[
        Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | UnsetType,
        Meta(description="HMAC-SHA256 over the event by the token's signing secret, with `id` and `timestamp`."),
    ] = UNSET


class Batch(Struct, forbid_unknown_fields=True):
    """Events of one instance, taken all or none."""

    events: Annotated[list[NewEvent], Meta(min_length=1, max_length=Limits().batch_events)]


class Receipt(Struct, frozen=True):
    """Where an event now stands; of evidence and alerts, that it is on record, and gets its place in a moment."""

    id: str
    stream: str
    offset: int | None
    epoch: str | None
    received: Annotated[int | UnsetType, Meta(description="When the hub took it: of audit, security and alerts.")] = (
        UNSET
    )
    leaf_hash: Annotated[
        Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | UnsetType,
        Meta(description="Of evidence: what the journal's tree holds."),
    ] = UNSET


class Accepted(Struct, frozen=True):
    """What was taken, in the order in which it was sent."""

    accepted: int
    events: list[Receipt]
    warnings: Annotated[list[str], Meta(description="Such as a family that the catalog does not declare.")]
    spooled: Annotated[
        bool | UnsetType,
        Meta(description="The journal's database is out: the events are on this host's disk, and follow in order."),
    ] = UNSET
    signature: Annotated[str | UnsetType, Meta(description="Of evidence: the hub's, over the receipts of all.")] = UNSET


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


class Kept(Struct, frozen=True, kw_only=True):
    """An event as it goes over the WebSocket."""

    id: str
    instance: str
    topic: str
    stream: str
    offset: int | None
    epoch: str | None
    index: Annotated[
        int | UnsetType, Meta(description="Of audit and security: its place in the journal, from 0, once it has one.")
    ] = UNSET
    event_type: str
    timestamp: Annotated[int, Meta(description="When it happened, in milliseconds since 1970 UTC.")]
    received: Annotated[int, Meta(description="When the hub took it, in milliseconds since 1970 UTC.")]
    schema_version: int
    publisher: str
    data: Any
    metadata: dict[str, Any]


class Retained(Struct, frozen=True):
    """A page of events that are still kept."""

    results: Annotated[list[Kept], Meta(description="Events as they went over the WebSocket.")]
    next: Annotated[str | None, Meta(description="The cursor of the next page; null where there is no more now.")]


class EventsView(APIView):
    @extend_schema(
        operation_id="list_events",
        summary="Query",
        parameters=[INSTANCE_PARAMETER, *FILTERS],
        responses={200: answer_of(Retained, "A page of events."), **problems(400, 401, 403, 404, 503)},
    )
    def get(self, request: Request, instance: str) -> Response:
        """What is kept, in the order in which the hub took it. A page may be empty and not the last."""
        question, limit = question_of(instance, request.query_params, caller(request).rights)
        note_read(request._request, question.spec, caller(request))
        after = request.query_params.get("after")
        if question.spec.delivery.journaled:
            page = find_entries(question, fixed_by(question.spec, request.query_params), after=after, limit=limit)
        else:
            home = ensure_home()
            page = find_events(question, home.broker, home.loop, after=after, limit=limit)
        # The bytes that went over the WebSocket, so that no number of theirs is rounded on the way.
        return Response({"results": [msgspec.Raw(wire) for wire in page.wires], "next": page.following})

    @extend_schema(
        operation_id="publish_events",
        summary="Publish",
        parameters=[INSTANCE_PARAMETER],
        request={"application/json": _REQUEST},
        responses={
            201: answer_of(Accepted, "All are on record: audit, security and alerts."),
            202: answer_of(Accepted, "All were taken."),
            **problems(400, 401, 403, 404, 409, 413, 415, 429, 503),
        },
    )
    def post(self, request: Request, instance: str) -> Response:
        """One event, `{"events": […]}` or an array. One bad event rejects them all."""
        spec = find(instance)
        # The pipeline reads the bytes itself, once: DRF's parser would make objects that nobody needs.
        body = read_json_body(request._request, max_bytes=spec.limits.body_bytes)
        submitted = submit_json(
            spec.name,
            body,
            publisher=caller(request).name,
            by=caller(request),
            address=request.META.get("REMOTE_ADDR") or None,
            idempotency_key=_idempotency_key(request),
        )
        told = {"accepted": len(submitted.receipts), "warnings": []} | submitted.wire()
        on_record = spec.delivery.journaled and not submitted.spooled
        return Response(told, status=201 if on_record else 202)


class EventView(APIView):
    @extend_schema(
        operation_id="get_event",
        summary="One event",
        parameters=[INSTANCE_PARAMETER, OpenApiParameter("id", str, OpenApiParameter.PATH, description="Its UUID.")],
        responses={200: answer_of(Kept, "The event."), **problems(401, 404, 503)},
    )
    def get(self, request: Request, instance: str, id: str) -> Response:
        """As it went over the WebSocket, while it is kept."""
        spec = find(instance)
        note_read(request._request, spec, caller(request), event_id=id[:80])
        return Response(msgspec.Raw(kept_event(spec, id, caller(request).rights)))


def kept_event(spec: InstanceSpec, id: str, rights: Rights) -> bytes:
    """Return the wire form of an event, if it is kept and the caller may query it. Raises: Refusal."""
    wire = _kept(spec, id.lower(), rights) if UUID_TEXT.fullmatch(id) is not None else None
    if wire is None:
        raise Refusal("not_found", f"{spec.name} keeps no event with the id {id[:80]!r}.")
    return wire


def _kept(spec: InstanceSpec, id: str, rights: Rights) -> bytes | None:
    if spec.delivery.journaled:
        return find_entry(spec, id, rights)
    home = ensure_home()
    return find_event(spec, id, rights, home.broker, home.loop)


_KEY_MAX_CHARACTERS = 255


def _idempotency_key(request: Request) -> str | None:
    """Return what names the request, among those of its caller. Raises: BadEvent."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 1 <= len(key) <= _KEY_MAX_CHARACTERS or not key.isascii() or not key.isprintable():
        raise BadEvent(
            "bad_request",
            f"`Idempotency-Key` has 1 to {_KEY_MAX_CHARACTERS} printable ASCII characters, such as a UUID.",
        )
    who = caller(request)
    return f"{who.kind} {who.id} {key}"
