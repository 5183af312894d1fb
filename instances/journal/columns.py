"""The columns that questions are asked by, and where in an event each is found."""

import unicodedata
from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from ipaddress import ip_address
from typing import Any, Final, Literal, NamedTuple

from instances.journal.marked import Place
from instances.journal.models import UNKNOWN

Column = Literal["actor", "action", "resource", "outcome", "origin", "correlation_id"]
REDACTED: Final = frozenset({"***REDACTED***", "[redacted]", "[erased]"})
"""What stands where a publisher took something out: it says nothing, and isn't personal."""


def _either(*names: str) -> tuple[Place, ...]:
    """Return each name's places: in the data, else in the metadata."""
    return tuple((place, name) for name in names for place in ("data", "metadata"))


# The first place that says something counts. An event's publisher and its address are never among them: who wrote
# something down isn't who did it.
PLACES: Final[dict[Column, tuple[Place, ...]]] = {
    "actor": _either("actor", "user_id", "acknowledged_by", "resolved_by"),
    "action": (("data", "action"),),
    "resource": tuple(
        ("data", name)
        for name in (
            "resource",
            "target",
            "component",
            "service",
            "credential_id",
            "journal",
            "policy",
            "hold_id",
            "control",
            "incident_id",
        )
    ),
    "outcome": _either("outcome"),
    "origin": _either("ip_address", "source_ip", "client_ip", "remote_address", "origin"),
    "correlation_id": (
        ("metadata", "correlation_id"),
        ("metadata", "trace_id"),
        ("data", "correlation_id"),
    ),
}
LENGTHS: Final[dict[Column, int]] = {
    "actor": 255,
    "action": 255,
    "resource": 255,
    "outcome": 64,
    "origin": 255,
    "correlation_id": 255,
}
_HASH_DIGITS: Final = 16


class Found(NamedTuple):
    place: Place
    text: str

    @property
    def pointer(self) -> str:
        """Where it stands, as a JSON pointer; the names of PLACES need no escaping."""
        return f"/{self.place[0]}/{self.place[1]}"


@dataclass(slots=True)
class Columns:
    """An entry's columns. The actor and the origin are None where they are held apart, as personal."""

    actor: str | None
    action: str
    resource: str
    outcome: str
    origin: str | None
    correlation_id: str | None
    actor_apart: Found | None = None
    """The actor that is held apart."""
    origin_apart: Found | None = None
    """The origin likewise."""

    @property
    def who(self) -> str | None:
        """The actor, wherever it is held; None where the event tells of none."""
        if self.actor_apart is not None:
            return self.actor_apart.text
        return None if self.actor == UNKNOWN else self.actor


def columns_of(event_type: str, data: object, metadata: object, personal: Set[Place]) -> Columns:
    """Return what an event says for its columns; `personal` are the fields that its type marks so.

    A personal field fills no column. Of an actor or an origin it is said that it is held apart; for another column
    the next place is asked.
    """
    payloads = data if type(data) is dict else {}, metadata if type(metadata) is dict else {}
    who, whence = _first("actor", payloads), _first("origin", payloads)
    actor_apart = who if who is not None and who.place in personal else None
    origin_apart = whence if whence is not None and whence.place in personal else None
    action, resource, outcome, correlation_id = (_first(column, payloads, personal) for column in _NEVER_APART)
    return Columns(
        actor=None if actor_apart else UNKNOWN if who is None else asked("actor", who.text),
        action=asked("action", event_type if action is None else action.text),
        resource=UNKNOWN if resource is None else asked("resource", resource.text),
        outcome=UNKNOWN if outcome is None else asked("outcome", outcome.text),
        origin=None if origin_apart else UNKNOWN if whence is None else asked("origin", whence.text),
        correlation_id=None if correlation_id is None else asked("correlation_id", correlation_id.text),
        actor_apart=actor_apart,
        origin_apart=origin_apart,
    )


_NEVER_APART: Final[tuple[Column, ...]] = ("action", "resource", "outcome", "correlation_id")


def _first(
    column: Column, payloads: tuple[dict[str, Any], dict[str, Any]], passed_over: Set[Place] = frozenset()
) -> Found | None:
    """Return what the first of the column's places says that says anything."""
    data, metadata = payloads
    for place in PLACES[column]:
        value = (data if place[0] == "data" else metadata).get(place[1])
        if value is not None and place not in passed_over:
            if type(value) is int:
                return Found(place, str(value))
            if type(value) is str and value not in REDACTED and value and not value.isspace():
                return Found(place, value)
    return None


def asked(column: Column, value: str) -> str:
    """Return a value as the column has it, and as it must be asked for.

    An actor is the person's name alone, an address its usual form. What is too long for the column is cut, and ends in
    a hash of the whole, so that it is still found, and another isn't found in its place.
    """
    if column == "actor":
        value = person_of(value)
    elif column == "origin":
        value = _address(value)
    longest = LENGTHS[column]
    if len(value) <= longest:
        return value
    digits = sha256(value.encode()).hexdigest()[:_HASH_DIGITS]
    return f"{value[: longest - _HASH_DIGITS - 1]}~{digits}"


def person_of(name: str) -> str:
    """Return a person's name without the kind before it: `user:ada` and `ada` are one.

    Other kinds stay: `os:ada` is an account of some machine, and who has it isn't known here.
    """
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name)
    return name.strip().removeprefix("user:") or name


@lru_cache(maxsize=10_000)
def _address(value: str) -> str:
    if ":" not in value:
        return value
    try:
        address = ip_address(value)
    except ValueError:
        return value
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
