"""What goes through the hub just now: families and topics seen lately, and what a pattern would bring."""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from consumers.explorer.tracing import PERMISSION
from gaterhub.api.subscribers import VIEW
from gaterhub.pages.granted import rights_of, visible_instances
from gaterhub.pages.overview import Help
from gaterhub.pages.wording import OVERFLOW_SENTENCES
from instances.access.rights import READING
from instances.catalog import UnknownInstance, find
from instances.explorer.orders import ORDERS
from instances.explorer.tally import PUBLISHERS_MAX, TOPICS_MAX
from instances.explorer.traced import RECORDS_MAX, SHOWN_MAX
from instances.models import BECAUSE_CHARACTERS, NAME_CHARACTERS
from instances.spec import InstanceSpec
from instances.topics import TOPIC_MAX_CHARACTERS, WILDCARD

FIGURES: Final[dict[str, Help]] = {
    "rate": Help(
        "Events a second",
        "Events that entered the hub, by whatever process, over about the last minute; for a topic that is younger, "
        "since its first event.",
    ),
    "size": Help("KB a second", "What these events take on the wire to one follower, in thousands of bytes, about."),
    "total": Help(
        "Total", "Events in the family's streams since their count began; also those that came before the last restart."
    ),
    "last": Help("Last event", "Its type and how long ago the hub took it. Follow the link to the topic, live."),
    "publishers": Help(
        "Published by", f"Who published to the topic last, the latest first; {PUBLISHERS_MAX} names at most."
    ),
    "listeners": Help("Listeners", "Live connections, of all processes, that receive an event of this topic."),
    "streams": Help(
        "Streams", "What the hub counts offsets in. A client that resumes keeps one position for each of them."
    ),
}


@require_safe
@login_required
def explorer(request: HttpRequest) -> HttpResponse:
    """Show the explorer of an instance, `?instance=`, and a pattern of it; the page itself fetches what it shows."""
    rights = rights_of(request)
    readable = [spec for spec in visible_instances(request) if rights.reach(READING, spec.name)]
    context: dict[str, object] = {
        "instances": visible_instances(request),
        "readable": [(spec, OVERFLOW_SENTENCES[spec.delivery.overflow]) for spec in readable],
        "chosen": _chosen(request.GET.get("instance", ""), readable),
        "pattern": request.GET.get("pattern", WILDCARD)[:TOPIC_MAX_CHARACTERS],
        "order": request.GET.get("order", ""),
        "orders": ORDERS.values(),
        "help": {name: row._asdict() for name, row in FIGURES.items()},
        "sees_listeners": request.user.has_perm(VIEW),
        "topics_max": TOPICS_MAX,
        "pattern_max": TOPIC_MAX_CHARACTERS,
        "api": reverse("api:instances"),
        "subscribers": reverse("api:subscribers"),
        "may_trace": request.user.has_perm(PERMISSION),
        "traces": reverse("api:traces"),
        "name_max": NAME_CHARACTERS,
        "reason_max": BECAUSE_CHARACTERS,
    }
    return render(request, "pages/explorer.html", context)


@require_safe
@login_required
def trace(request: HttpRequest, id: str) -> HttpResponse:
    """Show what becomes of the events that a trace follows; the page itself fetches it, once a second."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied(
            "Tracing events is not permitted to your account. Ask an administrator of this hub for the permission."
        )
    context: dict[str, object] = {
        "instances": visible_instances(request),
        "id": id,
        "api": reverse("api:trace", args=[id]),
        "records_max": RECORDS_MAX,
        "shown_max": SHOWN_MAX,
    }
    return render(request, "pages/trace.html", context)


def _chosen(name: str, readable: list[InstanceSpec]) -> InstanceSpec | None:
    """Return the instance that the address names, where it may be read, else the first that may."""
    try:
        named = find(name)
    except UnknownInstance:
        named = None
    return named if named in readable else next(iter(readable), None)
