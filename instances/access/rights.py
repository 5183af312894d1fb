"""What a caller may do: verbs on patterns of instances, denied unless granted. No database, no Django."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from instances.topics import WILDCARD, Pattern, intersection

REMEMBERED_TOPICS_MAX: Final = 10_000
"""Of one caller; each is looked up without a walk through the grants."""


class Verb(StrEnum):
    PUBLISH = "publish"
    SUBSCRIBE = "subscribe"
    QUERY = "query"
    MANAGE = "manage"

    @property
    def label(self) -> str:
        return self.value.capitalize()


_WHOLE: Final = Pattern(WILDCARD)
READING: Final = (Verb.SUBSCRIBE, Verb.QUERY)


class Granted(NamedTuple):
    """One thing that is allowed."""

    verb: Verb
    instance: str
    """One of the ten, by its own name."""
    pattern: Pattern
    personal: bool = False
    """Whether fields that event types mark as personal are read in the clear."""


class Rights:
    """The grants of one caller, compiled. They never change: who is granted something new gets new ones."""

    __slots__ = ("_granted", "_topics", "everything", "key", "within")

    def __init__(
        self, granted: Iterable[Granted] = (), *, everything: bool = False, within: "Rights | None" = None
    ) -> None:
        """`within` are rights that must allow it too, such as those of the account that a token acts for."""
        self.everything = everything
        self.within = within
        self._granted: dict[tuple[str, str], list[Granted]] = {}
        for each in granted:
            self._granted.setdefault((each.verb, each.instance), []).append(each)
        self.key: tuple[object, ...] = (
            everything,
            frozenset(grant for grants in self._granted.values() for grant in grants),
            None if within is None else within.key,
        )
        """Equal for rights that allow the same by the same grants."""
        self._topics: dict[tuple[str, str, str], bool] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rights) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def allows(self, verb: Verb, instance: str, topic: str) -> bool:
        """Tell whether it may be done with a checked topic."""
        if self.everything and self.within is None:
            return True
        key = (verb, instance, topic)
        known = self._topics.get(key)
        if known is None:
            if len(self._topics) >= REMEMBERED_TOPICS_MAX:
                self._topics.clear()
            known = self._topics[key] = self._allows(verb, instance, topic, personal=False)
        return known

    def covers(self, verb: Verb, instance: str, pattern: Pattern, *, personal: bool = False) -> bool:
        """Tell whether it may be done with everything that the pattern matches: one grant must contain it.

        `personal` asks whether personal fields may be read there too.
        """
        if self.within is not None and not self.within.covers(verb, instance, pattern, personal=personal):
            return False
        return self.everything or any(
            grant.pattern.contains(pattern)
            for grant in self._granted.get((verb, instance), ())
            if grant.personal or not personal
        )

    def reads_personal(self, verb: Verb, instance: str, topic: str) -> bool:
        """Tell whether personal fields of an event with that topic are read in the clear."""
        return self._allows(verb, instance, topic, personal=True)

    def touches(self, instance: str, verbs: Iterable[Verb] = tuple(Verb)) -> bool:
        """Tell whether any of it may be done with anything of the instance."""
        verbs = tuple(verbs)
        if self.within is not None and not self.within.touches(instance, verbs):
            return False
        return self.everything or any((verb, instance) in self._granted for verb in verbs)

    def manages(self, instance: str) -> bool:
        """Tell whether the instance itself may be configured: a grant of manage on a part of it is not enough."""
        return self.covers(Verb.MANAGE, instance, _WHOLE)

    def surveys(self, instance: str) -> bool:
        """Tell whether figures of the whole instance may be seen: they tell of every topic, not of a part."""
        return any(self.covers(verb, instance, _WHOLE) for verb in Verb)

    def patterns(self, verb: Verb, instance: str) -> tuple[str, ...]:
        """Return the patterns with which it is granted here; everything is `*`."""
        if self.everything:
            return ("*",)
        return tuple(sorted({grant.pattern.text for grant in self._granted.get((verb, instance), ())}))

    def reach(self, verbs: Iterable[Verb], instance: str) -> tuple[str, ...]:
        """Return patterns of all topics with which any of it may be done; of a limited caller, as far as both reach."""
        return tuple(sorted({pattern.text for verb in verbs for pattern in self._reach(verb, instance)}))

    def _reach(self, verb: Verb, instance: str) -> list[Pattern]:
        own = [_WHOLE] if self.everything else [grant.pattern for grant in self._granted.get((verb, instance), ())]
        if self.within is None:
            return own
        limits = self.within._reach(verb, instance)
        shared = [intersection(mine, limit) for mine in own for limit in limits]
        return [pattern for pattern in shared if pattern is not None]

    def _allows(self, verb: Verb, instance: str, topic: str, *, personal: bool) -> bool:
        if self.within is not None and not self.within._allows(verb, instance, topic, personal=personal):
            return False
        return self.everything or any(
            grant.pattern.matches(topic)
            for grant in self._granted.get((verb, instance), ())
            if grant.personal or not personal
        )


EVERYTHING: Final = Rights(everything=True)
NOTHING: Final = Rights()
