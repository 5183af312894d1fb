"""Questions about the events that are still kept: which, in the order in which the hub took them."""

import asyncio
import base64
import binascii
import heapq
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar

import msgspec

from instances.access.rights import Rights, Verb
from instances.broker import Broker
from instances.error_codes import Refusal
from instances.event import digest_of
from instances.groups import streams_of
from instances.redaction import redacted
from instances.spec import InstanceSpec
from instances.streams import Position, Slice
from instances.streams.contract import PAGE_EVENTS
from instances.topics import WILDCARD, Pattern

LIMIT_DEFAULT: Final = 100
LIMIT_MAX: Final = 1_000
SCANNED_MAX: Final = 50_000
"""Looked at for one page; a rare event in a busy instance may need several pages, of which some are empty."""
READ_SECONDS: Final = 5.0
NEAR_MS: Final = 2_000
"""Between the making of an id and the taking of its event, where both are the hub's doing."""

Order = Literal["asc", "desc"]
Run = Callable[[Coroutine[Any, Any, Any]], Any]
T = TypeVar("T")


class _Seen(msgspec.Struct):
    topic: str
    event_type: str
    received: int


_look: Final = msgspec.json.Decoder(_Seen).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked for; times are milliseconds since 1970 UTC of when the hub took an event."""

    spec: InstanceSpec
    pattern: Pattern
    event_type: str | None = None
    from_ms: int | None = None
    """From then on."""
    to_ms: int | None = None
    """Up to then, exclusive."""
    order: Order = "asc"
    personal: bool = True
    """Whether personal fields are read in the clear."""

    @property
    def mark(self) -> bytes:
        """Four bytes that a cursor of another question doesn't have."""
        said = (self.spec.name, self.pattern.text, self.event_type, self.from_ms, self.to_ms, self.order)
        return digest_of(repr(said).encode())[:4]


@dataclass(frozen=True, slots=True)
class Page:
    """Found events in their wire form, and where to go on; None: there is no more now."""

    wires: list[bytes]
    following: str | None


class BadCursor(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "bad_request", "`after` is no cursor of this question; take `next` of its last answer, or leave it out."
        )


class _Cursor(msgspec.Struct, array_like=True):
    mark: bytes
    places: dict[str, tuple[str, int]]


_unpack: Final = msgspec.msgpack.Decoder(_Cursor).decode


def find_events(
    question: Question, broker: Broker, loop: asyncio.AbstractEventLoop, *, after: str | None, limit: int
) -> Page:
    """Return one page of what is kept; blocks, and belongs on a thread of its own. Raises: Unavailable, BadCursor.

    The streams are merged by when the hub took their events; within a stream the order is that of its offsets. A
    cursor stays valid while events arrive: it says how far each stream has been read.
    """

    def ask(asked: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(asked, loop).result(READ_SECONDS)

    places = {} if after is None else _places(after, question)
    walks = [
        _Walk(stream, broker, ask, question.order, places.get(stream))
        for stream in streams_of(question.spec, question.pattern)
    ]
    wires: list[bytes] = []
    for scanned, (walk, seen, wire) in enumerate(_merged(walks, question.order)):
        if len(wires) == limit or scanned == SCANNED_MAX:
            break
        walk.take()
        if _past_the_end(question, seen):
            # What follows in this stream was taken at about that time or beyond it.
            walk.end()
        elif _fits(question, seen):
            wires.append(wire if question.personal else redacted(question.spec.name, seen.event_type, wire))
    else:
        return Page(wires, None)
    return Page(wires, _text(question, {walk.stream: walk.place for walk in walks if walk.place is not None}))


def find_event(
    spec: InstanceSpec, id: str, rights: Rights, broker: Broker, loop: asyncio.AbstractEventLoop
) -> bytes | None:
    """Return the wire form of a kept event, or None; blocks as `find_events` does. Raises: Unavailable.

    An event outside the caller's grants is passed over like any other that isn't meant, so that neither the answer nor
    the time that it takes tells whether there is one. The id of most events says when the hub took them (RFC 9562
    section 5.7), so the search begins there.
    """
    begins = b'{"id":"%b"' % id.encode()
    everything = Question(spec=spec, pattern=Pattern(WILDCARD), order="desc")
    questions = [everything]
    if id[14:15] == "7":
        made_ms = int(id[:8] + id[9:13], 16)
        near = Question(
            spec=spec, pattern=everything.pattern, from_ms=made_ms - NEAR_MS, to_ms=made_ms + NEAR_MS, order="desc"
        )
        questions.insert(0, near)
    for question in questions:
        after: str | None = None
        while True:
            page = find_events(question, broker, loop, after=after, limit=LIMIT_MAX)
            for wire in page.wires:
                if wire.startswith(begins):
                    seen = _look(wire)
                    if rights.allows(Verb.QUERY, spec.name, seen.topic):
                        if rights.reads_personal(Verb.QUERY, spec.name, seen.topic):
                            return wire
                        return redacted(spec.name, seen.event_type, wire)
            after = page.following
            if after is None:
                break
    return None


def _fits(question: Question, seen: _Seen) -> bool:
    return (
        (question.event_type is None or seen.event_type == question.event_type)
        and (question.from_ms is None or seen.received >= question.from_ms)
        and (question.to_ms is None or seen.received < question.to_ms)
        and question.pattern.matches(seen.topic)
    )


# Publishers in several processes may be counted in another order than that in which their events were taken.
_DISORDER_MS: Final = 60_000


def _past_the_end(question: Question, seen: _Seen) -> bool:
    if question.order == "asc":
        return question.to_ms is not None and seen.received >= question.to_ms + _DISORDER_MS
    return question.from_ms is not None and seen.received < question.from_ms - _DISORDER_MS


def _merged(walks: list["_Walk"], order: Order) -> Iterator[tuple["_Walk", _Seen, bytes]]:
    """Yield the next event of all streams; the caller takes it, or leaves it for the next page."""
    sign = 1 if order == "asc" else -1
    heap: list[tuple[int, int]] = []
    for number, walk in enumerate(walks):
        found = walk.peek()
        if found is not None:
            heapq.heappush(heap, (found[0].received * sign, number))
    while heap:
        _, number = heapq.heappop(heap)
        walk = walks[number]
        found = walk.peek()
        if found is None:
            continue
        yield walk, *found
        following = walk.peek()
        if following is not None:
            heapq.heappush(heap, (following[0].received * sign, number))


@dataclass(slots=True)
class _Walk:
    """The way through the kept events of one stream, epoch by epoch."""

    stream: str
    broker: Broker
    ask: Run
    order: Order
    place: tuple[str, int] | None
    """Epoch and offset of the last event that was taken."""
    _page: list[tuple[int, bytes]] = field(default_factory=list)
    """Offsets and wire forms, the next one last."""
    _epoch: str = ""
    _at: int = 0
    _ahead: list[str] | None = None
    """Epochs still to be read, the next one last."""
    _seen: _Seen | None = None
    _ended: bool = False

    def peek(self) -> tuple[_Seen, bytes] | None:
        """Return the next event, or None at the end."""
        while not self._page:
            if self._ended or not self._read():
                return None
        wire = self._page[-1][1]
        if self._seen is None:
            self._seen = _look(wire)
        return self._seen, wire

    def take(self) -> None:
        self.place = self._epoch, self._page.pop()[0]
        self._seen = None

    def end(self) -> None:
        self._page, self._ended = [], True

    def _read(self) -> bool:
        """Read the next page; False where there is none."""
        if self._ahead is None:
            self._begin()
        back = self.order == "desc"
        while True:
            read = self.broker.read_back if back else self.broker.read
            kept: Slice = self.ask(read(self.stream, Position(self._epoch, self._at), limit=PAGE_EVENTS))
            if kept.batch is not None:
                numbered = [(kept.batch.first + number, each.wire) for number, each in enumerate(kept.batch.events)]
                self._page = numbered if back else numbered[::-1]
                self._at = kept.batch.first if back else kept.batch.last
                return True
            if not self._ahead:
                return False
            self._epoch, self._at = self._ahead.pop(), _BEYOND if back else 0

    def _begin(self) -> None:
        epochs: list[str] = self.ask(self.broker.past(self.stream))
        if self.order == "asc":
            epochs.reverse()
        self._ahead = epochs
        self._epoch, self._at = epochs.pop(), _BEYOND if self.order == "desc" else 0
        if self.place is not None:
            epoch, self._at = self.place
            while self._epoch != epoch and self._ahead:
                self._epoch = self._ahead.pop()
            if self._epoch != epoch:
                # The epoch of the cursor is forgotten, and so is everything before it.
                self._at = 0


_BEYOND: Final = 2**53
"""An offset that no stream reaches."""


def _text(question: Question, places: Mapping[str, tuple[str, int]]) -> str:
    packed = msgspec.msgpack.encode(_Cursor(question.mark, dict(places)))
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _places(text: str, question: Question) -> dict[str, tuple[str, int]]:
    try:
        cursor = _unpack(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
    except (binascii.Error, UnicodeError, ValueError, msgspec.DecodeError):
        raise BadCursor from None
    if cursor.mark != question.mark or any(not 0 <= offset <= _BEYOND for _, offset in cursor.places.values()):
        raise BadCursor
    return cursor.places
