from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.cursor import HELD_BATCHES_MAX, RECENT_EVENTS_MAX, Cursor, Hole
from instances.batch import Batch
from instances.streams import Position, Slice
from tests.unit.consumers.making import EPOCH, batch


def cursor(offset: int = 0) -> Cursor:
    return Cursor("s", Position(EPOCH, offset))


def offsets_of(passed: list[Batch | Hole]) -> list[int | str]:
    """Return the offsets that the wire forms tell, and holes as "first-last"."""
    said: list[int | str] = []
    for part in passed:
        if isinstance(part, Hole):
            said.append(f"{part.first}-{part.last}")
        else:
            said += [int(event.wire) for event in part.events]
            assert said[-len(part.events) :] == list(range(part.first, part.last + 1))
    return said


def hole(first: int, last: int | None, following: Position, *, epoch: str = EPOCH, reason: str = "lost") -> Hole:
    return Hole(stream="s", epoch=epoch, first=first, last=last, following=following, reason=reason)


@st.composite
def arrivals(draw: st.DrawFn) -> list[Batch]:
    """Draw dense batches from 1 on, shuffled."""
    batches = []
    first = 1
    for count in draw(st.lists(st.integers(1, 5), min_size=1, max_size=30)):
        batches.append(batch(first, count))
        first += count
    return draw(st.permutations(batches))


class TestCursor:
    def test_passes_on_what_comes_in_order(self) -> None:
        place = cursor(offset=40)

        assert place.accept(batch(41, 2)) == [batch(41, 2)]
        assert (place.head, place.waits) == (Position(EPOCH, 42), False)

    def test_holds_back_what_came_too_early(self) -> None:
        place = cursor()

        assert (place.accept(batch(3)), place.waits) == ([], True)
        assert offsets_of(place.accept(batch(1, 2))) == [1, 2, 3]
        assert not place.waits

    @given(arrivals())
    def test_puts_any_permutation_in_order(self, arrived: list[Batch]) -> None:
        place = cursor()

        passed = [part for each in arrived for part in place.accept(each)]

        last = max(each.last for each in arrived)
        assert offsets_of(passed) == list(range(1, last + 1))
        assert (place.head.offset, place.waits) == (last, False)

    @given(arrivals(), st.data())
    def test_tells_what_did_not_come_and_nothing_else(self, arrived: list[Batch], data: st.DataObject) -> None:
        place = cursor()
        kept = data.draw(st.lists(st.sampled_from(arrived), unique_by=id, min_size=1))

        passed = [part for each in kept for part in place.accept(each)] + place.give_up()

        came = {offset for each in kept for offset in range(each.first, each.last + 1)}
        missing = [part for part in passed if isinstance(part, Hole)]
        assert [offset for offset in offsets_of(passed) if isinstance(offset, int)] == sorted(came)
        assert {offset for part in missing for offset in range(part.first, (part.last or 0) + 1)} == (
            set(range(1, max(came) + 1)) - came
        )
        for part, following in pairwise(passed):
            if isinstance(part, Hole):
                assert part == hole(part.first, part.last, Position(EPOCH, part.last or 0))
                assert isinstance(following, Batch)
                assert following.first == part.following.offset + 1
        assert place.give_up() == []

    @given(arrivals(), st.data())
    def test_passes_over_what_came_already(self, arrived: list[Batch], data: st.DataObject) -> None:
        place = cursor()
        again = data.draw(st.lists(st.sampled_from(arrived)))

        passed = [part for each in [*arrived, *again] for part in place.accept(each)]

        assert offsets_of(passed) == list(range(1, place.head.offset + 1))

    def test_passes_on_the_new_part_of_a_batch_that_it_knows_in_part(self) -> None:
        place = cursor(offset=3)

        assert place.accept(batch(2, 4)) == [batch(4, 2)]
        assert place.accept(batch(2, 4)) == []

    def test_passes_over_what_was_told_as_missing(self) -> None:
        place = cursor()
        place.accept(batch(5))
        place.give_up()

        assert place.accept(batch(1, 4)) == []
        assert place.head == Position(EPOCH, 5)

    def test_lets_go_of_what_waits_once_it_is_too_much(self) -> None:
        place = cursor()
        for number in range(2, HELD_BATCHES_MAX + 3):
            assert place.accept(batch(number)) == []

        assert place.waits
        assert offsets_of(place.accept(batch(1))) == [1]
        assert place.waits

    def test_waits_for_what_it_let_go_until_the_history_has_brought_it(self) -> None:
        place = cursor()
        for number in range(2, HELD_BATCHES_MAX + 3):
            place.accept(batch(number))
        last = HELD_BATCHES_MAX + 2

        passed = place.fill(Slice(batch(1, last), 1, last, None))

        assert offsets_of(passed) == list(range(1, last + 1))
        assert not place.waits

    def test_tells_what_it_let_go_and_nobody_has(self) -> None:
        place = cursor()
        for number in range(2, HELD_BATCHES_MAX + 3):
            place.accept(batch(number))

        assert place.give_up() == [hole(1, HELD_BATCHES_MAX + 2, Position(EPOCH, HELD_BATCHES_MAX + 2))]
        assert not place.waits

    def test_tells_what_the_history_has_no_more_but_for_what_is_held(self) -> None:
        place = cursor(offset=8)
        place.accept(batch(10))

        passed = place.fill(Slice(None, 13, 12, None))

        assert offsets_of(passed) == ["9-9", 10, "11-12"]
        assert [part.reason for part in passed if isinstance(part, Hole)] == ["evicted", "evicted"]

    def test_passes_over_what_comes_late_of_an_epoch_before_it_began(self) -> None:
        """Such as by a process that started after that epoch, and so never left it."""
        place = cursor()

        assert place.accept(batch(1, epoch="a000")) == []
        assert not place.waits

    def test_tells_each_hole_between_what_it_held_back(self) -> None:
        place = cursor(offset=10)
        for first in (20, 13, 14):
            place.accept(batch(first))

        assert place.give_up() == [
            hole(11, 12, Position(EPOCH, 12)),
            batch(13),
            batch(14),
            hole(15, 19, Position(EPOCH, 19)),
            batch(20),
        ]

    @pytest.mark.parametrize("first", [1, 7])
    def test_waits_for_history_before_it_begins_another_epoch(self, first: int) -> None:
        place = cursor(offset=40)

        assert (place.accept(batch(first, 2, epoch="next")), place.waits) == ([], True)
        assert place.give_up() == [
            hole(41, None, Position("next", first - 1), reason="epoch"),
            batch(first, 2, epoch="next"),
        ]
        assert place.head == Position("next", first + 1)

    def test_passes_on_what_it_held_back_before_a_new_epoch_begins(self) -> None:
        place = cursor(offset=40)
        place.accept(batch(43))
        place.accept(batch(1, epoch="next"))

        assert place.give_up() == [
            hole(41, 42, Position(EPOCH, 42)),
            batch(43),
            hole(44, None, Position("next", 0), reason="epoch"),
            batch(1, epoch="next"),
        ]
        assert not place.waits

    def test_passes_over_what_comes_late_of_an_epoch_that_it_left(self) -> None:
        place = cursor(offset=40)
        place.accept(batch(1, epoch="next"))
        place.give_up()

        assert place.accept(batch(41)) == []
        assert (place.head, place.waits) == (Position("next", 1), False)

    def test_knows_what_it_has_reached(self) -> None:
        place = cursor(offset=40)
        place.accept(batch(1, epoch="next"))
        place.give_up()

        assert place.reached(Position(EPOCH, 99))
        assert place.reached(Position("next", 1))
        assert not place.reached(Position("next", 2))
        assert not place.reached(Position("after", 0))


def kept(found: Batch | None, *, oldest: int = 1, end: int | None = None, following: str | None = None) -> Slice:
    return Slice(found, oldest, found.last if found and end is None else end, following)


class TestFilling:
    def test_passes_on_what_history_has_and_then_what_was_held_for_it(self) -> None:
        place = cursor(offset=40)
        place.accept(batch(44, 2))

        assert place.fill(kept(batch(41, 3))) == [batch(41, 3), batch(44, 2)]
        assert not place.waits

    def test_tells_what_is_gone_from_history(self) -> None:
        place = cursor(offset=40)
        place.accept(batch(60))

        passed = place.fill(kept(batch(50, 10), oldest=50))

        assert passed == [hole(41, 49, Position(EPOCH, 49), reason="evicted"), batch(50, 10), batch(60)]

    def test_passes_on_what_it_held_where_history_has_it_no_more(self) -> None:
        place = cursor(offset=40)
        place.accept(batch(43, 2))

        passed = place.fill(kept(batch(50, 1), oldest=50))

        assert offsets_of(passed) == ["41-42", 43, 44, "45-49", 50]

    def test_passes_over_what_came_meanwhile(self) -> None:
        place = cursor(offset=40)
        place.accept(batch(41, 9))

        assert place.fill(kept(batch(41, 3))) == []
        assert place.fill(kept(batch(48, 4))) == [batch(50, 2)]

    def test_goes_over_to_the_next_epoch_when_nothing_more_is_kept_of_the_one_that_ended(self) -> None:
        place = cursor(offset=40)
        place.accept(batch(2, epoch="next"))

        passed = place.fill(kept(None, oldest=41, end=40, following="next"))

        assert passed == [hole(41, None, Position("next", 0), reason="epoch")]
        assert place.fill(kept(batch(1, epoch="next"))) == [batch(1, epoch="next"), batch(2, epoch="next")]

    def test_tells_both_what_is_gone_of_an_old_epoch_and_that_its_end_is_unknown(self) -> None:
        place = cursor(offset=40)

        passed = place.fill(kept(None, oldest=51, end=50, following="next"))

        assert passed == [
            hole(41, 50, Position(EPOCH, 50), reason="evicted"),
            hole(51, None, Position("next", 0), reason="epoch"),
        ]

    def test_changes_nothing_where_history_has_nothing_more(self) -> None:
        place = cursor(offset=40)

        assert place.fill(kept(None, oldest=41, end=40)) == []
        assert place.head == Position(EPOCH, 40)


class TestTaps:
    def test_keep_what_passes_from_then_on(self) -> None:
        place = cursor(offset=40)
        place.tap()
        place.accept(batch(41, 3))
        place.accept(batch(44))

        assert place.since(Position(EPOCH, 40)) == [batch(41, 3), batch(44)]
        assert place.since(Position(EPOCH, 42)) == [batch(43), batch(44)]
        assert place.since(Position(EPOCH, 44)) == []
        assert place.since(Position(EPOCH, 39)) is None
        assert place.since(Position("other", 44)) is None

    def test_keep_nothing_where_nobody_resumes(self) -> None:
        place = cursor(offset=40)
        place.accept(batch(41))

        assert place.since(Position(EPOCH, 40)) is None

    def test_let_go_with_the_last_who_resumes(self) -> None:
        place = cursor(offset=40)
        place.tap()
        place.tap()
        place.accept(batch(41))
        place.untap()
        assert place.since(Position(EPOCH, 40)) == [batch(41)]

        place.untap()

        assert place.since(Position(EPOCH, 40)) is None

    def test_forget_the_oldest_beyond_their_bound(self) -> None:
        place = cursor()
        place.tap()
        for first in range(1, RECENT_EVENTS_MAX + 501, 500):
            place.accept(batch(first, 500))

        assert place.since(Position(EPOCH, 499)) is None
        found = place.since(Position(EPOCH, 500))
        assert found is not None
        assert sum(len(each.events) for each in found) == RECENT_EVENTS_MAX

    def test_never_reach_over_a_hole(self) -> None:
        place = cursor()
        place.tap()
        place.accept(batch(1))
        place.accept(batch(3))
        place.give_up()

        assert place.since(Position(EPOCH, 0)) is None
        assert place.since(Position(EPOCH, 2)) == [batch(3)]
