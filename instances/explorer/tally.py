"""The topics that this process took in lately: how many events and bytes, the last event, and who published it."""

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from instances.event import Prepared
    from instances.journal.draft import Draft

TOPICS_MAX: Final = 10_000
"""Of one instance. A topic takes about 700 bytes, so that a flood of ever new ones costs 7 MB."""
WINDOW_MS: Final = 60_000
"""Rates are those of about the last minute: what is left of the window before, and what came in this one."""
PUBLISHERS_MAX: Final = 4
"""Named of each topic, the last ones."""
ENVELOPE_BYTES: Final = 140
"""What an event takes on the wire beside its topic and what its publisher gave, about."""
NEW_SECONDS: Final = 1.0
"""A topic is taken to be known for so long at least, or its first event would look like a flood."""


class Rate(NamedTuple):
    """Of about the last minute, or since the topic was first seen where that is less."""

    events_per_second: float
    bytes_per_second: float


class Seen:
    """One topic. The process writes it wherever events are taken, so it is as bare as can be."""

    __slots__ = (
        "before_bytes",
        "before_events",
        "bytes",
        "envelope_bytes",
        "events",
        "first_ms",
        "last",
        "last_ms",
        "more_publishers",
        "publisher",
        "publishers",
        "topic",
        "window",
    )

    def __init__(self, topic: str, first_ms: int, window: int, envelope_bytes: int = 0) -> None:
        self.topic = topic
        self.envelope_bytes = envelope_bytes
        """What each of its events takes beside what is counted."""
        self.first_ms = self.last_ms = first_ms
        self.window = window
        """Which one it was last seen in."""
        self.events = self.bytes = 0
        """In that window."""
        self.before_events = self.before_bytes = 0
        """In the window before that one."""
        self.last = ("", "")
        """Id and type of the last event."""
        self.publisher: str | None = None
        """The last one."""
        self.publishers: tuple[str, ...] = ()
        """The last ones, the newest at the end."""
        self.more_publishers = False
        """Whether there were others before them."""

    def turn(self, window: int) -> None:
        """Begin another window."""
        follows = window == self.window + 1
        self.before_events, self.before_bytes = (self.events, self.bytes) if follows else (0, 0)
        self.events = self.bytes = 0
        self.window = window

    def name(self, publisher: str) -> None:
        """Take note of a publisher that isn't the last one, or has another object for its name."""
        self.publisher = publisher
        others = [each for each in self.publishers if each != publisher]
        if len(others) == PUBLISHERS_MAX:
            del others[0]
            self.more_publishers = True
        self.publishers = (*others, publisher)

    def rate(self, now_ms: int) -> Rate:
        """Return how much came lately, as of now."""
        window, into_ms = divmod(now_ms, WINDOW_MS)
        events, size = self.events, self.bytes
        left = 1 - into_ms / WINDOW_MS
        if window == self.window:
            # As much of the window before as the last minute still reaches into.
            events_lately = events + self.before_events * left
            bytes_lately = size + self.before_bytes * left
        elif window == self.window + 1:
            events_lately, bytes_lately = events * left, size * left
        else:
            return Rate(0.0, 0.0)
        seconds = max(min(now_ms - self.first_ms, WINDOW_MS) / 1000, NEW_SECONDS)
        bytes_lately += events_lately * self.envelope_bytes
        return Rate(events_lately / seconds, bytes_lately / seconds)


_NOTHING: Final = Seen("", 0, -1)
"""Stands for a topic that isn't known, so that the way of every event asks one question less."""


class Tally:
    """One for each instance of a process. Whoever writes is on one thread, or holds the lock, as whoever reads does."""

    def __init__(self, topics_max: int = TOPICS_MAX) -> None:
        self.lock: Final = threading.Lock()
        self.forgotten = 0
        """How many topics had to go, so that others had room."""
        self._topics_max = topics_max
        self._seen: OrderedDict[str, Seen] = OrderedDict()
        """In the order of the windows that they were last seen in, the oldest first."""

    def note(self, publisher: str, events: "Sequence[Prepared]", repeated: frozenset[int] = frozenset()) -> None:
        """Take in events that were published together, but for those at `repeated`, which came before."""
        if repeated:
            events = [event for index, event in enumerate(events) if index not in repeated]
        if not events:
            return
        at_ms = events[-1].received_ms
        window = at_ms // WINDOW_MS
        known, topic, seen = self._seen, "", _NOTHING
        for event in events:
            # Checked topics are remembered, so the same one is nearly always the very same object.
            if event.topic is not topic:
                topic = event.topic
                seen = known.get(topic, _NOTHING)
                if seen.window != window:
                    seen = self._in_window(topic, window, at_ms, ENVELOPE_BYTES + len(topic))
                if seen.publisher is not publisher:
                    seen.name(publisher)
                seen.last_ms = at_ms
            seen.events += 1
            seen.bytes += len(event.tail)
            seen.last = event.id, event.event_type

    def note_drafts(self, drafts: "Sequence[Draft]") -> None:
        """Take in evidence or alerts that are on record, or spooled, from whatever thread."""
        with self.lock:
            for draft in drafts:
                at_ms = draft.received_ms
                seen = self._in_window(draft.topic, at_ms // WINDOW_MS, at_ms)
                seen.events += 1
                seen.bytes += len(draft.body)
                seen.last_ms, seen.last = at_ms, (str(draft.id), draft.event_type)
                if seen.publisher is not draft.publisher:
                    seen.name(draft.publisher)

    def all(self) -> list[Seen]:
        """Return the topics that are known; any thread may ask, and their figures go on."""
        with self.lock:
            return list(self._seen.values())

    def clear(self) -> None:
        self._seen.clear()
        self.forgotten = 0

    def _in_window(self, topic: str, window: int, at_ms: int, envelope_bytes: int = 0) -> Seen:
        """Return the topic, new or begun anew in that window, behind all others."""
        seen = self._seen.get(topic)
        if seen is not None:
            if seen.window != window:
                seen.turn(window)
                self._seen.move_to_end(topic)
            return seen
        if len(self._seen) >= self._topics_max:
            self._seen.popitem(last=False)
            self.forgotten += 1
        seen = self._seen[topic] = Seen(topic, at_ms, window, envelope_bytes)
        return seen


_tallies: dict[str, Tally] = {}


def tally_of(instance: str) -> Tally:
    """Return the process's tally of an instance; whoever asks, and however often, gets the same one."""
    # Of two threads that come first at once, both get the one that is kept.
    return _tallies.get(instance) or _tallies.setdefault(instance, Tally())


def forget_tallies() -> None:
    """Begin anew, as a child of a fork does: what its parent took in is its parent's to tell."""
    _tallies.clear()


os.register_at_fork(after_in_child=forget_tallies)
