"""Streams as Redis keeps them, in memory: restarted with its data, from an old snapshot or empty, trimmed, out."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import NamedTuple, TypeVar

from instances.batch import Batch
from instances.event import Prepared
from instances.streams import Due, Head, IdConflict, Keep, Keeps, Placed, Position, Slice
from instances.streams.contract import PAST_EPOCHS
from tests.integration.simulation.weather import Weather

T = TypeVar("T")


class Place(NamedTuple):
    """Where an event stands among all of its stream, over all epochs."""

    number: int
    """Of the epoch: later ones have higher numbers."""
    offset: int


def place_of(position: str) -> Place:
    """Return the place that a position names; the names of simulated epochs count."""
    epoch, _, offset = position.rpartition(":")
    return Place(int(epoch.removeprefix("e")), int(offset))


@dataclass(frozen=True, slots=True)
class Published:
    """What was truly taken, whatever its publisher heard."""

    place: Place
    topic: str
    event_type: str


@dataclass(slots=True)
class _Stream:
    run: int
    epoch: str
    offset: int = 0
    last: Prepared | None = None
    past: list[tuple[str, int]] = field(default_factory=list)
    """Epochs before with their ends, newest first."""
    kept: dict[str, tuple[int, deque[Prepared]]] = field(default_factory=dict)
    """Of each epoch, the first kept offset and the events from there on."""

    def copy(self) -> "_Stream":
        kept = {epoch: (first, events.copy()) for epoch, (first, events) in self.kept.items()}
        return _Stream(self.run, self.epoch, self.offset, self.last, list(self.past), kept)


class SimulatedStreams:
    """One for all processes. It counts epochs, so that they can be told apart in a transcript."""

    def __init__(self, weather: Weather, clock: Callable[[], float]) -> None:
        self.published: dict[str, list[Published]] = {}
        self._weather = weather
        self._clock = clock
        self._run = 1
        self._epochs = 0
        self._streams: dict[str, _Stream] = {}
        self._ids: dict[bytes, tuple[bytes, Position]] = {}
        self._snapshot: dict[str, _Stream] = {}
        self._late: set[asyncio.Task[object]] = set()
        self.restored = False
        """Whether a snapshot has brought back what was gone."""

    # --- faults --------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Take the snapshot that an old one will have been."""
        self._snapshot = {name: stream.copy() for name, stream in self._streams.items()}

    def restart(self, how: str) -> None:
        """Start anew: with `data`, from the `snapshot` taken last, or `empty`."""
        self._run += 1
        if how == "snapshot":
            self._streams = {name: stream.copy() for name, stream in self._snapshot.items()}
            self.restored = True
        elif how == "empty":
            self._streams, self._snapshot = {}, {}
        if how != "data":
            self._ids.clear()

    def trim(self, stream: str, share: float) -> None:
        """Let go of a share of what is kept, oldest first."""
        here = self._streams.get(stream)
        if here is not None:
            for epoch, (first, events) in here.kept.items():
                gone = round(len(events) * share)
                here.kept[epoch] = first + gone, deque(islice(events, gone, None))

    # --- the contract --------------------------------------------------------------------------------------------

    async def append(
        self, instance: str, publications: Sequence[Sequence[Prepared]], keeps: Keeps
    ) -> list[Placed | IdConflict]:
        return await self._asked(lambda: [self._place(events, keeps) for events in publications])

    async def heads(self, streams: Iterable[str]) -> dict[str, Head]:
        names = list(streams)
        return await self._asked(lambda: {name: self._head(name) for name in names})

    async def read(self, stream: str, after: Position, *, limit: int = 500) -> Slice:
        chance = self._weather.chance
        # Large events end a page early.
        most = limit if chance.random() < 0.8 else chance.randint(1, limit)
        return await self._asked(lambda: self._slice(stream, after.epoch, after.offset + 1, most))

    async def read_back(self, stream: str, before: Position, *, limit: int = 500) -> Slice:
        first = max(before.offset - limit, 1)
        return await self._asked(lambda: self._slice(stream, before.epoch, first, before.offset - first))

    async def past(self, stream: str) -> list[str]:
        return await self._asked(lambda: [epoch for epoch, _ in _remembered(self._touch(stream))])

    async def due(self, keeps: Keeps) -> dict[str, Due]:
        return await self._asked(lambda: {name: Due(self._expired(name, keep)) for name, keep in keeps.items()})

    async def purge(self, keeps: Keeps) -> dict[str, Due]:
        return await self._asked(lambda: {name: self._purge(name, keep) for name, keep in keeps.items()})

    async def close(self) -> None:
        """Nothing is open."""

    async def _asked(self, answer: Callable[[], T]) -> T:
        """Do what was asked even where whoever asked has given up: the request is on its way."""
        task = asyncio.create_task(self._answered(answer))
        self._late.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    def _forget(self, task: "asyncio.Task[object]") -> None:
        self._late.discard(task)
        if not task.cancelled():
            task.exception()

    async def _answered(self, answer: Callable[[], T]) -> T:
        await self._weather.pass_through()
        done = answer()
        await asyncio.sleep(self._weather.delay_seconds())
        if self._weather.chance.random() < self._weather.answers_lost:
            raise ConnectionResetError("the answer was lost")
        return done

    # --- the data ------------------------------------------------------------------------------------------------

    def _touch(self, name: str) -> _Stream:
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = _Stream(self._run, self._next_epoch())
        elif stream.run != self._run:
            before = [(stream.epoch, stream.offset)] if stream.offset else []
            stream.past = [*before, *stream.past][:PAST_EPOCHS]
            stream.run, stream.epoch, stream.offset, stream.last = self._run, self._next_epoch(), 0, None
        return stream

    def _next_epoch(self) -> str:
        self._epochs += 1
        return f"e{self._epochs:04}"

    def _place(self, events: Sequence[Prepared], keeps: Keeps) -> Placed:
        positions: list[Position] = []
        repeated: set[int] = set()
        for index, event in enumerate(events):
            if event.given_id is not None and event.given_id in self._ids:
                positions.append(self._ids[event.given_id][1])
                repeated.add(index)
                continue
            stream = self._touch(event.stream)
            stream.offset += 1
            stream.last = event
            first, kept = stream.kept.setdefault(stream.epoch, (stream.offset, deque()))
            kept.append(event)
            keep = keeps[event.stream]
            expired_ms = (self._clock() - keep.seconds) * 1000
            while len(kept) > keep.events or kept[0].received_ms < expired_ms:
                kept.popleft()
                first += 1
            stream.kept[stream.epoch] = first, kept
            position = Position(stream.epoch, stream.offset)
            positions.append(position)
            self.published.setdefault(event.stream, []).append(
                Published(place_of(str(position)), event.topic, event.event_type)
            )
            if event.given_id is not None:
                self._ids[event.given_id] = event.digest, position
        return Placed(positions, frozenset(repeated))

    def _expired(self, name: str, keep: Keep) -> int:
        expired_ms = (self._clock() - keep.seconds) * 1000
        _, events = self._touch(name).kept.get(self._touch(name).epoch, (1, deque()))
        return sum(event.received_ms < expired_ms for event in events)

    def _purge(self, name: str, keep: Keep) -> Due:
        stream, gone = self._touch(name), self._expired(name, keep)
        if gone:
            first, events = stream.kept[stream.epoch]
            stream.kept[stream.epoch] = first + gone, deque(islice(events, gone, None))
        return Due(gone)

    def _head(self, name: str) -> Head:
        stream = self._touch(name)
        position, last = Position(stream.epoch, stream.offset), stream.last
        if last is None:
            return Head(position, None, None, None)
        return Head(position, last.received_ms, last.topic, last.event_type)

    def head(self, name: str) -> Place:
        """Return where the stream truly ends."""
        return place_of(str(self._head(name).position))

    def keeps(self, name: str, place: Place) -> bool:
        """Tell whether that event can still be read."""
        stream = self._touch(name)
        for epoch, _ in _remembered(stream):
            if place_of(f"{epoch}:0").number == place.number:
                first, events = stream.kept.get(epoch, (1, deque()))
                return first <= place.offset < first + len(events)
        return False

    def _slice(self, name: str, epoch: str, begins: int, limit: int) -> Slice:
        stream = self._touch(name)
        epochs = _remembered(stream)
        ends = dict(epochs)
        if epoch not in ends:
            return Slice(None, 1, None, next((name for name, _ in epochs if name > epoch), stream.epoch))
        following = next((after for (each, _), (after, _) in pairwise(epochs) if each == epoch), None)
        first, events = stream.kept.get(epoch, (ends[epoch] + 1, deque()))
        begins = max(begins, first)
        wanted = list(islice(events, begins - first, begins - first + limit))
        batch = None
        if wanted:
            carried = [event.carried(epoch, begins + number) for number, event in enumerate(wanted)]
            batch = Batch(name, epoch, begins, carried)
        return Slice(batch, first, ends[epoch], following)


def _remembered(stream: _Stream) -> list[tuple[str, int]]:
    return [*reversed(stream.past), (stream.epoch, stream.offset)]
