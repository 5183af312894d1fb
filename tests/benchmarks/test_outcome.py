"""The judge of a subscriber that never read: does it see through a server that breaks its word?"""

import json

from instances.spec import Overflow
from tests.benchmarks.ledger import FIRST_SEQUENCE
from tests.benchmarks.outcome import Sleep, judge


def event(offset: int) -> bytes:
    """Write the event of an offset; offset 1 has sequence number 0."""
    return json.dumps({"event": {"offset": offset, "data": {"n": FIRST_SEQUENCE + offset - 1}}}).encode()


def gap(first: int, last: int) -> bytes:
    return json.dumps({"gap": {"from": first, "to": last}}).encode()


def sleep(*lines: bytes, closed_with: int | None = None) -> Sleep:
    return Sleep(lines, closed_with, published=10, last_sequence=9)


class TestJudgeOfAClassThatCloses:
    def test_accepts_a_close_as_slow_consumer(self) -> None:
        assert judge(Overflow.CLOSE, sleep(event(1), closed_with=4008)).as_declared

    def test_accepts_being_cut_off(self) -> None:
        assert judge(Overflow.CLOSE, sleep(event(1), closed_with=0)).as_declared

    def test_refuses_another_close_code(self) -> None:
        assert not judge(Overflow.CLOSE, sleep(event(1), closed_with=4010)).as_declared

    def test_refuses_a_connection_that_lives_on(self) -> None:
        assert not judge(Overflow.CLOSE, sleep(event(1), event(10))).as_declared


class TestJudgeOfAClassThatDrops:
    def test_accepts_a_loss_that_was_told(self) -> None:
        assert judge(Overflow.DROP_OLDEST, sleep(event(1), event(2), gap(3, 8), event(9), event(10))).as_declared

    def test_refuses_a_loss_without_a_word(self) -> None:
        assert not judge(Overflow.DROP_OLDEST, sleep(event(1), gap(3, 8), event(9), event(10))).as_declared

    def test_refuses_a_loss_at_the_beginning(self) -> None:
        assert not judge(Overflow.DROP_OLDEST, sleep(event(9), event(10))).as_declared

    def test_refuses_a_connection_that_is_not_live_again(self) -> None:
        assert not judge(Overflow.DROP_NEWEST, sleep(event(1), event(2), gap(3, 10))).as_declared

    def test_refuses_an_event_out_of_order(self) -> None:
        assert not judge(Overflow.DROP_OLDEST, sleep(gap(1, 7), event(9), event(8), event(10))).as_declared

    def test_refuses_a_close(self) -> None:
        assert not judge(Overflow.DROP_OLDEST, sleep(event(1), gap(2, 10), closed_with=4008)).as_declared

    def test_refuses_to_judge_a_sleeper_that_missed_nothing(self) -> None:
        assert not judge(Overflow.DROP_OLDEST, sleep(*(event(offset) for offset in range(1, 11)))).as_declared


class TestJudgeOfAClassThatConflates:
    def test_accepts_older_events_that_the_newest_replaced(self) -> None:
        assert judge(Overflow.CONFLATE, sleep(event(1), event(10))).as_declared

    def test_refuses_a_newest_event_that_never_came(self) -> None:
        assert not judge(Overflow.CONFLATE, sleep(event(1), event(9))).as_declared
