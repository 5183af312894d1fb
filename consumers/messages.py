"""What waits in a mailbox: runs of events, gaps, control frames; and the messages they are sent in."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from consumers.seen.rows import Recording
from instances.groups import instance_of
from instances.redaction import redacted
from instances.spec import DeliveryClass

MESSAGE_MAX_BYTES: Final = 256 * 1024
"""Of one WebSocket message from the hub; it holds one or more JSON objects, joined by a line feed."""

_encode: Final = msgspec.json.Encoder().encode


class Message:
    """One WebSocket message. Its forms are made once, however many sockets it goes to."""

    __slots__ = ("_frame", "_text", "payload")

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self._frame: bytes | None = None
        self._text: str | None = None

    @property
    def frame(self) -> bytes:
        """The message as a server's frame (RFC 6455 section 5.2): final, text, not masked."""
        if self._frame is None:
            size = len(self.payload)
            if size < 126:
                head = bytes((0x81, size))
            elif size < 65_536:
                head = b"\x81\x7e" + size.to_bytes(2)
            else:
                head = b"\x81\x7f" + size.to_bytes(8)
            self._frame = head + self.payload
        return self._frame

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = self.payload.decode()
        return self._text


_OPENED: Final = b'{"event":'
EVENT_OVERHEAD_BYTES: Final = 200
"""What an event that waits takes in memory beside its bytes, so that a bound in bytes is one on memory."""


class Event:
    """An event on its way to the sockets of this process."""

    __slots__ = ("delivery", "epoch", "event_type", "offset", "payload", "severity", "stream", "topic")

    def __init__(
        self,
        *,
        stream: str,
        epoch: str,
        offset: int,
        topic: str,
        event_type: str,
        severity: int,
        delivery: DeliveryClass,
        wire: bytes,
    ) -> None:
        self.stream = stream
        self.epoch = epoch
        self.offset = offset
        # Each arrives as a new string, and a queue may hold thousands of events with the same.
        self.topic = sys.intern(topic)
        self.event_type = sys.intern(event_type)
        self.severity = severity
        self.delivery = delivery
        self.payload = _OPENED + wire + b"}"

    @property
    def size(self) -> int:
        return len(self.payload) + EVENT_OVERHEAD_BYTES

    @property
    def wire(self) -> bytes:
        return self.payload[len(_OPENED) : -1]

    def veiled(self) -> "Event":
        """Return the event as those get it who may not read personal fields."""
        return Event(
            stream=self.stream,
            epoch=self.epoch,
            offset=self.offset,
            topic=self.topic,
            event_type=self.event_type,
            severity=self.severity,
            delivery=self.delivery,
            wire=redacted(instance_of(self.stream), self.event_type, self.wire),
        )


class Run:
    """Consecutive events for the same subscribers, which share it in all their mailboxes."""

    __slots__ = ("_streams", "_weights", "at", "events", "left", "recording", "size")

    def __init__(self, events: Sequence[Event], *, at: float | None = None) -> None:
        """`at` is when its events came, on the monotonic clock; now by default."""
        self.at = time.monotonic() if at is None else at
        """So that a subscriber's lag can be told in seconds."""
        self.events = events
        self.size = sum([event.size for event in events])
        self.recording: Recording | None = None
        """Under which it is recorded who gets it, if that is recorded."""
        self.left: dict[int, Any] | None = None
        """What full mailboxes leave of it, by the severity from which events stay (`consumers.relief`)."""
        self._streams: frozenset[str] | None = None
        self._weights: dict[int, int] | None = None

    @property
    def streams(self) -> frozenset[str]:
        """The streams that its events are of."""
        if self._streams is None:
            self._streams = frozenset([event.stream for event in self.events])
        return self._streams

    @property
    def weights(self) -> dict[int, int]:
        """Bytes of its events, by severity."""
        if self._weights is None:
            weights: dict[int, int] = {}
            for event in self.events:
                weights[event.severity] = weights.get(event.severity, 0) + event.size
            self._weights = weights
        return self._weights

    @property
    def message(self) -> Message:
        """Made anew each time and not kept: who is written to in the same turn shares one, and a queue needs none."""
        return Message(b"\n".join([event.payload for event in self.events]))


def runs_of(events: Sequence[Event], *, at: float | None = None) -> list[Run]:
    """Return the events in runs that each fit into one message; `at` is when they came, now by default."""
    runs = []
    start = size = 0
    for number, event in enumerate(events):
        size += len(event.payload) + 1
        if size > MESSAGE_MAX_BYTES and number > start:
            runs.append(Run(events[start:number], at=at))
            start, size = number, len(event.payload) + 1
    if start < len(events):
        runs.append(Run(events[start:], at=at))
    return runs


class Gap:
    """Events of a stream that a connection will not get, in the place where they would have stood."""

    __slots__ = ("_message", "epoch", "first", "following", "last", "lost", "reason", "stream", "sub")

    def __init__(
        self,
        *,
        stream: str,
        epoch: str,
        first: int,
        last: int | None,
        following: str,
        lost: int | None,
        reason: str,
        sub: str | None = None,
    ) -> None:
        """`following` is the position to go on from; `lost` how many the patterns matched, None where unknown.

        `sub` is the subscription whose replay misses them, None where they are missing from what is live.
        """
        self.stream = stream
        self.epoch = epoch
        self.first = first
        self.last = last
        self.following = following
        self.lost = lost
        self.reason = reason
        self.sub = sub
        self._message: Message | None = None

    def extended(self, later: "Gap") -> "Gap":
        """Return one gap for this one and a later one of the same stream, between which nothing is delivered."""
        return Gap(
            stream=self.stream,
            epoch=self.epoch,
            first=self.first,
            last=later.last,
            following=later.following,
            lost=None if self.lost is None or later.lost is None else self.lost + later.lost,
            reason=self.reason,
            sub=self.sub,
        )

    @property
    def message(self) -> Message:
        if self._message is None:
            told = {
                "stream": self.stream,
                "epoch": self.epoch,
                "from": self.first,
                "to": self.last,
                "next": self.following,
                "lost": self.lost,
                "reason": self.reason,
            }
            self._message = Message(_encode({"gap": told} if self.sub is None else {"gap": told, "sub": self.sub}))
        return self._message

    @property
    def size(self) -> int:
        return len(self.message.payload)


class Control:
    """A frame that answers, or tells of the connection itself."""

    __slots__ = ("message",)

    def __init__(self, value: object) -> None:
        self.message = Message(_encode(value))

    @property
    def size(self) -> int:
        return len(self.message.payload)


@dataclass(frozen=True, slots=True)
class Source:
    """Where replayed events are from and whose they are, of those for which it is recorded who gets them."""

    recording: Recording
    stream: str
    epoch: str
    sub: str
    pattern: str
    durable: str | None
    personal: bool


class Replayed:
    """Kept events on their way to one subscription, which each of them names."""

    __slots__ = ("_payload", "first", "last", "source")

    def __init__(self, payload: bytes, first: int, last: int) -> None:
        self._payload = payload
        self.first = first
        self.last = last
        self.source: Source | None = None

    @property
    def message(self) -> Message:
        return Message(self._payload)

    @property
    def size(self) -> int:
        return len(self._payload)


REPLAYED_BYTES: Final = 64 * 1024
"""At once, so that a connection is fed as it takes what it is given."""


def replays_of(kept: Sequence[tuple[int, bytes]], sub: str) -> list[Replayed]:
    """Return kept events, given as offset and wire form, with the subscription that they are for, in bounded pieces."""
    end = b',"sub":"%b"}' % sub.encode()
    pieces: list[Replayed] = []
    lines: list[bytes] = []
    size = first = last = 0
    for offset, wire in kept:
        if lines and size + len(wire) > REPLAYED_BYTES:
            pieces.append(Replayed(b"\n".join(lines), first, last))
            lines, size = [], 0
        if not lines:
            first = offset
        last = offset
        lines.append(b'{"event":' + wire + end)
        size += len(wire)
    if lines:
        pieces.append(Replayed(b"\n".join(lines), first, last))
    return pieces


Item = Run | Gap | Control | Replayed


def joined(items: Sequence[Item]) -> Message:
    """Return one message that holds them all."""
    if len(items) == 1:
        return items[0].message
    return Message(b"\n".join([item.message.payload for item in items]))
