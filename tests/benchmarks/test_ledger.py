"""The check behind every figure: would it notice a lost, doubled or reordered event?"""

import pytest

from tests.benchmarks.ledger import FIRST_SEQUENCE, Cursor, Feed, UnreadableEvent, WrongEvent


def line(sequence: int) -> bytes:
    return b'{"event":{"data":{"n":%d,"pad":"x"}}}' % (FIRST_SEQUENCE + sequence)


def message(*sequences: int) -> memoryview:
    return memoryview(b"\n".join(line(sequence) for sequence in sequences))


def feed_of(count: int) -> Feed:
    feed = Feed()
    first = Cursor(feed, "the first", timed=False)
    for sequence in range(count):
        feed.intended_at.append(float(sequence))
        first.take_line(line(sequence))
    return feed


class TestCursor:
    def test_reads_what_another_follower_had_before_however_it_is_joined(self) -> None:
        cursor = Cursor(feed_of(5), "the second", timed=False)

        counts = [
            cursor.take(message(0), 0.0),
            cursor.take(message(1, 2, 3), 0.0),
            cursor.take(message(4), 0.0),
        ]

        assert counts == [1, 3, 1]
        assert cursor.received == 5

    def test_leaves_a_message_that_goes_beyond_the_known_to_be_read_by_line(self) -> None:
        cursor = Cursor(feed_of(2), "the second", timed=False)

        assert cursor.take(message(0, 1, 2), 0.0) == 0
        for sequence in range(3):
            cursor.take_line(line(sequence))

        assert cursor.received == 3

    @pytest.mark.parametrize(
        ("before", "wrong"),
        [
            pytest.param([0, 1], 1, id="an event again"),
            pytest.param([0, 1], 3, id="an event missing"),
            pytest.param([0], 4, id="an event nobody had, too early"),
        ],
    )
    def test_refuses(self, before: list[int], wrong: int) -> None:
        cursor = Cursor(feed_of(4), "the second", timed=False)
        for sequence in before:
            assert cursor.take(message(sequence), 0.0) == 1

        assert cursor.take(message(wrong), 0.0) == 0
        with pytest.raises(WrongEvent) as caught:
            cursor.take_line(line(wrong))

        assert (caught.value.expected, caught.value.received) == (len(before), wrong)

    def test_refuses_two_events_in_the_wrong_order_in_one_message(self) -> None:
        cursor = Cursor(feed_of(2), "the second", timed=False)

        assert cursor.take(message(1, 0), 0.0) == 0
        with pytest.raises(WrongEvent):
            cursor.take_line(line(1))

    def test_refuses_an_event_without_a_sequence_number(self) -> None:
        cursor = Cursor(Feed(), "the first", timed=False)

        with pytest.raises(UnreadableEvent):
            cursor.take_line(b'{"event":{"data":null}}')

    def test_charges_each_event_of_a_message_from_its_own_intended_time(self) -> None:
        cursor = Cursor(feed_of(4), "the second", timed=True)
        cursor.take(message(0), 0.5)
        cursor.take(message(1, 2, 3), 4.0)

        assert cursor.latencies(since_sequence=0) == [0.5, 3.0, 2.0, 1.0]
        assert cursor.latencies(since_sequence=2) == [2.0, 1.0]
        assert cursor.latencies(since_sequence=0, until_sequence=2) == [0.5, 3.0]
