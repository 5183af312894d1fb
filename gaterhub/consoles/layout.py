"""What a console shows: its profile, and its panels. The four that the hub has are rows here."""

from dataclasses import dataclass, field
from typing import Any, Final

from consumers import profiles
from consumers.profiles import Profile
from gaterhub.consoles.options import checked_options
from gaterhub.consoles.panels import KINDS

COLUMNS: Final = 12
"""A row of panels is so many columns wide."""


@dataclass(frozen=True, slots=True)
class Panel:
    kind: str
    title: str
    width: int = COLUMNS
    options: dict[str, Any] = field(default_factory=dict)
    """Those that are other than their defaults, or all of them."""

    @property
    def set(self) -> dict[str, Any]:
        """The value of every option that its kind has."""
        return checked_options(KINDS[self.kind].options, self.options)


@dataclass(frozen=True, slots=True)
class Console:
    profile: Profile
    panels: tuple[Panel, ...]
    span_seconds: int = 3_600
    """Of what is shown at first: the last hour."""

    @property
    def name(self) -> str:
        return self.profile.name


FAILURES: Final = ["authentication_failure", "authorization_denied", "repeated_denials", "access_violation"]

HEALTH: Final = Console(
    profiles.HEALTH,
    (
        Panel("components", "Components by state", 7),
        Panel("breakers", "Circuit breakers", 5),
        Panel("subscriptions", "Subscription health"),
        Panel("crashes", "Crashes and restarts", 7),
        Panel("supervision", "Supervision tree", 5),
        Panel("timeline", "Events"),
    ),
)
SOC: Final = Console(
    profiles.SOC,
    (
        Panel("top", "Failures by origin", 4, {"field": "origin", "event_types": FAILURES}),
        Panel("top", "Failures by user", 4, {"field": "actor", "event_types": FAILURES}),
        Panel("pins", "Pinned", 4),
        Panel("timeline", "Security, audit trail and alerts"),
    ),
    span_seconds=4 * 3_600,
)
PERFORMANCE: Final = Console(
    profiles.PERFORMANCE,
    (
        Panel("objectives", "Service level objectives"),
        Panel("throughput", "Throughput", 6),
        Panel("latency", "Latency", 6),
        Panel("resources", "Resources", 6),
        Panel("registrations", "Registrations", 6),
        Panel("traces", "Traces"),
        Panel("timeline", "Events"),
    ),
)
INCIDENT: Final = Console(
    profiles.INCIDENT,
    (
        Panel("alerts", "Open alerts"),
        Panel("clock", "One clock"),
        Panel("notes", "Notes"),
        Panel("timeline", "Events"),
    ),
)

CONSOLES: Final[dict[str, Console]] = {row.name: row for row in (HEALTH, SOC, PERFORMANCE, INCIDENT)}
"""The hub's own, by their names; operators may copy them and not change them."""
