"""How an operator spreads busy families over more streams or fewer, so that nobody who follows them misses anything.

A change holds in one process before another, so an event may enter a stream that a follower's process doesn't know yet.
That is why a change notes where the new streams ended when it was made: whoever learns of it goes on from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from instances.groups import PARTS_MOST, Layout, parts_of
from instances.spec import Family, InstanceSpec
from instances.streams import Position

PREFIX: Final = "parts_"
"""Of the name under which a family's parts are set, such as "parts_subscription_health"."""


@dataclass(frozen=True, slots=True)
class Route:
    """Of one family, as an operator has set it."""

    parts: int
    before: tuple[int, ...] = ()
    """Over how many it was spread earlier: the streams of then may still be read."""
    begins: Mapping[str, Position] = field(default_factory=dict)
    """Where each stream ended when it was taken into use."""

    @property
    def layout(self) -> Layout:
        return Layout(self.parts, self.before)

    def stored(self) -> dict[str, Any]:
        """Return it as the database keeps it."""
        begins = {stream: str(position) for stream, position in self.begins.items()}
        return {"parts": self.parts, "before": list(self.before), "begins": begins}


def family_of(spec: InstanceSpec, name: str) -> Family | None:
    """Return the family whose parts are set under that name, None where it is no such name."""
    return spec.family(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None


def names_of(spec: InstanceSpec) -> tuple[str, ...]:
    """Return the names under which the families' parts are set."""
    return tuple(PREFIX + family.name for family in spec.families)


def why_not(spec: InstanceSpec) -> str | None:
    """Return why the instance's families can't be spread, in a sentence; None where they can."""
    if not spec.delivery.journaled:
        return None
    return f"Everything of {spec.name} stands in the order of its journal, which is one."


def wrong_with(spec: InstanceSpec, parts: int) -> str | None:
    """Return what is wrong with a number of parts, in a sentence; None where it may be set."""
    why = why_not(spec)
    if why is not None:
        return why
    return None if 1 <= parts <= PARTS_MOST else f"{parts:,} parts are out of bounds: 1 to {PARTS_MOST} are possible."


def routes_of(spec: InstanceSpec, stored: object) -> dict[str, Route]:
    """Return the routes that the database keeps; what another hand wrote into it, and makes no sense, is left out."""
    routes = {}
    for name, said in (stored if isinstance(stored, dict) else {}).items():
        family = spec.family(name)
        if family is None or why_not(spec) is not None or not isinstance(said, dict):
            continue
        parts, before = said.get("parts"), said.get("before", [])
        counts = [parts, *(before if isinstance(before, list) else [])]
        if all(type(count) is int and 1 <= count <= PARTS_MOST for count in counts):
            routes[name] = Route(counts[0], tuple(counts[1:]), _begins(said.get("begins")))
    return routes


def _begins(said: object) -> dict[str, Position]:
    begins = {}
    for stream, text in (said if isinstance(said, dict) else {}).items():
        epoch, _, offset = str(text).rpartition(":")
        if epoch and offset.isdecimal():
            begins[str(stream)] = Position(epoch, int(offset))
    return begins


def new_streams(spec: InstanceSpec, family: Family, route: Route | None, parts: int) -> list[str]:
    """Return the streams that spreading the family over so many parts takes into use for the first time."""
    known = {stream for count in _counts(family, route) for stream in parts_of(spec, family.name, count)}
    return [stream for stream in parts_of(spec, family.name, parts) if stream not in known]


def spread(family: Family, route: Route | None, parts: int, begins: Mapping[str, Position]) -> Route:
    """Return the family's route with so many parts from now on; `begins` tells where the new streams end."""
    before = tuple(count for count in _counts(family, route) if count != parts)
    return Route(parts, before, {**({} if route is None else route.begins), **begins})


def _counts(family: Family, route: Route | None) -> tuple[int, ...]:
    if route is None:
        return (family.parts,)
    return tuple(dict.fromkeys((route.parts, *route.before, family.parts)))
