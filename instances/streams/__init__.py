"""Streams: what offsets count. Two adapters, in memory and in Redis, keep one contract."""

from instances.streams.position import Append, Head, Position, Streams

__all__ = ["Append", "Head", "Position", "Streams"]
