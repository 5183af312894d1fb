"""Where a returning client left off, and the replay of what it has missed since."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec import UnsetType

from consumers.connection import Connection, Subscription
from consumers.cursor import Cursor
from consumers.frames import BadFrame
from consumers.history import History
from consumers.messages import Gap, Replayed, Source, replays_of
from consumers.seen.rows import Recording
from instances.batch import Batch
from instances.broker import Unavailable
from instances.groups import instance_of
from instances.redaction import redacted
from instances.streams import Position, Slice
from instances.topics import Pattern

_MAX_STREAMS: Final = 1_000
_EPOCH: Final = re.compile(r"[A-Za-z0-9]{1,32}")
_OFFSET: Final = re.compile(r"[0-9]{1,15}")
_STEP_SECONDS: Final = 0.02
_ARRIVAL_STEPS: Final = 60
"""Longer than the broker's time-out, so that a page read by several at once is younger than the position."""
_MAX_ROUNDS: Final = 1_000
"""Pages read without meeting the head: a stream that grows quicker than it can be read."""


def read_since(since: Mapping[str, str] | UnsetType) -> dict[str, Position]:
    """Return the positions of `since` by stream. Raises: BadFrame."""
    if isinstance(since, UnsetType):
        return {}
    if len(since) > _MAX_STREAMS:
        raise BadFrame(f"`since` names {len(since):,} streams; at most {_MAX_STREAMS:,} are taken.")
    return {stream: read_position(stream, text) for stream, text in since.items()}


def read_position(stream: str, text: str) -> Position:
    """Return a position that a client names. Raises: BadFrame."""
    epoch, _, offset = text.rpartition(":")
    if _EPOCH.fullmatch(epoch) is None or _OFFSET.fullmatch(offset) is None:
        raise BadFrame(f"The position of {stream[:80]!r} must be <epoch>:<offset>, such as k3f9:41.")
    return Position(epoch, int(offset))


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A confirmed subscription, and where live begins in each of its streams."""

    subscription: Subscription
    streams: dict[str, Position]
    replayed: int
    recovered: bool
    """Whether nothing is missing since where it left off."""


@dataclass(slots=True)
class Replay:
    """One subscriber's way from where it left off to where live begins."""

    connection: Connection
    sub: str
    pattern: Pattern
    urgent: bool
    personal: bool
    """Whether personal fields may be read."""
    cursors: Mapping[str, Cursor]
    """Of all streams of the pattern."""
    history: History
    heal: Callable[[Cursor], None]
    at: dict[str, Position]
    """How far it is served, of each stream that it comes back to."""
    recording: Recording | None = None
    """Under which it is recorded what is handed over, if that is recorded."""
    durable: str | None = None
    replayed: int = 0
    recovered: bool = True
    _matched: dict[str, bool] = field(default_factory=dict)

    async def catch_up(self) -> None:
        """Replay until every stream's end is within reach; then `finish` must follow in the same turn of the loop.

        The connection is fed page by page, as it takes them, and nothing that happens meanwhile is held for it alone.
        Raises: Unavailable.
        """
        for cursor in self._behind():
            cursor.tap()
        rounds = 0
        while apart := [cursor for cursor in self._behind() if not self._meets(cursor)]:
            for cursor in apart:
                rounds += 1
                if self._is_beyond(cursor):
                    await self._let_arrive(cursor)
                elif rounds > _MAX_ROUNDS:
                    self._skip_to(cursor)
                else:
                    before = self.at[cursor.stream]
                    await self._take(cursor.stream, await self.history.after(cursor.stream, before))
                    if self.at[cursor.stream] == before:
                        # The process itself has not come so far yet: an epoch has begun that it hasn't heard of.
                        self.heal(cursor)
                        await asyncio.sleep(_STEP_SECONDS)

    def finish(self) -> dict[str, Position]:
        """Replay what is left, without waiting, and return where live begins in every stream of the pattern."""
        live = {}
        for stream, cursor in self.cursors.items():
            at = self.at.get(stream)
            if at is None:
                live[stream] = cursor.head
                continue
            for batch in cursor.since(at) or ():
                for item in self._pieces(batch):
                    self.connection.put(item, urgent=self.urgent)
            live[stream] = cursor.head
        return live

    def let_go(self) -> None:
        """Undo what `catch_up` began; belongs after it, however it ended."""
        for cursor in self._behind():
            cursor.untap()

    def _behind(self) -> list[Cursor]:
        return [cursor for stream, cursor in self.cursors.items() if stream in self.at]

    def _meets(self, cursor: Cursor) -> bool:
        return not self._is_beyond(cursor) and cursor.since(self.at[cursor.stream]) is not None

    def _is_beyond(self, cursor: Cursor) -> bool:
        """Tell whether the client, or the history, has more than has arrived at this process."""
        at = self.at[cursor.stream]
        return at.epoch == cursor.head.epoch and at.offset > cursor.head.offset

    async def _let_arrive(self, cursor: Cursor) -> None:
        """Wait for what the client has already: it must not come a second time as live. Raises: Unavailable."""
        for _ in range(_ARRIVAL_STEPS):
            await asyncio.sleep(_STEP_SECONDS)
            if not self.connection.open:
                raise Unavailable("The connection is closed.")
            if not self._is_beyond(cursor):
                return
            self.heal(cursor)
        at = self.at[cursor.stream]
        kept = await self.history.after(cursor.stream, at)
        if kept.following is None and kept.end is not None and kept.end < at.offset:
            # Nobody can have told it this position.
            self.recovered = False
            self.at[cursor.stream] = Position(at.epoch, kept.end)

    async def _take(self, stream: str, kept: Slice) -> None:
        """Replay a stretch of history, and tell what is missing before it.

        1. What the history has begins later than asked for: the rest is evicted.
        2. It has nothing more of an epoch that ended: nobody knows for certain what came last in it.
        """
        at = self.at[stream]
        batch = kept.batch
        if batch is not None:
            if batch.first > at.offset + 1:
                before = Position(at.epoch, batch.first - 1)
                self._miss(stream, at, last=before.offset, following=before, reason="evicted")
            self.at[stream] = Position(batch.epoch, batch.last)
            for item in self._pieces(batch):
                self.connection.put(item, urgent=self.urgent)
                self.connection.flush({})
                await self.connection.room()
        elif kept.following is not None:
            following = Position(kept.following, 0)
            self._miss(stream, at, last=None, following=following, reason="epoch")
            self.at[stream] = following
        elif kept.end is not None and kept.end > at.offset:
            following = Position(at.epoch, kept.end)
            self._miss(stream, at, last=kept.end, following=following, reason="evicted")
            self.at[stream] = following
        if not self.connection.open:
            raise Unavailable("The connection is closed.")

    def _skip_to(self, cursor: Cursor) -> None:
        at, head = self.at[cursor.stream], cursor.head
        last = head.offset if head.epoch == at.epoch else None
        self._miss(cursor.stream, at, last=last, following=head, reason="slow")
        self.at[cursor.stream] = head

    def _miss(self, stream: str, at: Position, *, last: int | None, following: Position, reason: str) -> None:
        self.recovered = False
        gap = Gap(
            stream=stream,
            epoch=at.epoch,
            first=at.offset + 1,
            last=last,
            following=str(following),
            lost=None,
            reason=reason,
            sub=self.sub,
        )
        self.connection.tell_gap(gap, urgent=self.urgent)

    def _pieces(self, batch: Batch) -> list[Replayed]:
        """Return what the pattern matches, ready to be sent."""
        pieces = replays_of(self._wanted(batch), self.sub)
        if self.recording is not None:
            source = Source(
                recording=self.recording,
                stream=batch.stream,
                epoch=batch.epoch,
                sub=self.sub,
                pattern=self.pattern.text,
                durable=self.durable,
                personal=self.personal,
            )
            for piece in pieces:
                piece.source = source
        return pieces

    def _wanted(self, batch: Batch) -> Sequence[tuple[int, bytes]]:
        """Return offsets and wire forms of what the pattern matches."""
        matched, instance = self._matched, instance_of(batch.stream)
        wanted = []
        for offset, (topic, event_type, _, wire) in enumerate(batch.events, batch.first):
            hit = matched.get(topic)
            if hit is None:
                if len(matched) > 10_000:
                    matched.clear()
                hit = matched[topic] = self.pattern.matches(topic)
            if hit:
                wanted.append((offset, wire if self.personal else redacted(instance, event_type, wire)))
        self.replayed += len(wanted)
        return wanted
