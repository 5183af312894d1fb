"""Every event type that the hub knows: the catalog's, and those that operators register."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from instances.catalog import INSTANCES
from instances.error_codes import Refusal
from instances.schemas import (
    alerts,
    audit,
    diagnostics,
    events,
    health,
    lifecycle,
    logging,
    metrics,
    security,
    system,
)
from instances.schemas.registered import RegisteredType, from_row
from instances.schemas.words import Types
from instances.spec import BadRow, InstanceSpec

_SLIP_CHARACTERS: Final = 3
_COMPARED_NAMES_MAX: Final = 50

Index = Mapping[str, Mapping[str, RegisteredType]]
"""By instance and event type."""

CATALOG: Final[tuple[Types, ...]] = (
    events.TYPES,
    system.TYPES,
    logging.TYPES,
    health.TYPES,
    metrics.TYPES,
    security.TYPES,
    audit.TYPES,
    alerts.TYPES,
    diagnostics.TYPES,
    lifecycle.TYPES,
)


class NotRegistered(Refusal):
    """An event of an unregistered type, where the instance is strict."""

    def __init__(self, warning: str) -> None:
        super().__init__("bad_schema", f"The instance is strict: {warning}")


def index_of(
    catalog: Iterable[Types], specs: Iterable[InstanceSpec] = INSTANCES
) -> dict[str, dict[str, RegisteredType]]:
    """Return the rows of the catalog by instance and name. Raises: BadRow for a topic outside all families."""
    index: dict[str, dict[str, RegisteredType]] = {spec.name: {} for spec in specs}
    by_name = {spec.name: spec for spec in specs}
    for types in catalog:
        for row in types:
            if by_name[types.instance].family(row.topic.partition(":")[0]) is None:
                raise BadRow(f"The topic of {types.instance}.{row.name} belongs to none of the instance's families.")
            index[types.instance][row.name] = from_row(row)
    return index


_CATALOG_INDEX: Final = index_of(CATALOG)
_index: Index = MappingProxyType(_CATALOG_INDEX)
_generation = 0
"""Grows with each index, so that nothing which was said of an old one is remembered for a new one."""


def registered(instance: str, event_type: str) -> RegisteredType | None:
    """Return the type, by the instance's own name, or None where nobody registered it."""
    return _index[instance].get(event_type)


def catalog_types() -> tuple[RegisteredType, ...]:
    """Return the catalog's own types, instance by instance."""
    return tuple(row for rows in _CATALOG_INDEX.values() for row in rows.values())


def types_of(instance: str) -> tuple[RegisteredType, ...]:
    """Return the types of an instance, the catalog's first."""
    return tuple(_index[instance].values())


def deprecated_versions() -> tuple[tuple[RegisteredType, int], ...]:
    """Return each deprecated version of any instance, with its type."""
    return _deprecated(_generation)


def is_of_the_catalog(instance: str, event_type: str) -> bool:
    """Tell whether the catalog declares the type, so that no operator can."""
    return event_type in _CATALOG_INDEX[instance]


def replace_operators_types(types: Iterable[RegisteredType]) -> None:
    """Have the types that operators registered be these, from now on and in this process."""
    global _index, _generation
    index = {instance: dict(rows) for instance, rows in _CATALOG_INDEX.items()}
    for each in types:
        # The catalog's own word stands, whatever came into the database beside it.
        index[each.instance].setdefault(each.name, each)
    # In this order: who still sees the old number keeps what it finds under that.
    _index = MappingProxyType(index)
    _generation += 1


def warning_for(instance: str, event_type: str, version: int, family: str) -> str | None:
    """Return a sentence about the type of a checked event, or None where nothing is to be said.

    `family` is that of its topic; empty where that is no family of the instance.
    """
    return _warning(_generation, instance, event_type, version, family)


@lru_cache(maxsize=10_000)
def _warning(generation: int, instance: str, event_type: str, version: int, family: str) -> str | None:
    known = registered(instance, event_type)
    if known is None:
        return _unregistered(instance, event_type)
    row = known.versions.get(version)
    if row is None:
        # Operators took the version away between the check of the event and this word about it.
        return None
    if row.deprecated is not None:
        return f"{event_type}, version {version}, is deprecated: {row.deprecated}"
    if family and known.family not in ("", family):
        return f"Events of the type {event_type} belong on {known.topic}, not on a topic of {family}."
    return None


@lru_cache(maxsize=1)
def _deprecated(generation: int) -> tuple[tuple[RegisteredType, int], ...]:
    return tuple(
        (known, row.number)
        for rows in _index.values()
        for known in rows.values()
        for row in known.versions.values()
        if row.deprecated is not None
    )


def _unregistered(instance: str, event_type: str) -> str:
    # Only what can be a slip of the pen is compared: comparing with a thousand names would hold up a flood of new ones.
    like = [
        name
        for name in _index[instance]
        if abs(len(name) - len(event_type)) <= _SLIP_CHARACTERS
        and (name[:2] == event_type[:2] or name[-3:] == event_type[-3:])
    ]
    near = get_close_matches(event_type, like[:_COMPARED_NAMES_MAX], 1, 0.8)
    hint = f"did you mean {near[0]}?" if near else f"GET /api/v1/instances/{instance}/types/ lists the known ones."
    return f"The event type {event_type} is not registered in {instance}, so its data was not checked; {hint}"
