"""The overview: the ten instances and the hub itself at a glance, and how to publish a first event."""

from typing import Final, NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consumers.views import OVERVIEW
from gaterhub.api.tokens import may_make_tokens
from gaterhub.pages.examples import curl_for
from gaterhub.pages.granted import rights_of, visible_instances, watched_by
from instances.access.models import NAME_MAX_LENGTH
from instances.access.rights import Verb
from instances.catalog import find

FIRST_EXAMPLE: Final = find("health")
"""The instance whose example the overview offers as the first event to publish."""


class Help(NamedTuple):
    about: str
    text: str


FIGURES: Final[dict[str, Help]] = {
    "now": Help("Now", "Events that entered the instance in the last second, from all publishers and processes."),
    "minute": Help("1 min", "Events per second, on average over the last minute."),
    "curve": Help(
        "Last 5 minutes",
        "Events per second in each of the last 300 seconds. Each curve has a scale of its own, "
        "from zero to the peak that stands beside it; compare instances in the chart above.",
    ),
    "total": Help(
        "Total",
        "Events in the instance's streams since their count began. Below it, where there are any: publishes that "
        "were refused for what they held, and events that failed because the hub could not pass them on.",
    ),
    "subscribers": Help(
        "Followers", "Live connections, of all processes, that follow at least one pattern of the instance."
    ),
    "dropped": Help(
        "Dropped",
        "Events that were given up for followers too slow to take them, once for each such follower. Below it: "
        "conflated, events that a newer one of the same topic and type replaced before they were sent. "
        "Counted since the processes started; coloured for a minute after it grew. Whom it hit is under Losses.",
    ),
    "gaps": Help(
        "Gaps",
        "How often a follower was told that it misses a stretch of events, whatever the reason. Below it: "
        "followers that were disconnected for being too slow. Coloured for a minute after it grew. "
        "Which follower missed what, for 30 days, is under Losses.",
    ),
    "newest": Help(
        "Newest event",
        "Type and topic of the event that came in last, how long ago, and at what time of day on your clock. "
        "The figures as a table, under the chart, have it in UTC too.",
    ),
    "state": Help(
        "State",
        "Up: it takes events and passes them on, in every process. Disabled: an operator has switched it off, and "
        "publishing is refused. Down: in some process it doesn't run just now; it is started again by itself.",
    ),
    "rates": Help(
        "The chart",
        "Events per second of the ten, one on top of the other, so that the upper edge is all of them together. "
        "Choose names below it to see these alone, on a scale that fits them.",
    ),
    "processes": Help(
        "Processes",
        "Serving processes heard from in the last five seconds, of all that were heard from in the last five minutes.",
    ),
    "connections": Help("Connections", "Open WebSockets of all processes, whether they follow anything or not."),
    "queued": Help(
        "Waiting",
        "Bytes that wait for connections slower than their events. A connection whose queue reaches 1 MiB "
        "loses events, or is closed, as the class of the instance says.",
    ),
    "streams": Help(
        "Streams",
        "Where events are counted and passed between processes. In memory: one process, nothing shared. "
        "Redis: shared; its circuit opens, and publishing is refused at once, while Redis can't be reached.",
    ),
    "database": Help(
        "Database",
        "Whether the database answers. Without it, publishing with a token goes on for some seconds, "
        "and nobody can log in.",
    ),
    "worker": Help(
        "Worker",
        "The process that does what only one may do, such as clearing old sessions. "
        "When it dies, another takes over within eight seconds.",
    ),
    "started": Help("Running for", "Since the oldest of the running processes started."),
}
"""What each figure of the page means, for its reader."""


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Show the ten instances and the hub; the page itself fetches the figures, once a second."""
    context: dict[str, object] = {
        **watched_by(request, OVERVIEW),
        "instances": visible_instances(request),
        "first": FIRST_EXAMPLE,
        "help": {name: row._asdict() for name, row in FIGURES.items()},
        "curl": curl_for(FIRST_EXAMPLE, request.build_absolute_uri("/")),
        "may_make_tokens": may_make_tokens(request.user),
        "may_publish": rights_of(request).allows(Verb.PUBLISH, FIRST_EXAMPLE.name, FIRST_EXAMPLE.example.topic),
        "name_max_length": NAME_MAX_LENGTH,
    }
    return render(request, "pages/overview.html", context)
