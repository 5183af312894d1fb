"""The columns that questions are asked by, and where in an event each is found."""

import unicodedata
from functools import lru_cache
from hashlib import sha256
from ipaddress import ip_address
from typing import Final, Literal, NamedTuple

from instances.journal.models import UNKNOWN
from instances.redaction import Tree

Column = Literal["actor", "action", "resource", "outcome", "origin", "correlation_id"]
Place = tuple[str, str]

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


class Columns(NamedTuple):
    """An entry's columns. The actor and the origin are None where they are held apart, as personal."""

    actor: str | None
    action: str
    resource: str
    outcome: str
    origin: str | None
    correlation_id: str | None
    who: str | None
    """The actor, as the event names them, wherever it is held."""
    whence: str | None
    """The origin likewise."""


def columns_of(event_type: str, data: object, metadata: object, personal: Tree) -> Columns:
    """Return what an event says for its columns; `personal` are the fields that its type marks so.

    A personal field fills no column. Of an actor or an origin it is said that it is held apart; for another column
    the next place is asked.
    """
    payloads = {
        "data": data if type(data) is dict else {},
        "metadata": metadata if type(metadata) is dict else {},
    }
    marked = {(place, name) for place, inner in personal.items() if inner for name in inner}

    def found(column: Column, *, apart: bool = False) -> tuple[str | None, bool]:
        for place in PLACES[column]:
            value = payloads[place[0]].get(place[1])
            if value is not None and (text := _text(value)) is not None:
                if place not in marked:
                    return text, False
                if apart:
                    return text, True
        return None, False

    who, actor_apart = found("actor", apart=True)
    whence, origin_apart = found("origin", apart=True)
    action, resource, outcome = found("action")[0], found("resource")[0], found("outcome")[0]
    correlation_id = found("correlation_id")[0]
    return Columns(
        actor=None if actor_apart else asked("actor", who or UNKNOWN),
        action=asked("action", action or event_type),
        resource=asked("resource", resource or UNKNOWN),
        outcome=asked("outcome", outcome or UNKNOWN),
        origin=None if origin_apart else asked("origin", whence or UNKNOWN),
        correlation_id=None if correlation_id is None else asked("correlation_id", correlation_id),
        who=who,
        whence=whence,
    )


def _text(value: object) -> str | None:
    """Return a value that a column can hold, or None where it says nothing."""
    if type(value) is str:
        return None if value in REDACTED or not value or value.isspace() else value
    return str(value) if type(value) is int else None


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
