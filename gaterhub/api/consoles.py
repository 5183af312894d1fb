"""`consoles/{console}/pins/` and `consoles/{console}/views/`: what a person keeps of a console."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gaterhub.acts.evidence_reads import note_read
from gaterhub.api.authentication import caller
from gaterhub.api.body import read_struct
from gaterhub.api.events import kept_event
from gaterhub.api.openapi import answer_of, problems, shape
from gaterhub.api.question import check_parameters
from gaterhub.consoles.found import find_console
from gaterhub.consoles.models import PINS_MAX, QUERY_MAX_LENGTH, VIEWS_MAX, PinnedEvent, SavedView
from instances.access.principal import Principal
from instances.access.rights import Verb
from instances.catalog import find
from instances.error_codes import Refusal

BODY_MAX_BYTES: Final = 16 * 1024
NAME_MAX_CHARACTERS: Final = 80
_CONSOLE: Final = OpenApiParameter("console", str, OpenApiParameter.PATH, description="Its name, such as `soc`.")


class PinRequest(Struct, forbid_unknown_fields=True):
    """Which event to pin."""

    instance: str
    id: Annotated[str, Meta(description="The event's.")]


class Pin(Struct, frozen=True):
    """An event that is pinned; what it holds is asked of the event itself."""

    instance: str
    id: str
    topic: str
    event_type: str
    received: Annotated[int, Meta(description="When the hub took it, in milliseconds since 1970 UTC.")]


class Pins(Struct, frozen=True):
    results: Annotated[list[Pin], Meta(description="Of topics that the caller may query, the newest event first.")]
    most: Annotated[int, Meta(description="How many there may be.")]


class ViewRequest(Struct, forbid_unknown_fields=True):
    """What to save."""

    name: Annotated[str, Meta(min_length=1, max_length=NAME_MAX_CHARACTERS)]
    query: Annotated[str, Meta(max_length=QUERY_MAX_LENGTH, description="The address's query, without `?`.")]
    roles: Annotated[list[str], Meta(description="Of the caller's own roles, those whose people see it too.")] = (
        msgspec.field(default_factory=list)
    )


class View(Struct, frozen=True):
    """A saved view."""

    id: int
    name: str
    query: str
    owner: str
    own: Annotated[bool, Meta(description="Whether the caller saved it, and may delete it.")]
    roles: Annotated[list[str], Meta(description="With which it is shared.")]


class Views(Struct, frozen=True):
    results: list[View]
    roles: Annotated[list[str], Meta(description="With which the caller may share.")]
    most: Annotated[int, Meta(description="How many the caller may save.")]


class PinsView(APIView):
    @extend_schema(
        operation_id="list_pins",
        summary="Pinned events",
        parameters=[_CONSOLE],
        responses={200: answer_of(Pins, "They."), **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, console: str) -> Response:
        """The caller's pinned events of a console. For accounts; a token keeps none."""
        who = _person(request, console)
        check_parameters(request.query_params, ())
        rows = PinnedEvent.objects.filter(user_id=who.id, console=console).order_by("-received_ms")
        shown = [each for each in rows if who.rights.allows(Verb.QUERY, each.instance, each.topic)]
        return _private(Pins([_pin(each) for each in shown], PINS_MAX))

    @extend_schema(
        operation_id="pin_event",
        summary="Pin an event",
        parameters=[_CONSOLE],
        request={"application/json": shape(PinRequest)},
        responses={201: answer_of(Pin, "It is pinned."), **problems(400, 401, 403, 404, 409, 413, 415, 503)},
    )
    def post(self, request: Request, console: str) -> Response:
        """Keep an event at hand, while it is kept; one that is pinned already stays so."""
        who = _person(request, console)
        asked = read_struct(request._request, PinRequest, max_bytes=BODY_MAX_BYTES)
        spec = find(asked.instance)
        note_read(request._request, spec, who, event_id=asked.id[:80])
        event = msgspec.json.decode(kept_event(spec, asked.id, who.rights))
        own = PinnedEvent.objects.filter(user_id=who.id, console=console)
        if own.count() >= PINS_MAX:
            raise Refusal("limit_exceeded", f"A console keeps {PINS_MAX} pinned events; take one off first.")
        pin, _ = own.get_or_create(
            user_id=who.id,
            console=console,
            instance=spec.name,
            event_id=UUID(event["id"]),
            defaults={
                "topic": event["topic"],
                "event_type": event["event_type"],
                "received_ms": event["received"],
            },
        )
        return _private(_pin(pin), status=201)


class PinView(APIView):
    @extend_schema(
        operation_id="unpin_event",
        summary="Take a pinned event off",
        parameters=[
            _CONSOLE,
            OpenApiParameter("instance", str, OpenApiParameter.PATH),
            OpenApiParameter("id", str, OpenApiParameter.PATH, description="The event's."),
        ],
        request=None,
        responses={204: None, **problems(400, 401, 403, 404)},
    )
    def delete(self, request: Request, console: str, instance: str, id: str) -> Response:
        """Keep it no longer."""
        who = _person(request, console)
        check_parameters(request.query_params, ())
        try:
            event_id = UUID(id)
        except ValueError:
            event_id = None
        own = PinnedEvent.objects.filter(user_id=who.id, console=console, instance=instance, event_id=event_id)
        if not own.delete()[0]:
            raise Refusal("not_found", f"You have pinned no event {id[:80]!r} on {console[:80]}.")
        return _private(None, status=204)


class SavedViewsView(APIView):
    @extend_schema(
        operation_id="list_saved_views",
        summary="Saved views",
        parameters=[_CONSOLE],
        responses={200: answer_of(Views, "They."), **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, console: str) -> Response:
        """The caller's views of a console, and those that are shared with a role of theirs."""
        who = _person(request, console)
        check_parameters(request.query_params, ())
        user = User.objects.get(pk=who.id)
        rows = SavedView.objects.seen_by(user).filter(console=console).select_related("owner")
        shown = [_view(each, who) for each in rows.prefetch_related("roles").order_by("name", "pk")]
        return _private(Views(shown, list(_roles(user).values_list("name", flat=True)), VIEWS_MAX))

    @extend_schema(
        operation_id="save_view",
        summary="Save a view",
        parameters=[_CONSOLE],
        request={"application/json": shape(ViewRequest)},
        responses={201: answer_of(View, "It is saved."), **problems(400, 401, 403, 404, 409, 413, 415)},
    )
    def post(self, request: Request, console: str) -> Response:
        """Save a view of a console; the caller's own of that name is replaced."""
        who = _person(request, console)
        asked = read_struct(request._request, ViewRequest, max_bytes=BODY_MAX_BYTES)
        name = asked.name.strip()
        if not name or not name.isprintable() or not asked.query.isprintable():
            raise Refusal("bad_request", "`name` and `query` are printable texts, and a name isn't empty.")
        user = User.objects.get(pk=who.id)
        shared = list(_roles(user).filter(name__in=asked.roles))
        unknown = sorted(set(asked.roles) - {role.name for role in shared})
        if unknown:
            raise Refusal("bad_request", f"{unknown[0][:80]!r} is no role of yours; a view is shared with those alone.")
        own = SavedView.objects.filter(owner=user, console=console)
        if own.exclude(name=name).count() >= VIEWS_MAX:
            raise Refusal("limit_exceeded", f"You have {VIEWS_MAX} views of {console}; delete one first.")
        try:
            with transaction.atomic():
                view, _ = own.update_or_create(
                    owner=user, console=console, name=name, defaults={"query": asked.query.removeprefix("?")}
                )
                view.roles.set(shared)
        except IntegrityError as error:
            raise Refusal("conflict", f"{name!r} was saved by you elsewhere just now; try again.") from error
        return _private(_view(view, who), status=201)


class SavedViewView(APIView):
    @extend_schema(
        operation_id="delete_saved_view",
        summary="Delete a saved view",
        parameters=[_CONSOLE, OpenApiParameter("id", int, OpenApiParameter.PATH)],
        request=None,
        responses={204: None, **problems(400, 401, 403, 404)},
    )
    def delete(self, request: Request, console: str, id: int) -> Response:
        """Delete one of the caller's own."""
        who = _person(request, console)
        check_parameters(request.query_params, ())
        if not SavedView.objects.filter(owner_id=who.id, console=console, pk=id).delete()[0]:
            raise Refusal("not_found", f"You have saved no view {id} of {console[:80]}.")
        return _private(None, status=204)


def _person(request: Request, console: str) -> Principal:
    """Return the caller, an account that may see the console. Raises: Refusal."""
    who = caller(request)
    if find_console(console, who.rights) is None:
        raise Refusal("not_found", f"There is no console {console[:80]!r}.")
    if who.kind != "user":
        raise Refusal("forbidden", "Pinned events and saved views are kept for people: log in with an account.")
    return who


def _roles(user: User) -> QuerySet[Group]:
    return user.groups.order_by("name")


def _pin(row: PinnedEvent) -> Pin:
    return Pin(row.instance, str(row.event_id), row.topic, row.event_type, row.received_ms)


def _view(row: SavedView, who: Principal) -> View:
    roles = sorted(role.name for role in row.roles.all())
    return View(row.pk, row.name, row.query, row.owner.get_username(), row.owner_id == who.id, roles)


def _private(body: object, status: int = 200) -> Response:
    answer = Response(body, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
