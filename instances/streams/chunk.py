"""How Redis keeps events: consecutive ones of a stream in one value, without their place, which is known only there."""

from collections.abc import Sequence
from typing import Final

import msgspec

from instances.batch import Carried
from instances.event import Prepared, wire_of

MAX_EVENTS: Final = 200
MAX_BYTES: Final = 128 * 1024
"""One chunk holds at most so much, so that reading a page never reads much more than it."""

_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(list[tuple[str, str, int, bytes, bytes]]).decode


def packed(events: Sequence[Prepared]) -> bytes:
    return _pack([(each.topic, each.event_type, each.severity, each.head, each.tail) for each in events])


def unpacked(chunk: bytes, stream: str, epoch: str, first: int) -> list[Carried]:
    """Return the events as they travel; `first` is the first one's offset."""
    return [
        Carried(topic, event_type, severity, wire_of(head, tail, stream, epoch, offset))
        for offset, (topic, event_type, severity, head, tail) in enumerate(_unpack(chunk), first)
    ]


def in_chunks(events: Sequence[Prepared]) -> list[Sequence[Prepared]]:
    """Return consecutive events in pieces of bounded size."""
    pieces = []
    start = size = 0
    for number, event in enumerate(events):
        own = event.size
        if number > start and (number - start >= MAX_EVENTS or size + own > MAX_BYTES):
            pieces.append(events[start:number])
            start, size = number, 0
        size += own
    pieces.append(events[start:])
    return pieces
