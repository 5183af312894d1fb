"""What is kept of deliveries and acknowledgements, as it grows in the process that sees them.

All of it changes on the hub's loop alone; `waiting` and `written` are the book's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Final, NamedTuple

from django.db import models

from consumers.models import SeenAck, SeenBy, SeenPeriod, Sighting
from instances.event import new_id

STRETCH_OFFSETS: Final = 1_000
"""The longest stretch: whoever looks for an offset looks at those that begin at most so far before it."""
STRETCH_MS: Final = 10 * 60 * 1_000
"""Of an event that stands in a stretch it is known within this time when it was handed over."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A time in which an instance's deliveries are recorded; told apart from another by identity."""

    instance: str


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who a connection is, and where it is from."""

    connection: str
    process: str
    kind: str
    id: int
    name: str
    address: str | None
    agent: str


class Follow(NamedTuple):
    """A pattern that is followed."""

    pattern: str
    durable: str | None
    personal: bool
    """Whether personal fields are in the clear."""


@dataclass(slots=True, eq=False)
class By:
    """A subscriber and what it followed of an instance at a time; each delivery is to one."""

    id: str
    at_ms: int
    instance: str
    subscriber: Subscriber
    follows: tuple[Follow, ...]
    written: bool = False

    def model(self) -> SeenBy:
        who = self.subscriber
        return SeenBy(
            id=self.id,
            at=moment(self.at_ms),
            instance=self.instance,
            process=who.process,
            connection=who.connection,
            principal_kind=who.kind,
            principal_id=who.id,
            principal=who.name,
            address=who.address,
            agent=who.agent,
            follows=[list(each) for each in self.follows],
        )


@dataclass(slots=True, eq=False)
class Stretch:
    """Offsets in a row of which those that the patterns match were handed to a connection."""

    id: str
    by: By
    recording: Recording
    stream: str
    epoch: str
    first: int
    last: int
    first_ms: int
    last_ms: int
    replayed: bool
    may_reach: int = field(init=False)
    """The last offset that may go into it."""
    until_ms: int = field(init=False)
    """Before then."""
    waiting: bool = False
    written: bool = False

    grows: ClassVar = ("last", "last_at")

    def __post_init__(self) -> None:
        self.may_reach, self.until_ms = self.first + STRETCH_OFFSETS - 1, self.first_ms + STRETCH_MS

    @property
    def instance(self) -> str:
        return self.recording.instance

    def takes(self, recording: Recording, by: By, epoch: str, first: int, last: int, now_ms: int) -> bool:
        """Tell whether what is handed over now may go into it."""
        return (
            self.recording is recording
            and self.by is by
            and self.epoch == epoch
            and first > self.last
            and last <= self.may_reach
            and now_ms < self.until_ms
        )

    def model(self) -> models.Model:
        return Sighting(
            id=self.id,
            by_id=self.by.id,
            stream=self.stream,
            epoch=self.epoch,
            first=self.first,
            last=self.last,
            first_at=moment(self.first_ms),
            last_at=moment(self.last_ms),
            replayed=self.replayed,
        )


@dataclass(slots=True, eq=False)
class Said:
    """Acknowledgements in a row, of one subscription in one stream: from after `before` up to `last`."""

    id: str
    recording: Recording
    subscriber: Subscriber
    sub: str
    durable: str | None
    pattern: str
    stream: str
    epoch: str
    before: int
    first: int
    """The position that was acknowledged first."""
    last: int
    first_ms: int
    last_ms: int
    waiting: bool = False
    written: bool = False

    grows: ClassVar = ("last", "last_at")

    @property
    def instance(self) -> str:
        return self.recording.instance

    @property
    def by(self) -> None:
        return None

    def takes(self, recording: Recording, offset: int, now_ms: int) -> bool:
        """Tell whether it may reach up to there."""
        return (
            self.recording is recording
            and offset <= self.before + STRETCH_OFFSETS
            and now_ms < self.first_ms + STRETCH_MS
        )

    def model(self) -> models.Model:
        return SeenAck(
            id=self.id,
            connection=self.subscriber.connection,
            principal_kind=self.subscriber.kind,
            principal_id=self.subscriber.id,
            sub=self.sub,
            durable=self.durable or "",
            pattern=self.pattern,
            stream=self.stream,
            epoch=self.epoch,
            before=self.before,
            first=self.first,
            last=self.last,
            first_at=moment(self.first_ms),
            last_at=moment(self.last_ms),
        )


@dataclass(slots=True, eq=False)
class Period:
    """A time in which a process recorded, didn't, or had to give up rows of an instance."""

    instance: str
    process: str
    kind: str
    began_ms: int
    last_ms: int
    rows: int = 0
    """Given up."""
    id: str = field(default_factory=lambda: new_id(0))
    waiting: bool = False
    written: bool = False

    grows: ClassVar = ("last_at", "rows")

    @property
    def by(self) -> None:
        return None

    def model(self) -> models.Model:
        return SeenPeriod(
            id=self.id,
            instance=self.instance,
            process=self.process,
            kind=self.kind,
            began_at=moment(self.began_ms),
            last_at=moment(self.last_ms),
            rows=self.rows,
        )


Row = Stretch | Said | Period
Clock = Callable[[], int]


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
