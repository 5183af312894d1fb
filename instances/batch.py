"""What crosses the channel layer: a run of events of one stream, packed as one value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec

EVENTS: Final = "gaterhub.events"
BARRIER: Final = "gaterhub.barrier"
"""A message to oneself: once it arrives, the group is joined for certain."""

MAX_EVENTS: Final = 500
MAX_BYTES: Final = 240 * 1024
"""One message holds at most so much, so that a flood on one instance yields to the others between two of them.

The events, each in a frame of its own, still fit into one WebSocket message of 256 KiB.
"""


class Carried(NamedTuple):
    """One event with what the hub needs to route and to shed it, so that it never parses the wire form."""

    topic: str
    event_type: str
    severity: int
    wire: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one stream with consecutive offsets, from `first` on."""

    stream: str
    epoch: str
    first: int
    events: Sequence[Carried]

    @property
    def last(self) -> int:
        return self.first + len(self.events) - 1


_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(list[Carried]).decode


def to_message(batch: Batch) -> dict[str, Any]:
    """Return the batch as a channel-layer message.

    The events are one bytes value, because the in-memory layer copies a message deeply, value by value.
    """
    return {
        "type": EVENTS,
        "stream": batch.stream,
        "epoch": batch.epoch,
        "first": batch.first,
        "events": _pack(batch.events),
    }


def from_message(message: dict[str, Any]) -> Batch:
    """Return what `to_message` packed; keys that a newer process added are passed over."""
    return Batch(message["stream"], message["epoch"], message["first"], _unpack(message["events"]))


def in_messages(stream: str, epoch: str, first: int, events: Sequence[Carried]) -> list[dict[str, Any]]:
    """Return the events as channel-layer messages of bounded size, in order."""
    messages = []
    start = size = 0
    for number, event in enumerate(events):
        if number > start and (number - start >= MAX_EVENTS or size + len(event.wire) > MAX_BYTES):
            messages.append(to_message(Batch(stream, epoch, first + start, events[start:number])))
            start, size = number, 0
        size += len(event.wire)
    if start < len(events):
        messages.append(to_message(Batch(stream, epoch, first + start, events[start:])))
    return messages
