"""What is told of who watches: plain values, which go from the process that has them to the one that is asked."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

PEOPLE_MOST: Final = 1_000
"""Of one view, in one process's answer: those who are there for longest. Nobody reads as many names."""


class Person(Struct, frozen=True):
    """Somebody who watches a view, however many tabs they have it in."""

    id: int
    """Of the account."""
    name: str
    since_ms: int
    """Since when, in milliseconds since 1970 UTC."""
    tabs: int


class Here(Struct, frozen=True):
    """What one process answers: the people at each view. Others may know views that are none here."""

    views: dict[str, list[Person]]


def together(answers: Iterable[Here]) -> dict[str, list[Person]]:
    """Return the people at each view, everybody once, those who are there for longest first."""
    views: dict[str, dict[int, Person]] = {}
    for here in answers:
        for view, people in here.views.items():
            known = views.setdefault(view, {})
            for each in people:
                known[each.id] = _joined(known.get(each.id), each)
    return {view: sorted(known.values(), key=by_arrival) for view, known in views.items()}


def by_arrival(person: Person) -> tuple[int, str]:
    return person.since_ms, person.name


def _joined(known: Person | None, other: Person) -> Person:
    """Return somebody as one who is met in two processes."""
    if known is None:
        return other
    return Person(other.id, other.name, min(known.since_ms, other.since_ms), known.tabs + other.tabs)
