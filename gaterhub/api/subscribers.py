"""`GET subscribers/`, `GET` and `DELETE subscribers/{id}/`: who is connected, in all processes."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consumers.inspector.acting import NotConnected, Operator, disconnect
from consumers.inspector.asking import KINDS, find_subscriber, find_subscribers
from consumers.inspector.orders import ORDERS
from consumers.inspector.subscriber import LIMIT_MAX, Asked, Followed, Inspected, Subscriber
from gaterhub.api.authentication import caller
from gaterhub.api.openapi import answer_of, problems
from gaterhub.api.question import check_parameters
from instances.access.permissions import has
from instances.access.principal import Principal
from instances.error_codes import Refusal

VIEW: Final = "consumers.view_subscriber"
DISCONNECT: Final = "consumers.disconnect_subscriber"
NO_REASON: Final = "no reason was given"
LIMIT_DEFAULT: Final = 50
_TEXT_MAX_CHARACTERS: Final = 200

FILTERS: Final = [
    OpenApiParameter("order", str, enum=list(ORDERS), description="`slowest` by default: most bytes queued first."),
    OpenApiParameter("text", str, description="Somewhere in id, name, address or program."),
    OpenApiParameter("instance", str, description="Those who follow anything of it."),
    OpenApiParameter(
        "topic",
        str,
        description="Those who would receive an event of it, in the instances of its family.",
    ),
    OpenApiParameter("process", str, description="Those of one process."),
    OpenApiParameter("kind", str, enum=list(KINDS), description="Accounts in a browser, or tokens."),
    OpenApiParameter("offset", int, description="How many of them to pass over."),
    OpenApiParameter("limit", int, description=f"1 to {LIMIT_MAX}; {LIMIT_DEFAULT} by default."),
]
_PARAMETERS: Final = frozenset(row.name for row in FILTERS)
_ID: Final = OpenApiParameter("id", str, OpenApiParameter.PATH, description="As `connected` told it.")


class SubscriberRow(Struct, frozen=True):
    """One connection. Counts are since it connected."""

    id: str
    process: str
    kind: Annotated[str, Meta(description="`user` or `token`.")]
    principal: Annotated[str, Meta(description="The account's or token's name.")]
    address: str | None
    agent: Annotated[str, Meta(description="What it calls its program; anybody can lie here.")]
    connected: Annotated[int, Meta(description="Milliseconds since 1970 UTC.")]
    patterns: Annotated[tuple[str, ...], Meta(description="Each with its instance before it.")]
    queued_bytes: Annotated[int, Meta(description="Waiting for it in the hub.")]
    events_behind: Annotated[int, Meta(description="Waiting for it in the hub.")]
    seconds_behind: Annotated[float, Meta(description="Since the oldest event that waits came.")]
    keeps_up: Annotated[bool, Meta(description="Whether its socket takes more just now.")]
    events_per_second: Annotated[float, Meta(description="Over the last second.")]
    delivered: int
    dropped: int
    conflated: int
    gaps: Annotated[int, Meta(description="Gaps told to it.")]
    acknowledged_seconds_ago: Annotated[
        float | None, Meta(description="Since its last acknowledgement; null for one that acknowledges nothing.")
    ]
    views: Annotated[
        tuple[str, ...], Meta(description="What it says to be looking at, once for each tab; see `presence/`.")
    ]


class Subscribers(Struct, frozen=True):
    """A page of those who are connected now."""

    results: list[SubscriberRow]
    matched: Annotated[int, Meta(description="How many there are of those that were asked for.")]
    total: Annotated[int, Meta(description="How many are connected that the caller may see.")]
    silent: Annotated[
        tuple[str, ...], Meta(description="Processes that did not answer in time, and whose subscribers are missing.")
    ]


class SubscriberDetail(Struct, frozen=True):
    """One connection, and what it follows."""

    subscriber: SubscriberRow
    following: tuple[Followed, ...]
    queue_max_bytes: Annotated[int, Meta(description="What its queue holds before its class gives up events.")]


class SubscribersView(APIView):
    @extend_schema(
        operation_id="list_subscribers",
        summary="Who is connected",
        parameters=FILTERS,
        responses={200: answer_of(Subscribers, "A page of subscribers."), **problems(400, 401, 404, 503)},
    )
    def get(self, request: Request) -> Response:
        """The live connections of all processes; the caller's own alone without consumers.view_subscriber."""
        found = find_subscribers(_asked(request.query_params, caller(request)))
        rows = [_row(each) for each in found.rows]
        total = found.total if has(caller(request), VIEW) else found.matched
        return _private(Subscribers(rows, found.matched, total, found.silent))


class SubscriberView(APIView):
    @extend_schema(
        operation_id="get_subscriber",
        summary="One subscriber",
        parameters=[_ID],
        responses={200: answer_of(SubscriberDetail, "It, and what it follows."), **problems(401, 404, 503)},
    )
    def get(self, request: Request, id: str) -> Response:
        """One live connection: the caller's own, or any with consumers.view_subscriber."""
        found = _visible(caller(request), id, VIEW)
        return _private(SubscriberDetail(_row(found.subscriber), found.following, found.queue_max_bytes))

    @extend_schema(
        operation_id="disconnect_subscriber",
        summary="Disconnect a subscriber",
        parameters=[
            _ID,
            OpenApiParameter("reason", str, description="Why; the subscriber and the audit trail are told."),
        ],
        request=None,
        responses={204: None, **problems(400, 401, 403, 404, 503)},
    )
    def delete(self, request: Request, id: str) -> Response:
        """Closes a connection with 4503: one's own, or any with consumers.disconnect_subscriber."""
        who = caller(request)
        check_parameters(request.query_params, ("reason",))
        found = _visible(who, id, VIEW).subscriber
        if not (_is_own(who, found) or has(who, DISCONNECT)):
            raise Refusal(
                "forbidden", f"This connection is not yours; disconnecting it needs the permission {DISCONNECT}."
            )
        disconnect(id, by=Operator(who.kind, who.name), because=request.query_params.get("reason", NO_REASON))
        answer = Response(status=204)
        answer["Cache-Control"] = "no-store"
        return answer


def _visible(who: Principal, id: str, permission: str) -> Inspected:
    """Return one that the caller may see; any other is as if it weren't there. Raises: Refusal."""
    found = find_subscriber(id)
    if found is None or not (_is_own(who, found.subscriber) or has(who, permission)):
        raise NotConnected(id)
    return found


def _is_own(who: Principal, found: Subscriber) -> bool:
    return (who.kind, who.id) == (found.kind, found.principal_id)


def _asked(said: Mapping[str, str], who: Principal) -> Asked:
    """Return what the query string asks, of what the caller may see. Raises: Refusal."""
    check_parameters(said, _PARAMETERS)
    for name, text in said.items():
        if len(text) > _TEXT_MAX_CHARACTERS or not text.isprintable():
            raise Refusal("bad_request", f"`{name}` has at most {_TEXT_MAX_CHARACTERS} printable characters.")
    asked = Asked(
        order=said.get("order", "slowest"),
        text=said.get("text", ""),
        instances=(said["instance"],) if "instance" in said else (),
        topic=said.get("topic"),
        process=said.get("process"),
        kind=said.get("kind"),
        offset=_number("offset", said, 0),
        limit=_number("limit", said, LIMIT_DEFAULT),
    )
    if has(who, VIEW):
        return asked
    if asked.kind not in (None, who.kind):
        raise Refusal("forbidden", f"Seeing others' connections needs the permission {VIEW}.")
    return msgspec.structs.replace(asked, kind=who.kind, principal_id=who.id)


def _number(name: str, said: Mapping[str, str], default: int) -> int:
    text = said.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise Refusal("bad_request", f"`{name}` is a number.")
    return int(text)


_SAME: Final = tuple(name for name in SubscriberRow.__struct_fields__ if name != "connected")


def _row(found: Subscriber) -> SubscriberRow:
    same: dict[str, Any] = {name: getattr(found, name) for name in _SAME}
    return SubscriberRow(connected=found.connected_ms, **same)


def _private(body: object) -> Response:
    answer = Response(body)
    answer["Cache-Control"] = "no-store"
    return answer
