"""`GET presence/`: who is watching which view now, light enough to be asked every few seconds by every open page."""

from typing import Annotated, Final

from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consumers.presence.asking import who_watches
from consumers.presence.people import Person
from consumers.views import VIEWS, View
from gaterhub.api.authentication import caller
from gaterhub.api.openapi import answer_of, problems
from gaterhub.api.question import check_parameters
from instances.access.principal import Principal
from instances.access.rights import Rights
from instances.error_codes import Refusal

PEOPLE_SHOWN: Final = 100
"""Of one view; beyond, only their number is told."""
_ABOUT: Final = "view"


class Watcher(Struct, frozen=True):
    """Somebody at a view, in whatever processes, browsers and tabs."""

    name: Annotated[str, Meta(description="The account's.")]
    since: Annotated[int, Meta(description="Milliseconds since 1970 UTC; a new connection begins anew.")]
    tabs: Annotated[int, Meta(description="In how many tabs they have it in view.")]
    you: Annotated[bool, Meta(description="Whether it is the caller.")]


class WatchedView(Struct, frozen=True):
    """One view, and who watches it."""

    view: str
    title: str
    people: Annotated[list[Watcher], Meta(description=f"Those who are there for longest, {PEOPLE_SHOWN} at most.")]
    total: Annotated[int, Meta(description="How many there are; the caller counts.")]


class Presence(Struct, frozen=True):
    """Who watches what."""

    results: list[WatchedView]
    silent: Annotated[
        tuple[str, ...], Meta(description="Processes that did not answer in time, and whose people are missing.")
    ]


class PresenceView(APIView):
    @extend_schema(
        operation_id="list_presence",
        summary="Who watches what",
        parameters=[
            OpenApiParameter(_ABOUT, str, description="One view, such as `instance:health`, also if nobody is there.")
        ],
        responses={200: answer_of(Presence, "The views that are watched."), **problems(400, 401, 403, 404, 503)},
    )
    def get(self, request: Request) -> Response:
        """The people at each view all of whose instances are granted to the caller as a whole; of others, nothing."""
        who = caller(request)
        check_parameters(request.query_params, (_ABOUT,))
        asked = request.query_params.get(_ABOUT)
        views = _told_to(who.rights) if asked is None else [_one(asked, who.rights)]
        watched = who_watches()
        answer = Response(
            Presence(
                [
                    _row(view, watched.people.get(view.name, []), who)
                    for view in views
                    if asked is not None or view.name in watched.people
                ],
                watched.silent,
            )
        )
        answer["Cache-Control"] = "no-store"
        return answer


def _told_to(rights: Rights) -> list[View]:
    return [view for view in VIEWS.values() if view.tells(rights)]


def _one(name: str, rights: Rights) -> View:
    """Return the view of that name. Raises: Refusal."""
    view = VIEWS.get(name)
    if view is None:
        raise Refusal("not_found", f"There is no view {name[:80]!r}; there are {', '.join(VIEWS)}.")
    if not view.tells(rights):
        raise Refusal(
            "forbidden",
            f"Who watches {name} is told to those who are granted {'all' if view.whole else 'any'} of "
            f"{', '.join(view.instances)} as a whole, by whatever verb. GET /api/v1/grants/ tells your grants.",
        )
    return view


def _row(view: View, people: list[Person], who: Principal) -> WatchedView:
    own = who.id if who.kind == "user" else None
    shown = [Watcher(each.name, each.since_ms, each.tabs, each.id == own) for each in people[:PEOPLE_SHOWN]]
    return WatchedView(view.name, view.title, shown, len(people))
