"""Streams of one process: counted and kept in its memory, in a new epoch at each start."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from instances.batch import Batch
from instances.event import Prepared
from instances.streams.contract import (
    IDS_REMEMBERED_MAX,
    IDS_REMEMBERED_SECONDS,
    PAGE_EVENTS,
    PURGED_EVENTS_MAX,
    Due,
    IdConflict,
    Keep,
    Keeps,
    Placed,
    Slice,
)
from instances.streams.position import Head, Position, new_epoch

KEPT_BYTES_MAX: Final = 32 * 1024 * 1024
"""Per stream: ten thousand events of 64 KiB would be more than a process should hold for one."""


class _Last(NamedTuple):
    """What is still told of a stream's last event when it is gone itself."""

    received_ms: int
    topic: str
    event_type: str


@dataclass(slots=True)
class _Kept:
    """The newest events of a stream; the last one stands at `offset`."""

    offset: int = 0
    events: deque[Prepared] = field(default_factory=deque)
    bytes: int = 0
    last: Prepared | _Last | None = None

    @property
    def oldest(self) -> int:
        return self.offset - len(self.events) + 1

    def add(self, event: Prepared) -> None:
        self.offset += 1
        self.events.append(event)
        self.last = event
        self.bytes += event.size

    def trim(self, keep: Keep, now_ms: float) -> None:
        expired_ms = now_ms - keep.seconds * 1000
        events = self.events
        while events and (
            len(events) > keep.events or self.bytes > KEPT_BYTES_MAX or events[0].received_ms < expired_ms
        ):
            self.bytes -= events.popleft().size
        if not events:
            self.forget_last()

    def forget_last(self) -> None:
        """Hold no event any more only because it was the last one."""
        if isinstance(self.last, Prepared):
            self.last = _Last(self.last.received_ms, self.last.topic, self.last.event_type)

    def due(self, expired_ms: float, most: float) -> Due:
        """Return what is older, up to so many events."""
        count = size = 0
        for event in self.events:
            if event.received_ms >= expired_ms or count >= most:
                break
            count += 1
            size += event.size
        more = count < len(self.events) and self.events[count].received_ms < expired_ms
        return Due(count, size, self.events[0].received_ms if self.events else None, more)

    def purge(self, expired_ms: float) -> Due:
        """Let go of what is older."""
        due = self.due(expired_ms, PURGED_EVENTS_MAX)
        for _ in range(due.events):
            self.bytes -= self.events.popleft().size
        if not self.events:
            self.forget_last()
        return due


class _Ids:
    """Ids that publishers gave, in two generations of at least five minutes together."""

    def __init__(self, clock: Callable[[], float], most: int = IDS_REMEMBERED_MAX) -> None:
        self._clock, self._most = clock, most
        self._since = clock()
        self._now: dict[bytes, tuple[bytes, Position]] = {}
        self._before: dict[bytes, tuple[bytes, Position]] = {}

    def find(self, id: bytes) -> tuple[bytes, Position] | None:
        """Return digest and place of the event that the id stands for, or None."""
        return self._now.get(id) or self._before.get(id)

    def remember(self, id: bytes, digest: bytes, position: Position) -> None:
        self._now[id] = digest, position

    def turn(self) -> None:
        """Forget what is old enough."""
        now = self._clock()
        if now - self._since >= IDS_REMEMBERED_SECONDS or len(self._now) >= self._most:
            fresh = now - self._since < 2 * IDS_REMEMBERED_SECONDS
            self._before, self._now, self._since = self._now if fresh else {}, {}, now


class MemoryStreams:
    """Counts on one event loop, whose turns make each append atomic. `clock` counts seconds since 1970."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._epoch = new_epoch()
        self._streams: dict[str, _Kept] = {}
        self._keep: dict[str, Keep] = {}
        self._ids: dict[str, _Ids] = {}

    async def append(
        self, instance: str, publications: Sequence[Sequence[Prepared]], keeps: Keeps
    ) -> list[Placed | IdConflict]:
        ids = self._ids.get(instance)
        if ids is None:
            ids = self._ids[instance] = _Ids(self._clock)
        ids.turn()
        answers = [_conflict(events, ids) or self._place(events, ids) for events in publications]
        now_ms = self._clock() * 1000
        for stream in {event.stream for events in publications for event in events}:
            keep = self._keep[stream] = keeps[stream]
            if (kept := self._streams.get(stream)) is not None:
                kept.trim(keep, now_ms)
        return answers

    def _place(self, events: Sequence[Prepared], ids: _Ids) -> Placed:
        positions: list[Position] = []
        repeated = set()
        for index, event in enumerate(events):
            known = None if event.given_id is None else ids.find(event.given_id)
            if known is not None:
                positions.append(known[1])
                repeated.add(index)
                continue
            kept = self._streams.get(event.stream)
            if kept is None:
                kept = self._streams[event.stream] = _Kept()
            kept.add(event)
            position = Position(self._epoch, kept.offset)
            positions.append(position)
            if event.given_id is not None:
                ids.remember(event.given_id, event.digest, position)
        return Placed(positions, frozenset(repeated))

    async def heads(self, streams: Iterable[str]) -> dict[str, Head]:
        return {stream: self._head(stream) for stream in streams}

    def _head(self, stream: str) -> Head:
        kept = self._streams.get(stream)
        if kept is None or kept.last is None:
            return Head(Position(self._epoch, 0), None, None, None)
        last = kept.last
        return Head(Position(self._epoch, kept.offset), last.received_ms, last.topic, last.event_type)

    async def read(self, stream: str, after: Position, *, limit: int = PAGE_EVENTS) -> Slice:
        kept = self._fresh(stream)
        first = max(after.offset + 1, kept.oldest)
        return self._slice(stream, kept, after.epoch, first, min(first + limit - 1, kept.offset))

    async def read_back(self, stream: str, before: Position, *, limit: int = PAGE_EVENTS) -> Slice:
        kept = self._fresh(stream)
        last = min(before.offset - 1, kept.offset)
        return self._slice(stream, kept, before.epoch, max(last - limit + 1, kept.oldest), last)

    async def past(self, stream: str) -> list[str]:
        return [self._epoch]

    async def due(self, keeps: Keeps) -> dict[str, Due]:
        return {
            stream: kept.due(self._expired_ms(keep), math.inf)
            if (kept := self._streams.get(stream)) is not None
            else Due(0, 0)
            for stream, keep in keeps.items()
        }

    async def purge(self, keeps: Keeps) -> dict[str, Due]:
        purged = {}
        for stream, keep in keeps.items():
            # Readers who come before the next event find what is to be kept by now.
            self._keep[stream] = keep
            kept = self._streams.get(stream)
            purged[stream] = Due(0, 0) if kept is None else kept.purge(self._expired_ms(keep))
        return purged

    def _expired_ms(self, keep: Keep) -> float:
        return (self._clock() - keep.seconds) * 1000

    def _fresh(self, stream: str) -> _Kept:
        kept = self._streams.get(stream)
        if kept is None:
            return _Kept()
        kept.trim(self._keep[stream], self._clock() * 1000)
        return kept

    def _slice(self, stream: str, kept: _Kept, epoch: str, first: int, last: int) -> Slice:
        if epoch != self._epoch:
            return Slice(None, 1, None, self._epoch)
        batch = None
        if first <= last:
            start = first - kept.oldest
            events = islice(kept.events, start, start + last - first + 1)
            carried = [event.carried(epoch, first + number) for number, event in enumerate(events)]
            batch = Batch(stream, epoch, first, carried)
        return Slice(batch, kept.oldest, kept.offset, None)

    async def close(self) -> None:
        """Forget nothing: the next epoch begins with the next process."""


def _conflict(events: Sequence[Prepared], ids: _Ids) -> IdConflict | None:
    """Return the first event of a publication whose id stands for another event, in it or before it."""
    here: dict[bytes, bytes] = {}
    for index, event in enumerate(events):
        if event.given_id is None:
            continue
        known = ids.find(event.given_id)
        digest = here.setdefault(event.given_id, event.digest) if known is None else known[0]
        if digest != event.digest:
            return IdConflict(index=index, id=event.id)
    return None
