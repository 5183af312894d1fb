"""What is asked and told of the topics that were seen lately: plain values, from process to process."""

from typing import Final

from msgspec import Struct

ROWS_MAX: Final = 500
"""That one process tells. A hub with more topics is asked for a narrower pattern."""
FAMILIES_MAX: Final = 100
"""Of those that nobody declared; a flood of made-up topics must not become a flood of answers."""


class TopicsAsked(Struct, frozen=True, kw_only=True):
    """Topics of an instance that match a pattern."""

    instance: str
    pattern: str = "*"
    within: tuple[str, ...] = ("*",)
    """The patterns of what the asker may read; of other topics no name is told."""
    order: str = "rate"
    limit: int = ROWS_MAX


class TopicSeen(Struct, frozen=True):
    """One topic, as a process took it in."""

    topic: str
    events_per_second: float
    bytes_per_second: float
    last_ms: int
    """When the last event came, in milliseconds since 1970 UTC."""
    id: str
    """Of the last event."""
    event_type: str
    publishers: tuple[str, ...]
    """The last ones, the newest at the end."""
    more_publishers: bool = False


class Matched(Struct, frozen=True):
    """How much there is."""

    topics: int = 0
    events_per_second: float = 0.0
    bytes_per_second: float = 0.0


class FamilySeen(Struct, frozen=True):
    """The topics of one family that match the pattern and may be read."""

    name: str
    matched: Matched
    last: TopicSeen
    """The topic that saw the last event of all."""


class TopicsTold(Struct, frozen=True):
    """What one process, or all of them, answer."""

    readable: Matched
    """Of what the asker may read."""
    everything: Matched
    """Of all topics that match, whoever may read them."""
    rows: tuple[TopicSeen, ...]
    families: tuple[FamilySeen, ...]
    more_families: int = 0
    """Undeclared ones that are left out."""
    forgotten: int = 0
    """Topics of the instance that had to go, so that others had room."""
    exact: bool = True
    """Whether the numbers of topics are right, and not only the least that they can be."""
