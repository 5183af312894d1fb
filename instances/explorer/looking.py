"""What this process answers about the topics that it took in."""

import asyncio
import heapq
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from instances.catalog import find
from instances.event import now_ms
from instances.explorer.orders import ORDERS
from instances.explorer.tally import Seen, tally_of
from instances.explorer.topics import (
    FAMILIES_MAX,
    ROWS_MAX,
    FamilySeen,
    Matched,
    TopicsAsked,
    TopicSeen,
    TopicsTold,
)
from instances.spec import InstanceSpec
from instances.topics import SEPARATOR, WILDCARD, Pattern

SEEN: Final = "topics.seen"
PIECE_TOPICS: Final = 500
"""Looked at in one turn of the loop, which takes less than a millisecond."""

_read: Final = msgspec.json.Decoder(TopicsAsked).decode
_write: Final = msgspec.json.Encoder().encode


class Found(NamedTuple):
    """A topic with its rate as of the time that was asked."""

    topic: str
    events_per_second: float
    bytes_per_second: float
    last_ms: int
    seen: Seen


async def seen_here(body: bytes) -> bytes:
    """Return what the question asks for, as far as this process took it in."""
    asked = _read(body)
    looking = Looking(asked, now_ms())
    for count, seen in enumerate(tally_of(asked.instance).all(), 1):
        looking.take(seen)
        if count % PIECE_TOPICS == 0:
            await asyncio.sleep(0)
    return _write(looking.told())


class Looking:
    """One question to this process's tally, topic by topic."""

    def __init__(self, asked: TopicsAsked, at_ms: int) -> None:
        self._asked = asked
        self._at_ms = at_ms
        self._matches, self._may_read = any_of((asked.pattern,)), any_of(asked.within)
        self._readable: list[Found] = []
        self._hidden: list[Found] = []

    def take(self, seen: Seen) -> None:
        """Look at one more topic."""
        topic = seen.topic
        if self._matches(topic):
            found = Found(topic, *seen.rate(self._at_ms), seen.last_ms, seen)
            (self._readable if self._may_read(topic) else self._hidden).append(found)

    def told(self) -> TopicsTold:
        """Return the answer over all that was looked at."""
        asked, readable = self._asked, self._readable
        # Another version of the hub may know more orders.
        place = ORDERS.get(asked.order, ORDERS["rate"]).place
        families, more_families = _families(find(asked.instance), readable)
        return TopicsTold(
            readable=_matched(readable),
            everything=_matched(readable + self._hidden),
            rows=tuple(map(_row, heapq.nsmallest(min(asked.limit, ROWS_MAX), readable, key=place))),
            families=families,
            more_families=more_families,
            forgotten=tally_of(asked.instance).forgotten,
        )


def any_of(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return a test that says whether a topic matches one of the patterns, for many topics in a row."""
    read = [Pattern(text) for text in patterns]
    if any(each.text == WILDCARD for each in read):
        return lambda topic: True
    # Most patterns are a beginning with a star at its end, and Python compares beginnings at once.
    beginnings = tuple(each.text[:-1] for each in read if _is_beginning(each))
    others = [each for each in read if not _is_beginning(each)]
    return lambda topic: topic.startswith(beginnings) or any(each.matches(topic) for each in others)


def _is_beginning(pattern: Pattern) -> bool:
    return pattern.text.find(WILDCARD) == len(pattern.text) - 1 > 0


def _row(found: Found) -> TopicSeen:
    seen = found.seen
    id, event_type = seen.last
    return TopicSeen(
        topic=found.topic,
        events_per_second=found.events_per_second,
        bytes_per_second=found.bytes_per_second,
        last_ms=found.last_ms,
        id=id,
        event_type=event_type,
        publishers=seen.publishers,
        more_publishers=seen.more_publishers,
    )


def _matched(rows: Sequence[Found]) -> Matched:
    return Matched(len(rows), sum([row.events_per_second for row in rows]), sum([row.bytes_per_second for row in rows]))


def _families(spec: InstanceSpec, found: Iterable[Found]) -> tuple[tuple[FamilySeen, ...], int]:
    """Return the families that the topics are of, and how many undeclared ones are left out."""
    by_name: dict[str, list[Found]] = {}
    for each in found:
        by_name.setdefault(each.topic.partition(SEPARATOR)[0], []).append(each)
    declared = [name for name in by_name if spec.family(name) is not None]
    others = [name for name in by_name if spec.family(name) is None]
    kept = heapq.nsmallest(FAMILIES_MAX, others, key=lambda name: (-len(by_name[name]), name))
    told = tuple(
        FamilySeen(name, _matched(by_name[name]), _row(max(by_name[name], key=lambda each: each.last_ms)))
        for name in declared + kept
    )
    return told, len(others) - len(kept)
