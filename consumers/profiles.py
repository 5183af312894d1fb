"""What consumers follow, as the specification's consumer patterns: the consoles' subscriptions, as rows of a table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from instances.access.rights import Rights, Verb
from instances.catalog import NAMES
from instances.topics import WILDCARD, Pattern, intersection


class Followed(NamedTuple):
    """One pattern of one instance."""

    instance: str
    """One of the ten, by its own name."""
    pattern: str


@dataclass(frozen=True, slots=True)
class Profile:
    """Who follows what, and what for."""

    name: str
    """Stands in addresses."""
    title: str
    purpose: str
    subscriptions: tuple[Followed, ...]

    @property
    def instances(self) -> tuple[str, ...]:
        """The instances that it follows, each once, in the catalog's order."""
        followed = {each.instance for each in self.subscriptions}
        return tuple(name for name in NAMES if name in followed)


EVERYTHING: Final = tuple(Followed(name, WILDCARD) for name in NAMES)

HEALTH: Final = Profile(
    "health",
    "Health",
    "How components, circuit breakers and subscriptions are, and what started, stopped or crashed.",
    (
        Followed("health", "subscription_health:*"),
        Followed("health", "process_health:*"),
        Followed("health", "circuit_breaker_status:*"),
        Followed("lifecycle", "process_lifecycle:*"),
    ),
)
SOC: Final = Profile(
    "soc",
    "Security operations",
    "Who was let in and who was refused, what looks like an attack, what was done, and the alerts about it.",
    (
        Followed("security", "security_events:*"),
        Followed("security", "threat_detection:*"),
        Followed("security", "access_violations:*"),
        Followed("audit", "audit_trail:*"),
        Followed("audit", "compliance_events:*"),
        Followed("alerts", "system_alerts:critical"),
        Followed("alerts", "incident_alerts:*"),
    ),
)
PERFORMANCE: Final = Profile(
    "performance",
    "Performance",
    "Throughput, latency and resource use, traces, and how much of each objective's budget is left.",
    (
        Followed("metrics", "subscription_metrics:*"),
        Followed("metrics", "performance_metrics:*"),
        Followed("metrics", "throughput_stats:*"),
        Followed("diagnostics", "diagnostics:performance_trace"),
    ),
)
INCIDENT: Final = Profile(
    "incident",
    "Incident",
    "Open alerts first, and one clock over everything that happened around a moment.",
    EVERYTHING,
)

PROFILES: Final[dict[str, Profile]] = {row.name: row for row in (HEALTH, SOC, PERFORMANCE, INCIDENT)}
"""By their names."""


def granted(followed: Iterable[Followed], rights: Rights, verb: Verb) -> tuple[Followed, ...]:
    """Return as much of what is followed as the verb is granted for, each pattern once and none within another."""
    found: dict[str, list[Pattern]] = {}
    for each in followed:
        wanted = Pattern(each.pattern)
        for text in rights.reach((verb,), each.instance):
            shared = intersection(wanted, Pattern(text))
            if shared is not None:
                found.setdefault(each.instance, []).append(shared)
    return tuple(
        Followed(instance, pattern.text) for instance, patterns in found.items() for pattern in _widest(patterns)
    )


def _widest(patterns: list[Pattern]) -> list[Pattern]:
    """Return the patterns that lie within no other, in their order."""
    distinct = list(dict.fromkeys(patterns))
    return [each for each in distinct if not any(other != each and other.contains(each) for other in distinct)]
