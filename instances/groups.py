"""The mapper: the stream of a topic, the few streams of a pattern, the group that carries a stream.

The law: `pattern.matches(topic)` implies `stream_of(spec, topic) in streams_of(spec, pattern)`.
"""

from functools import lru_cache
from typing import Final, NamedTuple
from zlib import crc32

from instances.spec import InstanceSpec
from instances.topics import SEPARATOR, WILDCARD, Pattern

# No declared family can have this name, because theirs begin with a letter.
_UNDECLARED: Final = "_other"
_GROUP_PREFIX: Final = "gaterhub."


class _Streams(NamedTuple):
    by_family: dict[str, tuple[str, ...]]
    undeclared: tuple[str, ...]
    everything: tuple[str, ...]


def stream_of(spec: InstanceSpec, topic: str) -> str:
    """Return the name of the one stream that a checked topic belongs to, always the same one."""
    streams = _streams(spec)
    parts = streams.by_family.get(topic.partition(SEPARATOR)[0], streams.undeclared)
    if len(parts) == 1:
        return parts[0]
    return parts[crc32(topic.encode("ascii")) % len(parts)]


def streams_of(spec: InstanceSpec, pattern: Pattern) -> tuple[str, ...]:
    """Return the few streams that can hold an event the pattern matches."""
    if pattern.literal:
        return (stream_of(spec, pattern.text),)
    streams = _streams(spec)
    family = pattern.segments[0]
    if family == WILDCARD:
        return streams.everything
    return streams.by_family.get(family, streams.undeclared)


def all_streams(spec: InstanceSpec) -> tuple[str, ...]:
    """Return every stream the instance can have, that of undeclared families last."""
    return _streams(spec).everything


def instance_of(stream: str) -> str:
    """Return the name of the instance that the stream belongs to."""
    return stream.partition(".")[0]


def group_of(stream: str) -> str:
    """Return the name of the Channels group that carries the stream."""
    return _GROUP_PREFIX + stream


# There are ten rows; more than that only in tests, which make rows of their own.
@lru_cache(maxsize=64)
def _streams(spec: InstanceSpec) -> _Streams:
    by_family = {
        family.name: (f"{spec.name}.{family.name}",)
        if family.parts == 1
        else tuple(f"{spec.name}.{family.name}.{part}" for part in range(family.parts))
        for family in spec.families
    }
    undeclared = (f"{spec.name}.{_UNDECLARED}",)
    everything = tuple(stream for parts in by_family.values() for stream in parts) + undeclared
    return _Streams(by_family, undeclared, everything)
