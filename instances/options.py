"""What operators may set for an instance: each option with its default, its unit, its bounds and what it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from instances.spec import InstanceSpec, Overflow
from instances.streams.contract import keep_of

HISTORY_LEAST_EVENTS: Final = 100
"""With fewer, a subscriber that loses its connection for a moment finds its place gone."""
HISTORY_MOST_EVENTS: Final = 200_000
HISTORY_LEAST_SECONDS: Final = 10
HISTORY_MOST_SECONDS: Final = 7 * 24 * 60 * 60

EVENTS_A_SECOND_MOST: Final = 1_000_000
BYTES_A_SECOND_LEAST: Final = 1_024
BYTES_A_SECOND_MOST: Final = 1024**3

Bound = Callable[[InstanceSpec], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A number that an instance goes by; where nothing is set, the catalog's."""

    name: str
    """Of the option and its column."""
    title: str
    unit: Literal["bytes", "events", "seconds", "events a second", "bytes a second"]
    does: str
    """What a change will do, for whoever is about to make one."""
    default: Callable[[InstanceSpec], int | None]
    """None: no bound."""
    least: int
    most: Bound
    denied: Callable[[InstanceSpec], str | None] = field(default=lambda spec: None)
    """Why an instance hasn't the option, in a sentence; None where it has."""

    def wrong_with(self, spec: InstanceSpec, value: int) -> str | None:
        """Return what is wrong with a value, in a sentence; None where it may be set."""
        why = self.denied(spec)
        if why is not None:
            return why
        most = self.most(spec)
        if not self.least <= value <= most:
            return f"{value:,} {self.unit} is out of bounds: {self.least:,} to {most:,} are possible."
        return None


def _needs_its_publishers(spec: InstanceSpec) -> str | None:
    if not spec.delivery.journaled:
        return None
    return f"Nobody who reports to {spec.name} may be refused because others report much; a token has rates of its own."


def _needs_its_history(spec: InstanceSpec) -> str | None:
    if not spec.delivery.journaled:
        return None
    return f"Nothing of {spec.name} may be dropped: the journal keeps every event, and is where those who return go on."


OPTIONS: Final[tuple[Option, ...]] = (
    Option(
        name="event_bytes",
        title="largest event",
        unit="bytes",
        does="A larger event is refused with too_large. It is measured as JSON without spaces.",
        default=lambda spec: spec.limits.event_bytes,
        least=1_024,
        most=lambda spec: spec.limits.event_bytes,
    ),
    Option(
        name="batch_events",
        title="largest batch",
        unit="events",
        does="A request or frame with more events is refused with too_large, all of it.",
        default=lambda spec: spec.limits.batch_events,
        least=1,
        most=lambda spec: spec.limits.batch_events,
    ),
    Option(
        name="body_bytes",
        title="largest request",
        unit="bytes",
        does="A larger body or frame is refused with too_large, before it is read.",
        default=lambda spec: spec.limits.body_bytes,
        least=1_024,
        most=lambda spec: spec.limits.body_bytes,
    ),
    Option(
        name="events_per_second",
        title="rate",
        unit="events a second",
        does="What all publishers together exceed is refused with too_many_requests, and they are told when to come "
        "again; two seconds' worth may come at once, never less than a full batch. The hub's own events pass.",
        default=lambda spec: None,
        least=1,
        most=lambda spec: EVENTS_A_SECOND_MOST,
        denied=_needs_its_publishers,
    ),
    Option(
        name="bytes_per_second",
        title="volume",
        unit="bytes a second",
        does="The same for the bytes of what all publishers send.",
        default=lambda spec: None,
        least=BYTES_A_SECOND_LEAST,
        most=lambda spec: BYTES_A_SECOND_MOST,
        denied=_needs_its_publishers,
    ),
    Option(
        name="history_events",
        title="history",
        unit="events",
        does="So many events of each stream are kept for those who return; older ones are dropped from it, at the "
        "stream's next event. Each kept event takes about its own size of memory, in Redis where there is one.",
        default=lambda spec: keep_of(spec.delivery).events,
        least=HISTORY_LEAST_EVENTS,
        most=lambda spec: HISTORY_MOST_EVENTS,
        denied=_needs_its_history,
    ),
    Option(
        name="history_seconds",
        title="history's age",
        unit="seconds",
        does="Events are kept for so long for those who return, and then dropped from the history.",
        default=lambda spec: int(keep_of(spec.delivery).seconds),
        least=HISTORY_LEAST_SECONDS,
        most=lambda spec: HISTORY_MOST_SECONDS,
        denied=_needs_its_history,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A word that an instance goes by; where nothing is set, the catalog's."""

    name: str
    title: str
    does: str
    default: Callable[[InstanceSpec], str]
    offered: Callable[[InstanceSpec], Mapping[str, str]]
    """The words that an instance may go by, each with what it does; none: it hasn't the option."""
    denied: str
    """Why an instance that is offered none hasn't the option."""

    def wrong_with(self, spec: InstanceSpec, value: str) -> str | None:
        """Return what is wrong with a word, in a sentence; None where it may be set."""
        offered = self.offered(spec)
        if not offered:
            return self.denied
        return None if value in offered else f"{value[:40]!r} is not possible here: {', '.join(offered)} are."


_FULL_QUEUE: Final[dict[Overflow, str]] = {
    Overflow.CONFLATE: "a newer event of the same topic and type takes a waiting one's place; then the oldest go",
    Overflow.DROP_OLDEST: "the oldest events of the lowest severity go",
    Overflow.DROP_NEWEST: "the newest events go",
}
_OFFERED: Final[dict[Overflow, tuple[Overflow, ...]]] = {
    Overflow.CLOSE: (),
    Overflow.CONFLATE: (Overflow.CONFLATE, Overflow.DROP_OLDEST),
    Overflow.DROP_OLDEST: (Overflow.DROP_OLDEST, Overflow.DROP_NEWEST),
    Overflow.DROP_NEWEST: (Overflow.DROP_NEWEST, Overflow.DROP_OLDEST),
}
"""By the class's own policy: a class that promises every event is offered nothing, and none a conflation it hadn't."""

OVERFLOW: Final = Choice(
    name="overflow",
    title="when a subscriber's queue is full",
    does="What is given up for a subscriber that is too slow; a gap tells it what it misses. They are told first.",
    default=lambda spec: spec.delivery.overflow.value,
    offered=lambda spec: {each.value: _FULL_QUEUE[each] for each in _OFFERED[spec.delivery.overflow]},
    denied="Its class promises every event: a subscriber whose queue is full is disconnected, and resumes.",
)
CHOICES: Final = (OVERFLOW,)
SWITCHES: Final = ("enabled", "strict", "signed", "record_seen")
"""What is either so or not, and what it is by default is the model's to say."""


def switch_denied(name: str, spec: InstanceSpec) -> str | None:
    """Return why an instance can't have the switch on, in a sentence; None where it can."""
    if name != "record_seen" or spec.delivery.journaled:
        return None
    return f"{spec.name} has no journal: who saw an event is kept with the event, and its events are not kept."
