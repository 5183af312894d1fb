"""The mapper: the stream of a topic, the few streams of a pattern, the group that carries a stream.

The law: `pattern.matches(topic)` implies `stream_of(spec, topic) in streams_of(spec, pattern)`; it holds between two
processes of which one knows already that a family is spread over other parts, as long as both know the same layouts.
"""

import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple
from zlib import crc32

from instances.spec import InstanceSpec
from instances.topics import SEPARATOR, WILDCARD, Pattern

# No declared family can have this name, because theirs begin with a letter.
_UNDECLARED: Final = "_other"
_GROUP_PREFIX: Final = "gaterhub."
PARTS_MOST: Final = 16
"""Of a family, as an operator may spread it. Each is one more group to join, and has a history of its own."""
_PART: Final = re.compile(r"\.([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Layout:
    """Over how many parts a family is spread, and over how many it was before: their streams may still be read."""

    parts: int
    before: tuple[int, ...] = ()


class Streams(NamedTuple):
    """What an instance's layouts come to."""

    into: dict[str, tuple[str, ...]]
    """Of each family, the streams that its events enter now."""
    out_of: dict[str, tuple[str, ...]]
    """Of each family, the streams that its events may be in."""
    undeclared: tuple[str, ...]
    everything: tuple[str, ...]
    layouts: dict[str, tuple[int, ...]]


_layouts: dict[str, Mapping[str, Layout]] = {}
"""By instance and family, where an operator has set one."""
_known: dict[InstanceSpec, Streams] = {}
_lock: Final = threading.Lock()
"""So that nothing is remembered of a layout that has just been changed."""
_KNOWN_MAX: Final = 64
"""There are ten rows; more than that only in tests, which make rows of their own."""


def stream_of(spec: InstanceSpec, topic: str) -> str:
    """Return the name of the one stream that a checked topic belongs to; the same one until an operator changes it."""
    streams = _streams(spec)
    parts = streams.into.get(topic.partition(SEPARATOR)[0], streams.undeclared)
    return parts[0] if len(parts) == 1 else parts[_part(topic, len(parts))]


def streams_of(spec: InstanceSpec, pattern: Pattern) -> tuple[str, ...]:
    """Return the few streams that can hold an event the pattern matches, of today or of a layout before."""
    streams = _streams(spec)
    family = pattern.segments[0]
    if family == WILDCARD:
        return streams.everything
    if pattern.literal and family in streams.layouts:
        names = (_name(spec, family, _part(pattern.text, parts), parts) for parts in streams.layouts[family])
        return tuple(dict.fromkeys(names))
    return streams.out_of.get(family, streams.undeclared)


def all_streams(spec: InstanceSpec) -> tuple[str, ...]:
    """Return every stream the instance can have, that of undeclared families last."""
    return _streams(spec).everything


def may_carry(spec: InstanceSpec, pattern: Pattern, stream: str) -> bool:
    """Tell whether the stream belongs to the pattern under any layout: another process may know a newer one."""
    family = pattern.segments[0]
    families = [each.name for each in spec.families if family in (WILDCARD, each.name)]
    return any(_is_part_of(spec, name, stream) for name in families)


def lay_out(instance: str, layouts: Mapping[str, Layout]) -> None:
    """Spread the instance's families as an operator has set; one that isn't named is spread as the catalog says."""
    with _lock:
        if _layouts.get(instance, {}) != layouts:
            _layouts[instance] = dict(layouts)
            for spec in [each for each in _known if each.name == instance]:
                del _known[spec]


def parts_of(spec: InstanceSpec, family: str, parts: int) -> tuple[str, ...]:
    """Return the streams of a family that is spread over so many parts."""
    return tuple(_name(spec, family, part, parts) for part in range(parts))


def instance_of(stream: str) -> str:
    """Return the name of the instance that the stream belongs to."""
    return stream.partition(".")[0]


def family_of(stream: str) -> str:
    """Return the instance and family that the stream belongs to, such as "health.process_health"."""
    return ".".join(stream.split(".")[:2])


def group_of(stream: str) -> str:
    """Return the name of the Channels group that carries the stream."""
    return _GROUP_PREFIX + stream


def _part(topic: str, parts: int) -> int:
    return crc32(topic.encode("ascii")) % parts


def _name(spec: InstanceSpec, family: str, part: int, parts: int) -> str:
    return f"{spec.name}.{family}" if parts == 1 else f"{spec.name}.{family}.{part}"


def _is_part_of(spec: InstanceSpec, family: str, stream: str) -> bool:
    name = f"{spec.name}.{family}"
    if stream == name:
        return True
    part = _PART.fullmatch(stream.removeprefix(name)) if stream.startswith(name) else None
    return part is not None and int(part[1]) < PARTS_MOST


def _streams(spec: InstanceSpec) -> Streams:
    found = _known.get(spec)
    if found is None:
        with _lock:
            if len(_known) >= _KNOWN_MAX:
                _known.clear()
            found = _known[spec] = laid_out(spec, _layouts.get(spec.name, {}))
    return found


def laid_out(spec: InstanceSpec, set_apart: Mapping[str, Layout]) -> Streams:
    """Return the streams of an instance with these layouts."""
    layouts: dict[str, tuple[int, ...]] = {}
    for family in spec.families:
        layout = set_apart.get(family.name, Layout(family.parts))
        layouts[family.name] = tuple(dict.fromkeys((layout.parts, *layout.before)))
    into = {name: parts_of(spec, name, counts[0]) for name, counts in layouts.items()}
    out_of = {name: _joined(parts_of(spec, name, count) for count in counts) for name, counts in layouts.items()}
    undeclared = (f"{spec.name}.{_UNDECLARED}",)
    return Streams(into, out_of, undeclared, _joined(out_of.values()) + undeclared, layouts)


def _joined(some: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return all names, each once, in their order."""
    return tuple(dict.fromkeys(name for names in some for name in names))
