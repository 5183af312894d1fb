"""Streams: what offsets count, and what is kept of them. Adapters in memory and in Redis keep one contract."""

from instances.streams.contract import IdConflict, Keep, Placed, Slice, Streams, keep_of
from instances.streams.position import Head, Position

__all__ = ["Head", "IdConflict", "Keep", "Placed", "Position", "Slice", "Streams", "keep_of"]
