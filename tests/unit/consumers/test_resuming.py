from collections.abc import Callable
from typing import cast

import pytest
from msgspec import UNSET

from consumers.connection import Connection
from consumers.cursor import Cursor
from consumers.frames import BadFrame
from consumers.history import History
from consumers.messages import Message
from consumers.resuming import Replay, read_since
from instances.streams import Position, Slice
from instances.topics import Pattern
from tests.unit.consumers.making import batch

HEAD = Position("k3f9", 70)


class TestReadSince:
    def test_gives_the_position_of_each_stream(self) -> None:
        assert read_since({"health.a": "k3f9:41", "health.b": "abc:0"}) == {
            "health.a": Position("k3f9", 41),
            "health.b": Position("abc", 0),
        }

    def test_gives_back_what_the_hub_told(self) -> None:
        assert read_since({"s": str(HEAD)}) == {"s": HEAD}

    def test_of_a_client_that_names_none_is_empty(self) -> None:
        assert read_since(UNSET) == {}

    @pytest.mark.parametrize(
        "text",
        ["", "41", ":41", "k3f9:", "k3f9", "k3f9:-1", "k3f9:1.5", "k3f9:x", "e:" + "9" * 16, "../x:1", "e:\u0661"],
    )
    def test_refuses_what_is_no_position(self, text: str) -> None:
        with pytest.raises(BadFrame, match="<epoch>:<offset>"):
            read_since({"s": text})

    def test_takes_1_000_streams_and_no_more(self) -> None:
        since = {str(number): "e:1" for number in range(1_000)}

        assert len(read_since(since)) == 1_000
        with pytest.raises(BadFrame, match="1,001 streams"):
            read_since(since | {"one more": "e:1"})


class Silence:
    """A writer that nothing can be written to, so that all stays in the mailbox."""

    writable = False

    def write(self, message: Message) -> None:
        raise AssertionError

    def ponged(self) -> None: ...

    def abort(self) -> None: ...


class Kept:
    """A history that has events up to an end."""

    def __init__(self, end: int) -> None:
        self._end = end

    async def after(self, stream: str, position: Position) -> Slice:
        count = min(self._end - position.offset, 10)
        found = batch(position.offset + 1, count, epoch=HEAD.epoch) if count > 0 else None
        return Slice(found, 1, self._end, None)


def replay_from(offset: int, cursor: Cursor, *, end: int, heal: Callable[[Cursor], None]) -> Replay:
    return Replay(
        connection=Connection(Silence()),
        sub="s1",
        pattern=Pattern("topic:*"),
        urgent=False,
        personal=True,
        cursors={"s": cursor},
        history=cast("History", Kept(end)),
        heal=heal,
        at={"s": Position(HEAD.epoch, offset)},
    )


class TestReplay:
    async def test_waits_for_what_the_client_got_from_another_process_already(self) -> None:
        """Else it would come a second time, as live."""
        cursor = Cursor("s", HEAD)
        replay = replay_from(73, cursor, end=75, heal=lambda behind: _arrive(behind, 71, 75))

        await replay.catch_up()

        assert cursor.head.offset == 75
        assert replay.finish() == {"s": Position(HEAD.epoch, 75)}
        assert (replay.replayed, replay.recovered) == (2, True)

    async def test_goes_no_further_than_the_process_when_it_reads_ahead_of_it(self) -> None:
        """The history has an event a moment before it arrives."""
        cursor = Cursor("s", HEAD)
        replay = replay_from(66, cursor, end=72, heal=lambda behind: _arrive(behind, 71, 72))

        await replay.catch_up()

        assert cursor.head.offset == 72
        assert replay.finish() == {"s": Position(HEAD.epoch, 72)}
        assert (replay.replayed, replay.recovered) == (6, True)

    async def test_from_a_position_that_was_never_reached_begins_at_the_end(self) -> None:
        cursor = Cursor("s", HEAD)
        replay = replay_from(1_000, cursor, end=70, heal=lambda _: None)

        await replay.catch_up()

        assert replay.finish() == {"s": HEAD}
        assert (replay.replayed, replay.recovered) == (0, False)


def _arrive(cursor: Cursor, first: int, last: int) -> None:
    cursor.accept(batch(first, last - first + 1, epoch=HEAD.epoch))
