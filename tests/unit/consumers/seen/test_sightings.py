"""What a connection was handed, as stretches: joined where nothing lies between, and apart where something does."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from consumers.connection import Connection, Subscription
from consumers.messages import Gap, Run, Source, replays_of
from consumers.seen.rows import STRETCH_MS, STRETCH_OFFSETS, By, Follow, Recording, Row, Said, Stretch, Subscriber
from consumers.seen.sightings import Sightings
from instances.catalog import find
from instances.spec import EVIDENCE
from instances.streams import Position
from instances.topics import Pattern
from tests.unit.consumers.making import EPOCH, event

STREAM, OTHER = "audit.audit_trail", "audit.compliance_events"
AUDIT = find("audit")
WATCHER = Subscriber("c_1", "web-1-7", "user", 7, "olga", "192.0.2.7", "tail")


class Reader:
    """A transport that takes what it gets, or doesn't."""

    writable = True

    def write(self, message: object) -> None: ...


class Notes:
    """A book that nobody writes."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def note(self, row: Row) -> None:
        self.rows.append(row)

    @property
    def stretches(self) -> list[Stretch]:
        return [row for row in self.rows if isinstance(row, Stretch)]

    @property
    def said(self) -> list[Said]:
        return [row for row in self.rows if isinstance(row, Said)]


class Watched:
    """A connection whose deliveries are recorded, at a time that the test sets."""

    def __init__(self) -> None:
        self.now = 1_700_000_000_000
        self.recording = Recording("audit")
        self.reader = Reader()
        self.connection = Connection(self.reader)  # type: ignore[arg-type]  # As much of a writer as is needed.
        self.book = Once()
        self.connection.sightings = Sightings(
            self.book, WATCHER, follows=self.connection.follows_of, clock=lambda: self.now
        )
        self.follow("s1", "audit_trail:*")

    def follow(self, id: str, pattern: str, *, personal: bool = True, durable: str | None = None) -> Subscription:
        self.connection.changes(AUDIT)
        begins = {STREAM: Position(EPOCH, 10)}
        subscription = Subscription(id, AUDIT, Pattern(pattern), (STREAM,), personal, durable, begins)
        self.connection.subscriptions[id] = subscription
        return subscription

    def unfollow(self, id: str) -> None:
        self.connection.changes(AUDIT)
        del self.connection.subscriptions[id]

    def put(self, *offsets: int, stream: str = STREAM, epoch: str = EPOCH) -> None:
        run = Run([event(offset, stream=stream, delivery=EVIDENCE) for offset in offsets])
        for each in run.events:
            each.epoch = epoch
        run.recording = self.recording
        self.connection.put(run)

    def hand(self, *offsets: int, **more: Any) -> None:
        self.put(*offsets, **more)
        self.connection.flush({})

    def replay(self, *offsets: int, sub: str = "s2") -> None:
        for piece in replays_of([(offset, b"{}") for offset in offsets], sub):
            piece.source = Source(self.recording, STREAM, EPOCH, sub, "audit_trail:*", "siem", personal=False)
            self.connection.put(piece)
        self.connection.flush({})

    @property
    def offsets(self) -> list[tuple[int, int]]:
        return [(each.first, each.last) for each in self.book.stretches]


class Once(Notes):
    """A book that knows each row once, as the real one does while a row waits."""

    def note(self, row: Row) -> None:
        row.waiting = True
        super().note(row)


@pytest.fixture
def watched() -> Watched:
    return Watched()


class TestStretches:
    def test_go_on_as_long_as_nothing_comes_between(self, watched: Watched) -> None:
        watched.hand(11, 12)
        watched.now += 5
        watched.hand(20)

        [stretch] = watched.book.stretches
        assert (stretch.first, stretch.last) == (11, 20)
        assert (stretch.first_ms, stretch.last_ms) == (watched.now - 5, watched.now)
        assert (stretch.stream, stretch.epoch, stretch.replayed) == (STREAM, EPOCH, False)
        assert stretch.by.subscriber is WATCHER
        assert stretch.by.follows == (Follow("audit_trail:*", None, True),)

    def test_are_of_one_stream_each(self, watched: Watched) -> None:
        watched.hand(11)
        watched.hand(3, stream=OTHER)
        watched.hand(12)

        assert watched.offsets == [(11, 12), (3, 3)]

    def test_begin_anew_after_a_gap_of_their_stream(self, watched: Watched) -> None:
        watched.hand(11)
        watched.hand(3, stream=OTHER)
        watched.connection.tell_gap(gap(12, 14))
        watched.hand(15)
        watched.hand(4, stream=OTHER)

        assert watched.offsets == [(11, 11), (3, 4), (15, 15)]

    def test_begin_anew_when_something_else_is_followed(self, watched: Watched) -> None:
        watched.hand(11)
        watched.follow("s2", "*")
        watched.hand(12)
        watched.unfollow("s1")
        watched.hand(13)

        assert watched.offsets == [(11, 11), (12, 12), (13, 13)]
        assert [patterns(each.by) for each in watched.book.stretches] == [
            ["audit_trail:*"],
            ["*", "audit_trail:*"],
            ["*"],
        ]

    def test_are_of_what_was_followed_when_the_events_came(self, watched: Watched) -> None:
        """What waits for a slow reader is handed to it later, and matched what it followed before."""
        watched.reader.writable = False
        watched.put(11)
        watched.follow("s2", "*")
        watched.put(12)
        watched.unfollow("s1")
        watched.unfollow("s2")
        watched.reader.writable = True
        watched.connection.became_writable()

        assert watched.offsets == [(11, 11), (12, 12)]
        assert [patterns(each.by) for each in watched.book.stretches] == [["audit_trail:*"], ["*", "audit_trail:*"]]

    def test_begin_anew_with_an_epoch_a_recording_and_offsets_that_go_back(self, watched: Watched) -> None:
        watched.hand(11)
        watched.recording = Recording("audit")
        watched.hand(12)
        watched.hand(5)
        watched.hand(6, epoch="later")

        assert watched.offsets == [(11, 11), (12, 12), (5, 5), (6, 6)]

    def test_are_bounded_in_length(self, watched: Watched) -> None:
        watched.hand(11)
        watched.hand(10 + STRETCH_OFFSETS)
        watched.hand(11 + STRETCH_OFFSETS)
        watched.replay(1, 2 * STRETCH_OFFSETS + 5)

        assert watched.offsets == [
            (11, 10 + STRETCH_OFFSETS),
            (11 + STRETCH_OFFSETS, 11 + STRETCH_OFFSETS),
            (1, STRETCH_OFFSETS),
            (STRETCH_OFFSETS + 1, 2 * STRETCH_OFFSETS),
            (2 * STRETCH_OFFSETS + 1, 2 * STRETCH_OFFSETS + 5),
        ]

    def test_are_bounded_in_time(self, watched: Watched) -> None:
        watched.hand(11)
        watched.now += STRETCH_MS - 1
        watched.hand(12)
        watched.now += 1
        watched.hand(13)

        assert watched.offsets == [(11, 12), (13, 13)]

    def test_of_a_replay_are_told_apart_from_what_is_live(self, watched: Watched) -> None:
        watched.hand(30)
        watched.replay(12, 13)
        watched.replay(14)
        watched.hand(31)

        assert watched.offsets == [(30, 31), (12, 14)]
        replayed = watched.book.stretches[1]
        assert replayed.replayed
        assert replayed.by.follows == (Follow("audit_trail:*", "siem", False),)

    def test_take_in_nothing_that_still_waits_or_never_leaves(self, watched: Watched) -> None:
        watched.reader.writable = False
        watched.hand(11)
        assert watched.offsets == []

        watched.connection.leave()
        watched.reader.writable = True
        watched.connection.became_writable()

        assert watched.offsets == []

    def test_are_not_kept_of_what_is_not_recorded(self, watched: Watched) -> None:
        watched.connection.put(Run([event(11, stream=STREAM, delivery=EVIDENCE)]))
        watched.connection.flush({})

        assert watched.offsets == []

    def test_are_noted_again_once_they_were_taken_to_be_written(self, watched: Watched) -> None:
        watched.hand(11)
        watched.book.stretches[0].waiting = False
        watched.hand(12)
        watched.hand(13)

        assert len(watched.book.rows) == 2
        assert watched.book.rows[0] is watched.book.rows[1]


class TestWords:
    def test_take_in_what_came_after_the_beginning(self, watched: Watched) -> None:
        said = self._say(watched, 12)

        [word] = said()
        assert (word.before, word.first, word.last) == (10, 12, 12)
        assert (word.sub, word.pattern, word.durable) == ("s1", "audit_trail:*", None)

    def test_go_on(self, watched: Watched) -> None:
        said = self._say(watched, 12, 15)

        [word] = said()
        assert (word.before, word.first, word.last) == (10, 12, 15)
        assert (word.first_ms, word.last_ms) == (watched.now - 2, watched.now - 1)

    def test_count_only_what_is_further(self, watched: Watched) -> None:
        said = self._say(watched, 10, 12, 12, 11)

        [word] = said()
        assert (word.first, word.last) == (12, 12)
        assert word.first_ms == word.last_ms

    def test_are_bounded_in_time(self, watched: Watched) -> None:
        said = self._say(watched, 12)
        watched.now += STRETCH_MS
        self._say(watched, 15)

        assert [(word.before, word.last) for word in said()] == [(10, 12), (12, 15)]

    def test_are_bounded_in_length(self, watched: Watched) -> None:
        said = self._say(watched, 12, 10 + STRETCH_OFFSETS, 11 + STRETCH_OFFSETS, 13 + 3 * STRETCH_OFFSETS)

        assert [(word.before, word.first, word.last) for word in said()] == [
            (10, 12, 10 + STRETCH_OFFSETS),
            (10 + STRETCH_OFFSETS, 11 + STRETCH_OFFSETS, 11 + STRETCH_OFFSETS),
            (11 + STRETCH_OFFSETS, 11 + 2 * STRETCH_OFFSETS, 11 + 2 * STRETCH_OFFSETS),
            (11 + 2 * STRETCH_OFFSETS, 11 + 3 * STRETCH_OFFSETS, 11 + 3 * STRETCH_OFFSETS),
            (11 + 3 * STRETCH_OFFSETS, 13 + 3 * STRETCH_OFFSETS, 13 + 3 * STRETCH_OFFSETS),
        ]

    def test_of_another_epoch_begin_at_its_beginning(self, watched: Watched) -> None:
        said = self._say(watched, 12)
        self._say(watched, 2, epoch="later")

        assert [(word.epoch, word.before, word.last) for word in said()] == [(EPOCH, 10, 12), ("later", 0, 2)]

    def _say(self, watched: Watched, *offsets: int, epoch: str = EPOCH) -> Callable[[], Sequence[Said]]:
        sightings, subscription = watched.connection.sightings, watched.connection.subscriptions["s1"]
        assert sightings is not None
        for offset in offsets:
            sightings.acknowledged(subscription, {STREAM: Position(epoch, offset)}, watched.recording)
            watched.now += 1
        return lambda: watched.book.said


def gap(first: int, last: int) -> Gap:
    following = f"{EPOCH}:{last}"
    return Gap(stream=STREAM, epoch=EPOCH, first=first, last=last, following=following, lost=None, reason="lost")


def patterns(by: By) -> list[str]:
    return [each.pattern for each in by.follows]
