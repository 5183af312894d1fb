"""What was published and who got it: finds each event that is neither delivered nor told as missing."""

from collections import defaultdict
from dataclasses import dataclass, field

from instances.topics import Pattern

Epoch = tuple[str, str]
"""A stream, and one of its epochs."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An event whose publisher was told its place."""

    id: str
    topic: str
    stream: str
    epoch: str
    offset: int


@dataclass(slots=True)
class Heard:
    """What one follower was told, on whatever connections, and what was wrong about it.

    It holds the rules that a client may rely on: positions only ever move on; an epoch begins with a gap that says so;
    who follows a whole stream gets its offsets without a hole.
    """

    name: str
    pattern: Pattern
    whole: bool
    """Whether the pattern matches every event of its stream."""
    positions: dict[str, tuple[str, int]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    newest_received_ms: int = 0
    events: int = 0
    gaps: list[tuple[str, str, int, int | None, str]] = field(default_factory=list)
    _from: dict[str, tuple[str, int]] = field(default_factory=dict)
    _got: defaultdict[Epoch, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    _left: set[Epoch] = field(default_factory=set)

    def begins(self, stream: str, epoch: str, offset: int) -> None:
        """Take note of where live begins, as `subscribed` told it."""
        known = self.positions.get(stream)
        if known is None:
            self._from[stream] = epoch, offset
            self.positions[stream] = epoch, offset
        else:
            self._served(stream, epoch, offset, "subscribed")

    def event(self, stream: str, epoch: str, offset: int, id: str, received_ms: int) -> None:
        self.events += 1
        known_epoch, known = self.positions.get(stream, (epoch, 0))
        if epoch != known_epoch:
            self._fault(f"{stream} {epoch}:{offset} came after {known_epoch}:{known} without a word")
        elif offset <= known:
            self._fault(f"{stream} {epoch}:{offset} came after {offset} of the same epoch had been passed ({known})")
        elif self.whole and stream in self.positions and offset > known + 1:
            self._fault(f"{stream} {epoch}:{known + 1} to {offset - 1} were passed over without a word")
        self.positions[stream] = epoch, offset
        self._got[stream, epoch][offset] = id
        self.newest_received_ms = max(self.newest_received_ms, received_ms)

    def served(self, stream: str, epoch: str, offset: int) -> None:
        """Take note of a `positions` frame."""
        self._served(stream, epoch, offset, "positions")

    def gap(self, stream: str, epoch: str, first: int, last: int | None, following: str, reason: str) -> None:
        self.gaps.append((stream, epoch, first, last, reason))
        next_epoch, _, next_offset = following.rpartition(":")
        known_epoch, known = self.positions.get(stream, (epoch, 0))
        if (next_epoch, int(next_offset)) == (known_epoch, known):
            return
        if next_epoch == known_epoch and int(next_offset) < known:
            self._fault(f"a gap of {stream} leads back from {known_epoch}:{known} to {following}")
        if epoch == known_epoch and first > known + 1 and self.whole:
            self._fault(f"{stream} {epoch}:{known + 1} to {first - 1}, before a gap, were passed over without a word")
        self._leave(stream, known_epoch, next_epoch)
        self.positions[stream] = next_epoch, int(next_offset)

    def missing(self, acknowledged: list[Acknowledged]) -> list[Acknowledged]:
        """Return the events that should have come, and neither came nor lie in a gap."""
        return [event for event in acknowledged if self._misses(event)]

    def _misses(self, event: Acknowledged) -> bool:
        begun = self._from.get(event.stream)
        if begun is None or not self.pattern.matches(event.topic):
            return False
        if event.epoch == begun[0] and event.offset <= begun[1]:
            return False
        got = self._got[event.stream, event.epoch].get(event.offset)
        if got is not None:
            if got != event.id:
                self._fault(f"{event.stream} {event.epoch}:{event.offset} is {got} here, and {event.id} was told")
            return False
        return not any(
            (stream, epoch) == (event.stream, event.epoch)
            and first <= event.offset
            and (last is None or event.offset <= last)
            for stream, epoch, first, last, _ in self.gaps
        )

    def _served(self, stream: str, epoch: str, offset: int, frame: str) -> None:
        known_epoch, known = self.positions[stream]
        if epoch != known_epoch:
            self._fault(f"{frame} of {stream} went from {known_epoch}:{known} to {epoch}:{offset} without a gap")
        elif offset < known:
            self._fault(f"{frame} of {stream} went back from {known_epoch}:{known} to {offset}")
        elif self.whole and offset > known:
            self._fault(f"{frame} of {stream} passed over {known + 1} to {offset}, which the pattern matches")
        self.positions[stream] = epoch, offset

    def _leave(self, stream: str, epoch: str, following: str) -> None:
        if epoch != following:
            self._left.add((stream, epoch))
            if (stream, following) in self._left:
                self._fault(f"{stream} came back to the epoch {following}")

    def _fault(self, sentence: str) -> None:
        if len(self.faults) < 20:
            self.faults.append(f"{self.name}: {sentence}")
