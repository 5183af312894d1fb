"""The kinds of panels that a console can have: one row and one module of the browser's each."""

from dataclasses import dataclass
from typing import Final

from gaterhub.consoles.options import NumberOption, Option, TextOption, TextsOption

COUNTED_FIELDS: Final = (
    "actor",
    "origin",
    "action",
    "resource",
    "outcome",
    "instance",
    "event_type",
    "topic",
    "publisher",
    "severity",
)
"""What events can be counted and narrowed by; `data.NAME` and `metadata.NAME` are further ones."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of panel. Its module is `static/gaterhub/panels/<name>.js`."""

    name: str
    title: str
    help: str
    """For readers: what is seen there. For operators: in the admin."""
    options: tuple[Option, ...] = ()
    reads: tuple[str, ...] = ()
    """The instances whose events it can show; none named: any."""
    style: str = ""
    """The style sheet that it needs beside console.css, below `static/gaterhub/`."""
    charts: bool = False
    """Whether it draws with the library of charts, which the page then loads."""


_LIMIT: Final = NumberOption(name="limit", help="Rows at most.", default=8, least=1, most=50)

TIMELINE: Final = Kind(
    "timeline",
    "Timeline",
    "Every event of the console on one clock, whatever its instance, the newest first. Gaps and breaks are rows, too.",
)
TOP: Final = Kind(
    "top",
    "Counts",
    "The commonest values of a field among the events in view, with their numbers. A click narrows the console to one.",
    (
        TextOption(
            name="field",
            help=f"What is counted: {', '.join(COUNTED_FIELDS)}, or a field such as data.store_id.",
            default="event_type",
        ),
        TextsOption(name="event_types", help="Only events of these types are counted; an empty list counts all."),
        TextOption(name="outcome", help="Only events with this outcome, such as failure; empty counts all."),
        _LIMIT,
    ),
)
PINS: Final = Kind(
    "pins",
    "Pinned events",
    "Events that you have pinned on this console. They are kept for you on the hub, until you take them off.",
    (_LIMIT,),
)

_STYLE: Final = "panels.css"


def _stale(seconds: int) -> NumberOption:
    """Return the option that says when a state that nobody renews is no longer believed."""
    return NumberOption(
        name="stale_seconds",
        help="What was told longer ago is shown as stale.",
        default=seconds,
        least=5,
        most=604_800,
    )


COMPONENTS: Final = Kind(
    "components",
    "Components by state",
    "Each component with its last state, the worst first: since when it is so, when it was told last, and what was "
    "said. A state that nobody renews goes stale, and then says nothing about now.",
    (_stale(60), NumberOption(name="limit", help="Rows at most.", default=50, least=1, most=200)),
    reads=("health",),
    style=_STYLE,
)
BREAKERS: Final = Kind(
    "breakers",
    "Circuit breakers",
    "Each circuit breaker that told anything in the time shown, open ones first: since when, after how many failures, "
    "and when it tries again. One that stayed as it was tells nothing, and isn't listed.",
    (NumberOption(name="limit", help="Rows at most.", default=20, least=1, most=100),),
    reads=("health",),
    style=_STYLE,
)
SUBSCRIPTIONS: Final = Kind(
    "subscriptions",
    "Subscription health",
    "Stores across, subscriptions down; in each cell what the subscription told last, and how long ago. A click shows "
    "only its events. Where there is no room for all, those with the worst state are shown.",
    (_stale(900), NumberOption(name="limit", help="Subscriptions at most.", default=50, least=1, most=200)),
    reads=("health",),
    style=_STYLE,
)
CRASHES: Final = Kind(
    "crashes",
    "Crashes and restarts",
    "Marks on a strip of time: crashes and processes that give no answer are high, restarts low. Below, the newest of "
    "them; each opens to what was told of the same component in the minute before.",
    (
        NumberOption(name="limit", help="Listed at most.", default=8, least=1, most=50),
        NumberOption(name="before_seconds", help="How far back it looks before each.", default=60, least=1, most=3_600),
    ),
    reads=("lifecycle", "health"),
    style=_STYLE,
)
SUPERVISION: Final = Kind(
    "supervision",
    "Supervision tree",
    "Who starts whom again, as far as events of lifecycle tell parents: the state of each process, since when, and how "
    "often it was restarted. Processes of which nobody says who started them aren't in it.",
    reads=("lifecycle",),
    style=_STYLE,
)
THROUGHPUT: Final = Kind(
    "throughput",
    "Throughput",
    "How much each service carries over the time shown, as it tells it itself: now, on average and at most.",
    (
        TextOption(
            name="measure",
            help="Which figure of metrics is shown.",
            default="events_per_second",
            choices=(
                "events_per_second",
                "requests_per_second",
                "received_bytes_per_second",
                "sent_bytes_per_second",
                "read_bytes_per_second",
                "written_bytes_per_second",
            ),
        ),
        _LIMIT,
    ),
    reads=("metrics",),
    style=_STYLE,
    charts=True,
)
LATENCY: Final = Kind(
    "latency",
    "Latency",
    "Percentiles of how long things took, of all samples in view and of each topic and operation. They are exact: the "
    "samples are sorted, and the nearest rank is taken. Averages and percentiles that publishers found are left out, "
    "and so are traces, which were chosen for being slow.",
    (
        TextsOption(
            name="fields",
            help="The fields that say how long something took, in milliseconds; the first that an event has counts.",
            default=("processing_time_ms", "duration_ms", "latency_ms"),
        ),
        _LIMIT,
    ),
    style=_STYLE,
    charts=True,
)
RESOURCES: Final = Kind(
    "resources",
    "Resources",
    "How full processors, memory, disks and limits are, the fullest first, with the way there as a curve over the time "
    "shown; and what components and networks take.",
    (
        _stale(60),
        NumberOption(name="warn_percent", help="From there on it is nearly full.", default=80, least=1, most=100),
        NumberOption(name="bad_percent", help="From there on it is full.", default=95, least=1, most=100),
        NumberOption(name="limit", help="Rows at most.", default=12, least=1, most=100),
    ),
    reads=("metrics",),
    style=_STYLE,
)
TRACES: Final = Kind(
    "traces",
    "Traces",
    "The slowest operations, profiles and delays of event loops, the slowest first. The bar's length is the time it "
    "took beside the slowest one's, its colours are the steps in their order.",
    (
        NumberOption(name="least_ms", help="Quicker ones are left out.", default=0, least=0, most=3_600_000),
        _LIMIT,
    ),
    reads=("diagnostics",),
    style=_STYLE,
)
REGISTRATIONS: Final = Kind(
    "registrations",
    "Registrations",
    "How often stores were asked to register a subscription, how many of the tries that say how they ended succeeded, "
    "and how long they took. The least successful come first.",
    (_LIMIT,),
    reads=("metrics",),
    style=_STYLE,
)
OBJECTIVES: Final = Kind(
    "objectives",
    "Service level objectives",
    "What is promised of events, and what is left of each budget: the hub counts good and bad events over the whole "
    "window, also while nobody looks. Minutes in which something may be missing are told, and count neither way.",
    (
        TextOption(name="instance", help="Only objectives of that instance; empty shows all."),
        NumberOption(name="limit", help="Rows at most.", default=20, least=1, most=100),
    ),
    style=_STYLE,
)

_INCIDENT_STYLE: Final = "incident.css"
ALERTS: Final = Kind(
    "alerts",
    "Open alerts",
    "Alerts that were raised and that nothing has resolved, however long ago, as they stand now, whatever time is "
    "shown: the gravest first, of equal ones the longest open. “Around this” shows what else happened then.",
    (NumberOption(name="limit", help="Rows at most.", default=20, least=1, most=100),),
    reads=("alerts",),
    style=_INCIDENT_STYLE,
)
CLOCK: Final = Kind(
    "clock",
    "One clock",
    "A lane for each instance on one axis of time. A mark is as high as events are many, and as red as the gravest is. "
    "Hatched is what is not kept any more; a red frame is a hole: events that a subscriber was told it missed. Drag to "
    "move, double-click or hold Ctrl and turn the wheel to zoom, click a mark to open its gravest event.",
    style=_INCIDENT_STYLE,
)
NOTES: Final = Kind(
    "notes",
    "Notes",
    "What people wrote about moments of this time. Notes stay as they are: who was wrong writes another that corrects "
    "the first, and both are on record.",
    (NumberOption(name="limit", help="Notes at most.", default=20, least=1, most=200),),
    style=_INCIDENT_STYLE,
)

KINDS: Final[dict[str, Kind]] = {
    row.name: row
    for row in (
        TIMELINE,
        TOP,
        PINS,
        COMPONENTS,
        BREAKERS,
        SUBSCRIPTIONS,
        CRASHES,
        SUPERVISION,
        THROUGHPUT,
        LATENCY,
        RESOURCES,
        TRACES,
        REGISTRATIONS,
        OBJECTIVES,
        ALERTS,
        CLOCK,
        NOTES,
    )
}
"""By their names."""
