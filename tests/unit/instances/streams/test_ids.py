"""Ids that publishers give: the contract of both adapters."""

from collections.abc import Callable

from instances.event import Prepared
from instances.streams import IdConflict, Placed, Position, Streams
from instances.streams.contract import IDS_REMEMBERED_SECONDS
from tests.unit.instances.streams.making import KEEPS, Clock, event, offsets, place


class TestIds:
    async def test_that_come_again_get_their_first_answer(self, streams: Streams) -> None:
        ((first,),) = await place(streams, [event(given_id=b"a" * 16, says="x")])
        (answer,) = await streams.append("health", [[event(given_id=b"a" * 16, says="x"), event()]], KEEPS)

        assert isinstance(answer, Placed)
        assert offsets(answer.positions) == [1, 2]
        assert answer.positions[0] == first
        assert answer.repeated == {0}
        kept = await streams.read("s", Position(first.epoch, 0))
        assert kept.end == 2

    async def test_with_another_body_are_a_conflict_and_nothing_is_taken(self, streams: Streams) -> None:
        await place(streams, [event(given_id=b"a" * 16, says="x")])

        answers = await streams.append(
            "health", [[event(), event(given_id=b"a" * 16, says="y")], [event(says="other")]], KEEPS
        )

        assert isinstance(answers[0], IdConflict)
        assert (answers[0].index, answers[0].code) == (1, "conflict")
        assert isinstance(answers[1], Placed)
        assert offsets(answers[1].positions) == [2]

    async def test_are_compared_within_a_publication(self, streams: Streams) -> None:
        same, other = await streams.append(
            "health",
            [
                [event(given_id=b"a" * 16, says="x"), event(given_id=b"a" * 16, says="x")],
                [event(given_id=b"b" * 16, says="x"), event(given_id=b"b" * 16, says="y")],
            ],
            KEEPS,
        )

        assert isinstance(same, Placed)
        assert (offsets(same.positions), same.repeated) == ([1, 1], frozenset({1}))
        assert isinstance(other, IdConflict)

    async def test_are_known_for_their_instance_only(self, streams: Streams) -> None:
        await streams.append("health", [[event("h", given_id=b"a" * 16, says="x")]], KEEPS)

        (answer,) = await streams.append("system", [[event("y", given_id=b"a" * 16, says="other")]], KEEPS)

        assert isinstance(answer, Placed)

    async def test_are_remembered_for_five_minutes_and_not_for_ever(self, streams: Streams, clock: Clock) -> None:
        again: Callable[[], list[Prepared]] = lambda: [event(given_id=b"a" * 16, says="x")]  # noqa: E731
        ((first,),) = await place(streams, again())

        clock.now += IDS_REMEMBERED_SECONDS - 1
        ((soon,),) = await place(streams, again())
        clock.now += IDS_REMEMBERED_SECONDS + 1
        await place(streams, [event(given_id=b"b" * 16)])
        clock.now += IDS_REMEMBERED_SECONDS + 1
        await place(streams, [event(given_id=b"c" * 16)])
        ((late,),) = await place(streams, again())

        assert soon == first
        assert late.offset == 4

    async def test_keep_the_order_of_arrival(self, streams: Streams) -> None:
        mixed = [event(says="0"), event(given_id=b"a" * 16, says="1"), event(says="2"), event(says="3")]

        (positions,) = await place(streams, mixed)

        kept = await streams.read("s", Position(positions[0].epoch, 0))
        assert offsets(positions) == [1, 2, 3, 4]
        assert kept.batch is not None
        assert [each.wire[9:10] for each in kept.batch.events] == [b"0", b"1", b"2", b"3"]
