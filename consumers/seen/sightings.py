"""What one connection was handed of evidence and alerts, and what it acknowledged, as stretches of offsets.

A connection gets the events of a stream that its patterns match in order and without a hole; where one is, a gap tells
it. So two offsets say it all, as long as neither patterns nor epoch change and no gap comes between.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from consumers.messages import Gap, Item, Replayed, Run
from consumers.seen.rows import (
    STRETCH_OFFSETS,
    By,
    Clock,
    Follow,
    Recording,
    Row,
    Said,
    Stretch,
    Subscriber,
)
from instances.event import new_id
from instances.streams import Position

if TYPE_CHECKING:
    from consumers.connection import Subscription


_Key = str | tuple[str, str]
"""A stream, for what is live; a subscription and a stream for what is replayed to it."""


class Book(Protocol):
    def note(self, row: Row) -> None: ...


class Sightings:
    """One for each connection that has said who it is. All of it happens on the hub's loop."""

    __slots__ = ("_book", "_by", "_clock", "_follows", "_open", "_replays", "_said", "_sealed", "_subscriber")

    def __init__(
        self, book: Book, subscriber: Subscriber, *, follows: Callable[[str], Iterable[Follow]], clock: Clock
    ) -> None:
        """`follows` gives what the connection follows of an instance now; `clock` tells milliseconds since 1970."""
        self._book = book
        self._subscriber = subscriber
        self._follows = follows
        self._clock = clock
        self._open: dict[_Key, Stretch] = {}
        self._by: dict[str, By] = {}
        """With what it follows of an instance now."""
        self._replays: dict[str, By] = {}
        self._sealed: dict[Run, By] = {}
        """Runs that still wait, and were put into the mailbox while it followed something else."""
        self._said: dict[tuple[str, str], Said] = {}

    # --- deliveries ----------------------------------------------------------------------------------------------

    def delivered(self, run: Run) -> None:
        """Take note that a run of recorded events is handed to the transport.

        For each connection that an event goes to: so the usual case, in which a stretch goes on, is written out here.
        """
        recording, events = run.recording, run.events
        if recording is None:
            return
        head, last, now = events[0], events[-1].offset, self._clock()
        by = self._by.get(recording.instance) if not self._sealed else self._sealed.pop(run, None)
        stretch = self._open.get(head.stream)
        if (
            stretch is not None
            and stretch.by is by
            and stretch.recording is recording
            and stretch.last < head.offset
            and last <= stretch.may_reach
            and now < stretch.until_ms
            and stretch.epoch == head.epoch
        ):
            stretch.last = last
            stretch.last_ms = now
            if not stretch.waiting:
                self._book.note(stretch)
            return
        if by is None:
            by = self._by.get(recording.instance) or self._now(recording.instance)
        self._hand(head.stream, by, recording, head.stream, head.epoch, head.offset, last, now)

    def replayed(self, piece: Replayed) -> None:
        """Take note that a piece of a replay is handed to the transport."""
        source = piece.source
        if source is None:
            return
        by = self._replays.get(source.sub)
        if by is None:
            follow = Follow(source.pattern, source.durable, source.personal)
            by = self._replays[source.sub] = self._made(source.recording.instance, (follow,))
        self._hand(
            (source.sub, source.stream),
            by,
            source.recording,
            source.stream,
            source.epoch,
            piece.first,
            piece.last,
            self._clock(),
        )

    def gap(self, gap: Gap) -> None:
        """Take note that something of a stream is missing from here on: nothing goes on over it."""
        self._end(lambda stretch: stretch.stream == gap.stream)

    def changes(self, instance: str, waiting: Iterable[Item]) -> None:
        """Take note that what it follows of an instance is about to change; what waits was put in before."""
        for run in waiting:
            if type(run) is not Run or run in self._sealed:
                continue
            if run.recording is not None and run.recording.instance == instance:
                self._sealed[run] = self._by.get(instance) or self._now(instance)
        self._by.pop(instance, None)

    def _hand(
        self, key: _Key, by: By, recording: Recording, stream: str, epoch: str, first: int, last: int, now: int
    ) -> None:
        stretch = self._open.get(key)
        if stretch is not None and stretch.takes(recording, by, epoch, first, last, now):
            stretch.last, stretch.last_ms = last, now
            if not stretch.waiting:
                self._book.note(stretch)
            return
        replayed = key != stream
        for begin in range(first, last + 1, STRETCH_OFFSETS):
            end = min(last, begin + STRETCH_OFFSETS - 1)
            stretch = self._open[key] = Stretch(
                new_id(now), by, recording, stream, epoch, begin, end, now, now, replayed=replayed
            )
            self._book.note(stretch)

    def _end(self, ends: Callable[[Stretch], bool]) -> None:
        for key in [key for key, stretch in self._open.items() if ends(stretch)]:
            del self._open[key]

    def _now(self, instance: str) -> By:
        by = self._by[instance] = self._made(instance, sorted(self._follows(instance), key=str))
        return by

    def _made(self, instance: str, follows: Sequence[Follow]) -> By:
        now = self._clock()
        return By(new_id(now), now, instance, self._subscriber, tuple(follows))

    # --- acknowledgements ----------------------------------------------------------------------------------------

    def acknowledged(
        self, subscription: "Subscription", positions: Mapping[str, Position], recording: Recording
    ) -> None:
        """Take note of how far the client says it has come."""
        for stream, position in positions.items():
            self._say(subscription, stream, position, recording)

    def _say(self, subscription: "Subscription", stream: str, position: Position, recording: Recording) -> None:
        now, key = self._clock(), (subscription.id, stream)
        said = self._said.get(key)
        same = said is not None and said.epoch == position.epoch
        if said is not None and same:
            before = said.last
        else:
            began = subscription.begins.get(stream)
            before = began.offset if began is not None and began.epoch == position.epoch else 0
        if position.offset <= before:
            return
        if said is not None and same and said.takes(recording, position.offset, now):
            said.last, said.last_ms = position.offset, now
            if not said.waiting:
                self._book.note(said)
            return
        for begin in range(before, position.offset, STRETCH_OFFSETS):
            end = min(position.offset, begin + STRETCH_OFFSETS)
            said = self._said[key] = Said(
                id=new_id(now),
                recording=recording,
                subscriber=self._subscriber,
                sub=subscription.id,
                durable=subscription.durable,
                pattern=subscription.pattern.text,
                stream=stream,
                epoch=position.epoch,
                before=begin,
                first=end,
                last=end,
                first_ms=now,
                last_ms=now,
            )
            self._book.note(said)
