"""The check that every follower gets each event exactly once and in order, cheap enough for every delivery.

The hub encodes an event once for all its followers, so what one follower received is the very text that the
others must receive. The first one to get an event has its sequence number read; its text is then kept, and
each other follower's message costs one comparison of memory, however many events were joined in it.
"""

import re
from array import array

# Seven digits from the first to the last event keep every event the same length.
FIRST_SEQUENCE = 1_000_000
_SEQUENCE = re.compile(rb'"n": ?(\d+)')


class WrongEvent(Exception):
    """A follower received something other than the next event: a duplicate, a gap, or a change of order."""

    def __init__(self, follower: str, expected: int, received: int) -> None:
        what = "again or late" if received < expected else "with others missing before it"
        super().__init__(f"{follower} got event {received} {what}; its next was to be {expected}")
        self.expected = expected
        self.received = received


class UnreadableEvent(Exception):
    """A follower received an event that carries no sequence number."""


class Feed:
    """All that the followers of one group of topics must receive, as the first of them received it.

    Sequence numbers count from 0 here; on the wire they begin at FIRST_SEQUENCE.
    """

    __slots__ = ("end_of", "intended_at", "sequence_at", "text")

    def __init__(self) -> None:
        self.text = bytearray()
        # Where in the text each event ends, and the way back.
        self.end_of: list[int] = []
        self.sequence_at: dict[int, int] = {}
        # When each event was due to be sent, in seconds of the monotonic clock.
        self.intended_at: list[float] = []

    def add(self, line: bytes) -> None:
        """Take in an event that nobody had received before."""
        self.text += line
        self.text += b"\n"
        self.sequence_at[len(self.text)] = len(self.end_of)
        self.end_of.append(len(self.text))


class Cursor:
    """How far one follower has read its feed, and when it had read what."""

    __slots__ = (
        "feed",
        "follower",
        "message_ends",
        "message_times",
        "messages",
        "position",
        "received",
        "timed",
    )

    def __init__(self, feed: Feed, follower: str, *, timed: bool) -> None:
        self.feed = feed
        self.follower = follower
        self.position = 0
        self.received = 0
        self.messages = 0
        self.timed = timed
        self.message_times = array("d")
        self.message_ends = array("q")

    def take(self, payload: memoryview, now: float) -> int:
        """Read a whole message that others had before, and return its number of events, else 0."""
        end = self.position + len(payload) + 1
        last = self.feed.sequence_at.get(end)
        if last is None or not self.feed.text.startswith(payload, self.position):
            return 0
        events = last + 1 - self.received
        self.position = end
        self.received = last + 1
        self.note_message(now)
        return events

    def take_line(self, line: bytes) -> None:
        """Read a single event, which may be new to all.

        Raises:
            WrongEvent: it is not the next one.
            UnreadableEvent: it has no sequence number.
        """
        found = _SEQUENCE.search(line)
        if found is None:
            raise UnreadableEvent(f"{self.follower} got {line[:200]!r}")
        sequence = int(found[1]) - FIRST_SEQUENCE
        if sequence != self.received:
            raise WrongEvent(self.follower, self.received, sequence)
        if sequence == len(self.feed.end_of):
            self.feed.add(line)
        self.position = self.feed.end_of[sequence]
        self.received += 1

    def note_message(self, now: float) -> None:
        """Note that a message was read to its end."""
        self.messages += 1
        if self.timed:
            self.message_times.append(now)
            self.message_ends.append(self.received)

    def latencies(self, *, since_sequence: int, until_sequence: int | None = None) -> list[float]:
        """List the seconds from intended send to receipt of each event in a range of sequence numbers.

        Without an end the range goes on to the last. Only a timed cursor knows them.
        """
        seconds: list[float] = []
        begin = 0
        for now, end in zip(self.message_times, self.message_ends, strict=True):
            last = end if until_sequence is None else min(end, until_sequence)
            intended_at = self.feed.intended_at[max(begin, since_sequence) : last]
            seconds += [now - due for due in intended_at]
            begin = end
        return seconds
