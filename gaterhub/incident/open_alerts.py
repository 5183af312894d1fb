"""Which alerts are open, by everything that was told of them, in the order in which the hub took it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final, TypeVar

import msgspec

from instances.schemas.registry import registered
from instances.severity import RANKS, UNSTATED

K = TypeVar("K")

ALERTS: Final = "alerts"
TEXT_MAX_CHARACTERS: Final = 500
"""Kept of each text: an open alert is a line on a page, and the event itself has the rest."""


class Part(Enum):
    """What an event does to an alert."""

    RAISES = auto()
    ACKNOWLEDGES = auto()
    ESCALATES = auto()
    UPDATES = auto()
    RESOLVES = auto()
    TELLS = auto()
    """Nothing: it is about an alert, and changes none."""


PARTS: Final[Mapping[str, Part]] = {
    "critical_alert": Part.RAISES,
    "warning_alert": Part.RAISES,
    "repeated_authentication_failure": Part.RAISES,
    "sla_breached": Part.RAISES,
    "incident_opened": Part.RAISES,
    "alert_acknowledged": Part.ACKNOWLEDGES,
    "alert_escalated": Part.ESCALATES,
    "incident_updated": Part.UPDATES,
    "alert_resolved": Part.RESOLVES,
    "incident_resolved": Part.RESOLVES,
    "pager_notified": Part.TELLS,
}
"""By the registered types of `alerts`, each of which has a row here."""
STATES: Final[Mapping[str, Part]] = {
    "raised": Part.RAISES,
    "acknowledged": Part.ACKNOWLEDGES,
    "resolved": Part.RESOLVES,
}
"""What `state` says in an event of a type that raises, or of one that the table doesn't know."""

SHOWN: Final = frozenset(
    (
        "severity",
        "component",
        "message",
        "rule",
        "state",
        "alert_id",
        "incident_id",
        "service",
        "objective",
        "affected",
        "affected_subscriptions",
        "estimated_impact",
        "escalation_required",
        "remedy",
        "runbook",
        "acknowledged_by",
        "escalated_to",
        "status",
        "commander",
    )
)
"""What is kept of an event's data and metadata."""


class Told(msgspec.Struct, frozen=True):
    """An event about an alert, as far as it is kept here."""

    id: str
    topic: str
    event_type: str
    received: int
    publisher: str = ""
    data: Any = None
    metadata: Any = None

    def says(self, name: str) -> Any:
        """Return what a field of the data says, else the metadata's; None where neither does."""
        for payload in (self.data, self.metadata):
            if isinstance(payload, dict) and payload.get(name) is not None:
                return payload[name]
        return None

    def text(self, name: str) -> str:
        """Return a field as a text, empty where it is none."""
        said = self.says(name)
        return said if isinstance(said, str) else ""

    @property
    def part(self) -> Part:
        known = PARTS.get(self.event_type, Part.RAISES)
        if known is not Part.RAISES:
            return known
        # What nobody knows is shown rather than lost: somebody published it to where alerts are.
        return STATES.get(self.text("state").lower(), Part.RAISES)

    @property
    def severity(self) -> str:
        """How grave it is: its own word, else that of its type; empty where nobody says."""
        own = self.text("severity")
        if own.lower() in RANKS:
            return own
        known = registered(ALERTS, self.event_type)
        return next((word for word, rank in RANKS.items() if known is not None and rank == known.rank), "")

    @property
    def names(self) -> Iterator[str]:
        """What it says which alert it is about; an incident has a name of its own."""
        if alert_id := self.text("alert_id"):
            yield alert_id
        if incident_id := self.text("incident_id"):
            yield f"incident {incident_id}"

    @property
    def likeness(self) -> tuple[str, ...] | None:
        """By which a repeated raising is known for the same alert; None where it tells of none that would repeat."""
        if rule := self.text("rule"):
            return "rule", self.publisher, rule, self.text("component"), self.text("affected")
        if (service := self.text("service")) and (objective := self.text("objective")):
            return "objective", self.publisher, service, objective
        return None


def told_of(wire: bytes) -> Told:
    """Return what is kept of an event's wire form."""
    told = _decode(wire)
    return msgspec.structs.replace(told, data=_kept(told.data), metadata=_kept(told.metadata))


_decode: Final = msgspec.json.Decoder(Told).decode


def _kept(payload: Any) -> dict[str, Any] | None:
    if not isinstance(payload, dict):
        return None
    return {
        name: value[:TEXT_MAX_CHARACTERS] if isinstance(value, str) else value
        for name, value in payload.items()
        if name in SHOWN and isinstance(value, str | int | float | bool)
    }


@dataclass(slots=True, eq=False)
class Alert:
    """One that was raised and isn't resolved."""

    raised: Told
    """First."""
    number: int
    """In the order of their opening."""
    latest: Told
    """Raised again, or news of it."""
    times: int = 1
    """So often it was raised."""
    acknowledged: Told | None = None
    escalated: Told | None = None
    names: set[str] = field(default_factory=set)
    """By which what follows may name it: its own id, and that of each event that raised it."""

    @property
    def severity(self) -> str:
        return self.latest.severity or self.raised.severity

    @property
    def rank(self) -> int:
        return RANKS.get(self.severity.lower(), UNSTATED)


class OpenAlerts:
    """Takes events about alerts, oldest first, and keeps those that are open.

    1. What raises an alert opens it; where it names one that is open, or is like one, it is that one again.
    2. What follows is about the alert that it names. Where it names none, it is about those that were raised under its
       rule, and of which it doesn't say another component or another thing affected.
    3. A rule resolves only what its own publisher raised: two hosts have the same rules.
    4. What is resolved is gone. Acknowledged and escalated alerts stay open.
    """

    def __init__(self) -> None:
        # Of several alerts under one name or likeness, that which has been open the longest is meant.
        self._by_name: dict[str, dict[Alert, None]] = {}
        self._by_likeness: dict[tuple[str, ...], dict[Alert, None]] = {}
        self._by_rule: dict[str, dict[Alert, None]] = {}
        self._open: dict[Alert, None] = {}
        self._opened = 0
        self.unknown = 0
        """So many named an alert that isn't open, as one that was resolved twice does."""

    def take(self, told: Told) -> None:
        part = told.part
        if part is Part.RAISES:
            self._raise(told)
            return
        if part is Part.TELLS:
            return
        about = list(self._about(told, own=part is Part.RESOLVES))
        self.unknown += not about
        for alert in about:
            match part:
                case Part.RESOLVES:
                    self._close(alert)
                case Part.ACKNOWLEDGES:
                    alert.acknowledged = told
                case Part.ESCALATES:
                    alert.escalated = told
                case _:
                    alert.latest = told

    def __iter__(self) -> Iterator[Alert]:
        """Give the open alerts, the gravest first, and of equal ones that which has stood the longest."""
        return iter(sorted(self._open, key=lambda alert: (-alert.rank, alert.raised.received)))

    def __len__(self) -> int:
        return len(self._open)

    def _raise(self, told: Told) -> None:
        alert = self._named(told) if any(told.names) else self._like(told)
        if alert is None:
            alert = self._new(told)
        else:
            alert.latest, alert.times = told, alert.times + 1
        for name in (told.id, *told.names):
            alert.names.add(name)
            self._by_name.setdefault(name, {})[alert] = None

    def _new(self, told: Told) -> Alert:
        """Open an alert; its rule, and what it is known again by, are those of its first event."""
        self._opened += 1
        alert = Alert(told, self._opened, told)
        self._open[alert] = None
        if told.likeness is not None:
            self._by_likeness.setdefault(told.likeness, {})[alert] = None
        if rule := told.text("rule"):
            self._by_rule.setdefault(rule, {})[alert] = None
        return alert

    def _about(self, told: Told, *, own: bool) -> Iterable[Alert]:
        """Return the open alerts that an event is about; `own` are only those that its publisher raised."""
        if any(told.names):
            alert = self._named(told)
            return () if alert is None else (alert,)
        rule = told.text("rule")
        return [alert for alert in self._by_rule.get(rule, ()) if _fits(told, alert.raised, own=own)]

    def _like(self, told: Told) -> Alert | None:
        return None if told.likeness is None else next(iter(self._by_likeness.get(told.likeness, ())), None)

    def _named(self, told: Told) -> Alert | None:
        found = next((self._by_name[name] for name in told.names if name in self._by_name), None)
        return None if found is None else min(found, key=lambda alert: alert.number)

    def _close(self, alert: Alert) -> None:
        del self._open[alert]
        for name in alert.names:
            _take_off(self._by_name, name, alert)
        if (likeness := alert.raised.likeness) is not None:
            _take_off(self._by_likeness, likeness, alert)
        if rule := alert.raised.text("rule"):
            _take_off(self._by_rule, rule, alert)


def _take_off(table: dict[K, dict[Alert, None]], key: K, alert: Alert) -> None:
    del table[key][alert]
    if not table[key]:
        del table[key]


def _fits(told: Told, raised: Told, *, own: bool) -> bool:
    """Tell whether an event of the same rule can be about what was raised."""
    return (not own or told.publisher == raised.publisher) and all(
        not told.text(name) or not raised.text(name) or told.text(name) == raised.text(name)
        for name in ("component", "affected")
    )
