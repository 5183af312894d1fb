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
    styled: bool = False
    """Whether it has a style sheet of its own, `static/gaterhub/panels/<name>.css`."""


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

KINDS: Final[dict[str, Kind]] = {row.name: row for row in (TIMELINE, TOP, PINS)}
"""By their names."""
