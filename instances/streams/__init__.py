"""Streams: what offsets count, and what is kept of them; adapters in memory, in Redis, and in the journal."""

from instances.streams.contract import Due, IdConflict, Keep, Keeps, KeptStreams, Placed, Slice, Streams, keep_of
from instances.streams.position import Head, Position

__all__ = [
    "Due",
    "Head",
    "IdConflict",
    "Keep",
    "Keeps",
    "KeptStreams",
    "Placed",
    "Position",
    "Slice",
    "Streams",
    "keep_of",
]
