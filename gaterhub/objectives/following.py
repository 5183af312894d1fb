"""Follows the streams that objectives are about, by position, and counts good and bad events by the minute.

Whoever publishes notices nothing: what is read is the history, a page at a time, once a second.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from gaterhub.objectives.budget import Counts
from gaterhub.objectives.judging import Judge
from gaterhub.objectives.progress import MINUTE_SECONDS, Known, Mark, Progress, whole_minutes
from instances.batch import Carried
from instances.broker import Broker
from instances.catalog import find
from instances.groups import streams_of
from instances.streams import Head, Position

PAUSE_SECONDS: Final = 60.0
"""Longer without a look, and the time between isn't vouched for, whatever is found of it: as long as another process
takes to follow one that died, and shorter than an outage that somebody has to know of."""
TOPICS_REMEMBERED_MAX: Final = 10_000
PAGE_EVENTS: Final = 200
"""Read and judged in one turn of the loop, which takes about a millisecond. A page is judged as a whole, so that counts
and position always belong together."""


class _Judged(msgspec.Struct):
    received: int
    data: Any = None
    metadata: Any = None


_read: Final = msgspec.json.Decoder(_Judged).decode


class Followed:
    """One objective, and how far its events are counted."""

    def __init__(self, known: Known) -> None:
        self.objective = known.objective
        self.definition = known.definition
        self.judge = Judge(known.definition)
        self.spec = find(known.definition.instance)
        mark = known.mark
        self.serial = 0 if mark is None else mark.serial
        self.positions: dict[str, Position] = {} if mark is None else dict(mark.positions)
        self.since = None if mark is None else mark.since
        """None before the first look."""
        self._from, self._until = (0.0, 0.0) if mark is None else (mark.covered_from, mark.covered_until)
        self._written_until = self._until
        self.taken = False
        """Whether somebody is writing what came up to a moment ago."""
        self._counts: dict[int, Counts] = {}
        self._covered: set[int] = set()

    @property
    def streams(self) -> tuple[str, ...]:
        return streams_of(self.spec, self.judge.pattern)

    def begin(self, stream: str, head: Position) -> None:
        """Take note of a stream that isn't followed yet: by a new objective from now on, else from its beginning."""
        self.positions[stream] = head if self.since is None else Position(head.epoch, 0)

    def count(self, received_seconds: float, good: bool) -> None:
        """Count one event. What came before the objective is none of its events."""
        if self.since is not None and received_seconds >= self.since:
            minute = int(received_seconds // MINUTE_SECONDS) * MINUTE_SECONDS
            self._counts[minute] = self._counts.get(minute, Counts()) + (Counts(1, 0) if good else Counts(0, 1))

    def break_until(self, at_seconds: float) -> None:
        """Take note that something is missing before that time."""
        self._note_covered()
        self._from = max(self._from, at_seconds)
        self._until = max(self._until, self._from)

    def cover_until(self, at_seconds: float) -> None:
        """Take note that everything up to that time is counted, but for what is missing."""
        if self.since is None:
            self.since = self._from = self._until = self._written_until = at_seconds
        elif at_seconds - self._until > PAUSE_SECONDS:
            self.break_until(at_seconds)
        self._until = max(self._until, at_seconds)

    def take(self) -> Progress | None:
        """Return what came since the last time, and begin anew; None before the first look."""
        if self.since is None:
            return None
        self._note_covered()
        mark = Mark(self.serial, dict(self.positions), self.since, self._from, self._until)
        taken = Progress(self.objective, self.definition, mark, self._counts, frozenset(self._covered))
        self._counts, self._covered, self.taken = {}, set(), True
        return taken

    def give_back(self, progress: Progress) -> None:
        """Keep for the next time what could not be written."""
        self.taken = False
        for minute, counts in progress.counts.items():
            self._counts[minute] = counts + self._counts.get(minute, Counts())
        self._covered |= progress.covered

    def _note_covered(self) -> None:
        # A minute that ran on at the last note is looked at again.
        begins = max(self._from, self._written_until // MINUTE_SECONDS * MINUTE_SECONDS)
        self._covered.update(whole_minutes(begins, self._until))
        self._written_until = self._until


class Follower:
    """All objectives of the process that records; every call belongs on the loop of the instances."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._followed: dict[int, Followed] = {}
        self._concerned: dict[tuple[int, ...], dict[str, tuple[Followed, ...]]] = {}

    def forget(self) -> None:
        """Let go of everything: another process records."""
        self._followed, self._concerned = {}, {}

    def take(self) -> list[Progress]:
        """Return what came since the last time, to be written, and then either `adopt`ed or given back."""
        taken = [each.take() for each in self._followed.values()]
        return [progress for progress in taken if progress is not None]

    def give_back(self, taken: Iterable[Progress]) -> None:
        """Keep for the next time what could not be written."""
        for progress in taken:
            followed = self._followed.get(progress.objective)
            if followed is not None and followed.definition == progress.definition:
                followed.give_back(progress)

    def adopt(self, known: Iterable[Known]) -> None:
        """Go on with the objectives as the database has them, after what was taken is written.

        An objective whose mark this process has just written goes on as it is here. Any other begins from its mark:
        it is new, it means something else than before, or somebody else has counted on.
        """
        followed: dict[int, Followed] = {}
        for each in known:
            mine = self._followed.get(each.objective)
            serial = 0 if each.mark is None else each.mark.serial
            goes_on = each.written or (mine is not None and not mine.taken and mine.serial == serial)
            if mine is None or mine.definition != each.definition or not goes_on:
                mine = Followed(each)
            mine.serial, mine.taken = serial, False
            followed[each.objective] = mine
        if followed != self._followed:
            self._concerned = {}
        self._followed = followed

    async def look(self, broker: Broker) -> None:
        """Count what came since the last look, up to where the streams end now. Raises: Unavailable."""
        everyone = list(self._followed.values())
        if not everyone:
            return
        at = self._clock()
        heads = await broker.heads({stream for each in everyone for stream in each.streams})
        together: dict[tuple[str, Position], list[Followed]] = {}
        for each in everyone:
            for stream in each.streams:
                if stream not in each.positions:
                    each.begin(stream, heads[stream].position)
                together.setdefault((stream, each.positions[stream]), []).append(each)
        for (stream, position), group in together.items():
            await self._follow(broker, stream, position, heads[stream], group, at)
        for each in everyone:
            each.cover_until(at)

    async def _follow(
        self, broker: Broker, stream: str, position: Position, head: Head, group: list[Followed], at: float
    ) -> None:
        """Read on to the head, for all who have come equally far.

        What the history no longer has, and a new epoch, are holes: events may have been lost, and nobody knows which.
        """
        while position.epoch != head.position.epoch or position.offset < head.position.offset:
            kept = await broker.read(stream, position, limit=PAGE_EVENTS)
            batch = kept.batch
            if batch is not None:
                if batch.first > position.offset + 1:
                    _broken(group, _read(batch.events[0].wire).received / 1000)
                following = Position(batch.epoch, batch.last)
            elif kept.following is not None:
                _broken(group, at)
                following = Position(kept.following, 0)
            else:
                _broken(group, at)
                following = Position(position.epoch, max(position.offset, kept.end or 0))
                head = Head(following, None, None, None)
            self._judge(batch.events if batch else (), group)
            for each in group:
                each.positions[stream] = following
            position = following
            await broker.turns.take()

    def _judge(self, events: Sequence[Carried], group: list[Followed]) -> None:
        known = self._concerned.setdefault(tuple(each.objective for each in group), {})
        for event in events:
            concerned = known.get(event.topic)
            if concerned is None:
                if len(known) >= TOPICS_REMEMBERED_MAX:
                    known.clear()
                concerned = tuple(each for each in group if each.judge.pattern.matches(event.topic))
                known[event.topic] = concerned
            judged: _Judged | None = None
            for each in concerned:
                if each.judge.event_type in ("", event.event_type):
                    judged = judged or _read(event.wire)
                    good = each.judge.is_good(judged.data, judged.metadata)
                    if good is not None:
                        each.count(judged.received / 1000, good)


def _broken(group: Iterable[Followed], at_seconds: float) -> None:
    for each in group:
        each.break_until(at_seconds)
