"""What an adapter must do that counts events and keeps the newest of them: one contract, one test suite."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from instances.batch import Batch
from instances.error_codes import Refusal
from instances.event import Prepared
from instances.spec import DeliveryClass
from instances.streams.position import Head, Position

IDS_REMEMBERED_SECONDS: Final = 5 * 60
"""For so long at least, an id that its publisher gave answers as it did the first time."""
IDS_REMEMBERED_MAX: Final = 200_000
"""Per instance and 5 minutes; beyond it the oldest are forgotten earlier, at some 100 bytes each."""
PAST_EPOCHS: Final = 3
"""Earlier epochs of a stream whose kept events can still be read."""
PAGE_EVENTS: Final = 500
PURGED_EVENTS_MAX: Final = 20_000
"""Of one stream at once, so that a purge holds up neither Redis nor an event loop; the next one goes on."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How much of a stream is kept."""

    events: int
    seconds: float


Keeps = Mapping[str, Keep]
"""How much is kept, by stream."""

BESIDE_THE_JOURNAL: Final = Keep(events=10_000, seconds=6 * 60 * 60)
"""What streams keep of the classes whose whole history is a journal's."""


def keep_of(delivery: DeliveryClass) -> Keep:
    """Return how much of its streams an instance of that class keeps."""
    if delivery.history_events is None or delivery.history_seconds is None:
        return BESIDE_THE_JOURNAL
    return Keep(delivery.history_events, delivery.history_seconds)


@dataclass(frozen=True, slots=True)
class Due:
    """What of a stream is older than its keep, over all epochs that can still be read."""

    events: int = 0
    bytes: int | None = None
    """That it takes, about; None where it isn't known."""
    oldest_ms: int | None = None
    """When the oldest event that is there was taken, due or not; None where none is there."""
    more: bool = False
    """Whether a purge left some of it to the next one."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the events of one publication stand."""

    positions: list[Position]
    repeated: frozenset[int] = frozenset()
    """Indices of those that were published before under the same id, and got their first answer again."""


class IdConflict(Refusal):
    """An id that stands for another event already."""

    def __init__(self, *, index: int, id: str) -> None:
        super().__init__(
            "conflict",
            f"The id {id} was published before with another body. Publish the same body again, or take a new id.",
        )
        self.index = index
        self.errors = ({"index": index, "code": self.code, "message": self.message},)


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of one epoch of a stream, as far as it is kept."""

    batch: Batch | None
    """Consecutive events; None where nothing is kept there."""
    oldest: int
    """The first offset that is kept; one after `end` where nothing is."""
    end: int | None
    """The last offset that the epoch is known to have had; None for an epoch that nobody remembers."""
    following: str | None
    """The epoch after it, None for the present one; for one that nobody remembers, the oldest remembered that began
    later, as their names sort, else the present one."""


class KeptStreams(Protocol):
    """What readers ask of every adapter. An offset never names two events in one epoch."""

    async def heads(self, streams: Iterable[str]) -> dict[str, Head]:
        """Return where each stream ends; one that never had an event ends at offset 0 of its epoch."""

    async def read(self, stream: str, after: Position, *, limit: int = PAGE_EVENTS) -> Slice:
        """Return kept events after a position, at most so many, in the order of their offsets."""

    async def read_back(self, stream: str, before: Position, *, limit: int = PAGE_EVENTS) -> Slice:
        """Return kept events right before a position, at most so many, in the order of their offsets."""

    async def past(self, stream: str) -> list[str]:
        """Return the stream's remembered epochs, oldest first; the last is the present one."""

    async def close(self) -> None: ...


class Streams(KeptStreams, Protocol):
    """What an adapter does, too, that counts events itself."""

    async def append(
        self, instance: str, publications: Sequence[Sequence[Prepared]], keeps: Keeps
    ) -> list[Placed | IdConflict]:
        """Give every event its place in its stream and keep it, all in one atomic step.

        A publication is taken whole or not at all. An event whose id its publisher gave, and that was published
        before with the same body, gets its first place again; with another body its publication is a conflict.
        Every stream of theirs has a keep.
        """

    async def due(self, keeps: Keeps) -> dict[str, Due]:
        """Return of each stream what `purge` would remove, all of it, and remove nothing."""

    async def purge(self, keeps: Keeps) -> dict[str, Due]:
        """Remove what is older than its stream's keep, at most PURGED_EVENTS_MAX of each, and return what that was.

        A stream's count goes on as if nothing had happened, and so do its epochs.
        """
