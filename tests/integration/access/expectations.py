"""What each role may do, cell by cell, and what each verb means at each door.

It is written out once more, by hand, and not derived from the roles: a role that is changed by mistake must not
change what is expected of it.
"""

from dataclasses import dataclass
from typing import Final, Literal

from instances.access.rights import Verb
from instances.catalog import NAMES

Standing = Literal["granted", "outside the pattern", "no grant"]
STANDINGS: Final[tuple[Standing, ...]] = ("granted", "outside the pattern", "no grant")
Door = Literal["http", "websocket", "admin"]

MEANS: Final[dict[Verb, dict[Door, str]]] = {
    Verb.PUBLISH: {"http": "POST of events", "websocket": "the frame `publish`"},
    Verb.SUBSCRIBE: {"websocket": "the frame `subscribe`, live and with `since`"},
    Verb.QUERY: {"http": "GET of events, and of one event by its id"},
    Verb.MANAGE: {"http": "registering an event type", "admin": "seeing and changing the instance's configuration"},
}
"""A verb has no meaning at a door that isn't named: there is no way to do it there."""

NO_EVIDENCE: Final = ["events", "system", "logging", "health", "metrics", "alerts", "diagnostics", "lifecycle"]
ALL: Final = [*NO_EVIDENCE, "security", "audit"]
TOPIC: Final = "sampled:one"
"""Of a family that no role's grant names, so that only a grant for the whole instance takes it in."""
ELSEWHERE: Final = "elsewhere:*"
"""What the grants of a role are narrowed to where the caller is to be outside of them."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """One verb of a role, and where it holds."""

    verb: Verb
    instances: list[str]
    topic: str = TOPIC
    """Within the grant; the same in another instance, or with another verb, is refused."""


@dataclass(frozen=True, slots=True)
class Expected:
    allowed: tuple[Allowed, ...] = ()
    configures: bool = False
    """Whether it has the permission that the admin asks for beside `manage`."""
    registers: bool = False
    """Whether it has the permission to register event types."""


EXPECTED: Final[dict[str, Expected]] = {
    "publisher": Expected((Allowed(Verb.PUBLISH, ALL),)),
    "viewer": Expected((Allowed(Verb.SUBSCRIBE, NO_EVIDENCE), Allowed(Verb.QUERY, NO_EVIDENCE))),
    "operator": Expected(
        (
            Allowed(Verb.SUBSCRIBE, NO_EVIDENCE),
            Allowed(Verb.QUERY, NO_EVIDENCE),
            Allowed(Verb.PUBLISH, ["system", "alerts", "diagnostics"]),
            Allowed(Verb.MANAGE, ALL),
        ),
        configures=True,
        registers=True,
    ),
    "SOC analyst": Expected(
        tuple(
            Allowed(verb, ["security", "audit", "alerts", "health", "lifecycle", "system", "logging"])
            for verb in (Verb.SUBSCRIBE, Verb.QUERY)
        )
    ),
    "incident responder": Expected(
        (
            Allowed(Verb.SUBSCRIBE, [*NO_EVIDENCE, "security"]),
            Allowed(Verb.QUERY, [*NO_EVIDENCE, "security"]),
            Allowed(Verb.PUBLISH, ["alerts"], "incident_alerts:db"),
        )
    ),
    "auditor": Expected((Allowed(Verb.SUBSCRIBE, ["audit", "security"]), Allowed(Verb.QUERY, ["audit", "security"]))),
    "compliance officer": Expected(
        (
            Allowed(Verb.QUERY, ["audit", "security", "alerts"]),
            Allowed(Verb.SUBSCRIBE, ["audit"], "compliance_events:gdpr"),
        )
    ),
    "administrator": Expected(
        (
            Allowed(Verb.SUBSCRIBE, NO_EVIDENCE),
            Allowed(Verb.QUERY, NO_EVIDENCE),
            Allowed(Verb.PUBLISH, NO_EVIDENCE),
            Allowed(Verb.MANAGE, ALL),
        ),
        configures=True,
        registers=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing that is tried, and whether it is to succeed."""

    instance: str
    verb: Verb
    topic: str
    allowed: bool


def cells(role: str, standing: Standing) -> list[Cell]:
    """Return what is tried under a role: each verb at each instance, with every topic that the role's row names."""
    rows = EXPECTED[role].allowed
    topics = sorted({TOPIC, *(row.topic for row in rows)})
    return [
        Cell(instance, verb, topic, standing == "granted" and _is_allowed(rows, instance, verb, topic))
        for instance in NAMES
        for verb in Verb
        for topic in topics
    ]


def _is_allowed(rows: tuple[Allowed, ...], instance: str, verb: Verb, topic: str) -> bool:
    return any(row.verb is verb and instance in row.instances and row.topic in (TOPIC, topic) for row in rows)
