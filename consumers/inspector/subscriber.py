"""What is told of a subscriber: plain values, which go from the process that has it to the one that is asked."""

from msgspec import Struct

LIMIT_MAX = 100
OFFSET_MAX = 5_000
"""Further down a list nobody looks; a narrower question finds what is there."""


class Asked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which subscribers, in what order. What is None or empty is not asked for."""

    order: str = "slowest"
    offset: int = 0
    limit: int = LIMIT_MAX
    text: str = ""
    """Somewhere in its id, name, address or program; whatever the case."""
    instances: tuple[str, ...] = ()
    """It follows anything of one of these."""
    topic: str | None = None
    """One of its patterns, of one of these instances or of any, matches the topic."""
    process: str | None = None
    kind: str | None = None
    """`user` or `token`."""
    principal_id: int | None = None
    """With a kind: that one's own connections only."""


class Subscriber(Struct, frozen=True):
    """One connection. Counts are since it connected."""

    id: str
    process: str
    kind: str
    principal_id: int
    principal: str
    address: str | None
    agent: str
    connected_ms: int
    patterns: tuple[str, ...]
    """What it follows, each as instance and pattern, such as "health subscription_health:*"."""
    queued_bytes: int
    events_behind: int
    """That wait for it in the hub."""
    seconds_behind: float
    """Since the oldest of them came."""
    keeps_up: bool
    """Whether its socket takes more just now."""
    events_per_second: float
    delivered: int
    dropped: int
    conflated: int
    gaps: int
    acknowledged_seconds_ago: float | None = None
    """None for one that acknowledges nothing."""
    place: float | str = 0.0
    """By what it is sorted; less comes first."""
    views: tuple[str, ...] = ()
    """What it says to be looking at, such as "instance:health"; a name stands there once for each tab."""


class Followed(Struct, frozen=True):
    """One subscription of it."""

    id: str
    instance: str
    pattern: str
    policy: str
    personal: bool
    """Whether it reads personal fields in the clear."""
    streams: dict[str, str]
    """In effect, and where each ends now."""
    acknowledged: dict[str, str]
    unacknowledged: int | None
    """Events of its streams after what it has acknowledged; None where it acknowledges nothing."""
    acknowledged_seconds_ago: float | None
    processing_seconds: float | None
    """From the passing of an event to its acknowledgement, as measured last."""
    durable: str | None
    """The name under which the hub keeps how far it came."""


class Inspected(Struct, frozen=True):
    """One subscriber, and each of its subscriptions."""

    subscriber: Subscriber
    following: tuple[Followed, ...]
    queue_max_bytes: int


class Counted(Struct, frozen=True):
    """What one process answers to `Asked`: the first rows of those that it has."""

    total: int
    matched: int
    rows: list[Subscriber]
