"""Who listens: how many connections of this process receive a topic, and how many have a pattern or a part of it."""

from collections import Counter
from typing import Final

import msgspec
from msgspec import Struct

from consumers.hub import Hub
from instances.topics import Pattern, intersection

LISTENERS: Final = "topics.listeners"

SAME: Final = "same"
WIDER: Final = "wider"
PART: Final = "part"
NONE: Final = "none"


class ListenersAsked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    instance: str
    topics: tuple[str, ...] = ()
    pattern: str | None = None


class ListenersTold(Struct, frozen=True):
    """Connections, each counted once, for what it has the most of."""

    of_topics: tuple[int, ...] = ()
    """In the order of the question."""
    same: int = 0
    """That follow the very pattern."""
    wider: int = 0
    """That follow one which takes it in."""
    part: int = 0
    """That follow one which shares topics with it."""


_read: Final = msgspec.json.Decoder(ListenersAsked).decode
encode: Final = msgspec.json.Encoder().encode
read_told: Final = msgspec.json.Decoder(ListenersTold).decode


def listeners_here(hub: Hub, body: bytes) -> bytes:
    """Return how many listen, of this process."""
    asked = _read(body)
    counts = _with(hub, asked.instance, Pattern(asked.pattern)) if asked.pattern is not None else Counter()
    return encode(
        ListenersTold(
            of_topics=tuple(hub.count_followers(asked.instance, topic) for topic in asked.topics),
            same=counts[SAME],
            wider=counts[WIDER],
            part=counts[PART],
        )
    )


def standing_of(theirs: Pattern, asked: Pattern) -> str:
    """Return how much of the topics of a pattern another one brings."""
    if theirs == asked:
        return SAME
    if theirs.contains(asked):
        return WIDER
    return NONE if intersection(theirs, asked) is None else PART


_RANKS: Final = (SAME, WIDER, PART, NONE)


def _with(hub: Hub, instance: str, asked: Pattern) -> Counter[str]:
    counts: Counter[str] = Counter()
    # Thousands of connections have few patterns among them.
    known: dict[str, str] = {}
    for connection in hub.connections.values():
        found = set()
        for each in connection.subscriptions.values():
            if each.spec.name == instance:
                text = each.pattern.text
                if text not in known:
                    known[text] = standing_of(each.pattern, asked)
                found.add(known[text])
        if found:
            counts[min(found, key=_RANKS.index)] += 1
    return counts
