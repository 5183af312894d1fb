"""Streams: what offsets count, and what is kept of them; adapters in memory, in Redis, and in the journal."""

from instances.streams.contract import IdConflict, Keep, KeptStreams, Placed, Slice, Streams, keep_of
from instances.streams.position import Head, Position

__all__ = ["Head", "IdConflict", "Keep", "KeptStreams", "Placed", "Position", "Slice", "Streams", "keep_of"]
