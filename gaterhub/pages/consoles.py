"""The consoles: a list of them, and each as a page that people work in all day."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from consumers.views import OF_CONSOLE
from gaterhub.api import notes
from gaterhub.consoles.found import Row, consoles_for, find_console, not_shown, rows_for
from gaterhub.consoles.layout import CONSOLES, Console
from gaterhub.consoles.models import OwnConsole, SavedView
from gaterhub.consoles.panels import KINDS
from gaterhub.pages.evidence.journals import readable
from gaterhub.pages.granted import rights_of, visible_instances, watched_by
from gaterhub.pages.wording import SEVERITY_CHOICES
from instances.catalog import INSTANCES
from instances.event import now_ms
from instances.journal.columns import PLACES

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SPANS: Final[dict[int, str]] = {
    300: "5 minutes",
    900: "15 minutes",
    3_600: "1 hour",
    14_400: "4 hours",
    43_200: "12 hours",
    86_400: "1 day",
    604_800: "7 days",
}
"""In seconds; a console's own, and an address's, may be another."""
STORY_MAX_CHARACTERS: Final = 255
PANELS_STYLE: Final = "panels.css"
"""What panels of all kinds share."""
_INSTANCE, _EVENT, _FORM = "INSTANCE", "EVENT", "FORM"
"""What stands in an address for what a page's script fills in."""


@require_safe
@login_required
def consoles(request: HttpRequest) -> HttpResponse:
    """List the consoles of which the reader may see anything, each with the views of it that are theirs."""
    saved: dict[str, list[SavedView]] = {}
    reader = cast("User", request.user)  # Nobody else is let in.
    for view in SavedView.objects.seen_by(reader).select_related("owner").order_by("name"):
        saved.setdefault(view.console, []).append(view)
    context: dict[str, object] = {
        "instances": visible_instances(request),
        "consoles": [(console, saved.get(console.name, [])) for console in consoles_for(rights_of(request))],
        "own": CONSOLES,
        "may_copy": may(request, "add"),
    }
    return render(request, "pages/consoles.html", context)


@require_safe
@login_required
def console(request: HttpRequest, name: str) -> HttpResponse:
    """Show a console; with `?story=` everything of all instances that the reader may read about one value."""
    rights = rights_of(request)
    found = find_console(name, rights)
    if found is None:
        if name in CONSOLES:
            raise PermissionDenied(
                f"Nothing of what the console {CONSOLES[name].profile.title} shows is granted to your account. "
                "Ask an administrator of this hub for a role."
            )
        raise Http404(f"There is no console {name!r}.")
    story = request.GET.get("story", "")[:STORY_MAX_CHARACTERS]
    rows = rows_for(found, rights, everything=bool(story))
    kinds = [KINDS[kind] for kind in dict.fromkeys(panel.kind for panel in found.panels)]
    styles = [kind.style for kind in kinds if kind.style]
    view = OF_CONSOLE.get(name)
    own = None if name in CONSOLES else OwnConsole.objects.filter(name=name).first()
    left_out = [] if story else not_shown(found, rights)
    context: dict[str, object] = {
        **(watched_by(request, view) if view is not None else {}),
        "instances": visible_instances(request),
        "console": found,
        "panels": [(panel, KINDS[panel.kind].help) for panel in found.panels],
        "styles": [f"gaterhub/{style}" for style in dict.fromkeys((PANELS_STYLE, *styles))],
        "charts": any(kind.charts for kind in kinds),
        "story": story,
        "left_out": left_out,
        # What an operator has their own console follow is for those who may read it.
        "named": [" ".join(each) for each in left_out] if own is None else [],
        "spans": _spans(found.span_seconds),
        "severities": SEVERITY_CHOICES,
        "settings": _settings(request, found, rows, story),
        "may_copy": may(request, "add"),
        "edited": own.pk if own is not None and may(request, "change") else None,
    }
    return render(request, "pages/console.html", context)


def may(request: HttpRequest, act: str) -> bool:
    """Tell whether the reader may do that with consoles in the admin."""
    return request.user.is_staff and request.user.has_perm(f"gaterhub.{act}_ownconsole")


def _settings(request: HttpRequest, console: Console, rows: list[Row], story: str) -> dict[str, Any]:
    """Return what the page's script has to know."""
    return {
        "name": console.name,
        "rows": [asdict(row) for row in rows],
        "panels": [{"kind": panel.kind, "title": panel.title, "options": panel.set} for panel in console.panels],
        "span": console.span_seconds,
        "now": now_ms(),
        "story": story,
        "places": {column: PLACES[column] for column in ("actor", "origin", "action", "resource", "outcome")},
        "journaled": [spec.name for spec in INSTANCES if spec.delivery.journaled],
        "sealed": [spec.name for spec in INSTANCES if spec.delivery.sealed],
        "api": reverse("api:instances"),
        "types": reverse("api:types", args=[_INSTANCE]),
        "proof": reverse("evidence-entry", args=[_INSTANCE, _EVENT]),
        "proven": [spec.name for spec in readable(rights_of(request))],
        "own": {
            "user": request.user.get_username(),
            "pins": reverse("api:pins", args=[console.name]),
            "views": reverse("api:saved-views", args=[console.name]),
            "alerts": reverse("api:open-alerts", args=[console.name]),
            "holes": reverse("api:holes", args=[console.name]),
            "notes": {
                "address": reverse("api:notes", args=[console.name]),
                "read": request.user.has_perm(notes.VIEW),
                "write": request.user.has_perm(notes.ADD),
            },
            "timeline": reverse("console-timeline", args=[console.name, _FORM]),
        },
        "login": reverse("login"),
        "livez": reverse("livez"),
    }


def _spans(own: int) -> list[tuple[int, str]]:
    return sorted(({own: f"{own:,} s"} | SPANS).items())
