from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.cursor import HELD_BATCHES_MAX, Cursor, Hole
from instances.batch import Batch
from instances.streams import Position
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
        assert (place.head, place.last_topic, place.waits) == (Position(EPOCH, 42), "topic:42", False)

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

    def test_gives_up_once_too_many_wait(self) -> None:
        place = cursor()
        early = [place.accept(batch(number)) for number in range(2, HELD_BATCHES_MAX + 2)]

        passed = place.accept(batch(HELD_BATCHES_MAX + 2))

        assert not any(early)
        assert offsets_of(passed) == ["1-1", *range(2, HELD_BATCHES_MAX + 3)]
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
    def test_begins_where_a_new_epoch_does_and_tells_that_the_end_of_the_old_is_unknown(self, first: int) -> None:
        place = cursor(offset=40)

        passed = place.accept(batch(first, 2, epoch="next"))

        assert passed == [
            hole(41, None, Position("next", first - 1), reason="epoch"),
            batch(first, 2, epoch="next"),
        ]
        assert place.head == Position("next", first + 1)

    def test_passes_on_what_it_held_back_before_a_new_epoch_begins(self) -> None:
        place = cursor(offset=40)
        place.accept(batch(43))

        passed = place.accept(batch(1, epoch="next"))

        assert passed == [
            hole(41, 42, Position(EPOCH, 42)),
            batch(43),
            hole(44, None, Position("next", 0), reason="epoch"),
            batch(1, epoch="next"),
        ]
        assert not place.waits
