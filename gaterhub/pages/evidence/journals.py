"""Which journals a reader of the pages may see, and what every page of a journal has in common."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from gaterhub.pages.granted import rights_of, visible_instances
from instances.access.rights import Rights, Verb
from instances.catalog import UnknownInstance, find
from instances.journal.query import Unavailable
from instances.journal.verification_run import SEALED
from instances.spec import InstanceSpec
from instances.topics import WILDCARD, Pattern

View = Callable[..., HttpResponseBase]

WHOLE: Final = Pattern(WILDCARD)
_QUERY: Final = (Verb.QUERY,)


def readable(rights: Rights) -> tuple[InstanceSpec, ...]:
    """Return the sealed journals of which something may be queried."""
    return tuple(spec for spec in SEALED if rights.reach(_QUERY, spec.name))


def reads_whole(rights: Rights, spec: InstanceSpec) -> bool:
    """Tell whether all of a journal may be queried: a hash tells of what it is made."""
    return rights.covers(Verb.QUERY, spec.name, WHOLE)


def check_whole(request: HttpRequest, spec: InstanceSpec, what: str) -> None:
    """Make sure that the reader may query all of the journal. Raises: PermissionDenied."""
    if not reads_whole(rights_of(request), spec):
        raise PermissionDenied(
            f"{what} tell of the whole journal of {spec.name}, and your account may query a part of it. "
            "An administrator of this hub can grant the rest."
        )


def page_of(request: HttpRequest, **context: object) -> dict[str, object]:
    """Return what the templates of all these pages are given, and what this one adds."""
    return {"instances": visible_instances(request), "journals": readable(rights_of(request)), **context}


def of_journals(view: View) -> View:
    """Let in whoever may query a sealed journal; a database that doesn't answer is told, and nothing is stored."""

    @login_required
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **words: Any) -> HttpResponseBase:
        if not readable(rights_of(request)):
            raise PermissionDenied(
                "Reading evidence is not granted to your account. Ask an administrator of this hub for a role, such "
                "as auditor."
            )
        try:
            answer = view(request, *args, **words)
        except (Unavailable, OperationalError, InterfaceError):
            answer = render(request, "pages/evidence/unavailable.html", page_of(request), status=503)
        answer["Cache-Control"] = "no-store"
        return answer

    return answered


def of_journal(view: View) -> View:
    """Have the view get the journal that the address names; an alias leads to its own name."""

    @of_journals
    def answered(request: HttpRequest, journal: str, **words: Any) -> HttpResponseBase:
        try:
            spec = find(journal)
        except UnknownInstance:
            raise Http404(f"There is no journal {journal[:80]!r}.") from None
        if spec not in SEALED:
            raise Http404(f"{spec.name} has no sealed journal.")
        if spec not in readable(rights_of(request)):
            raise PermissionDenied(
                f"Reading the journal of {spec.name} is not granted to your account. Ask an administrator of this hub "
                "for a role."
            )
        if journal != spec.name and request.method == "GET" and request.resolver_match is not None:
            own = reverse(request.resolver_match.view_name, kwargs={"journal": spec.name, **words})
            query = request.META.get("QUERY_STRING", "")
            return redirect(f"{own}?{query}" if query else own, permanent=True)
        return view(request, spec, **words)

    return wraps(view)(answered)


def moment(ms: int) -> datetime:
    """Return a time of the journal's."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def json_of(told: bytes) -> HttpResponse:
    """Return JSON for a page's own script."""
    return HttpResponse(told, content_type="application/json")
