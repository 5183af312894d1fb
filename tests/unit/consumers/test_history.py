import asyncio
from typing import cast

import pytest

from consumers.history import History
from instances.broker import Broker
from instances.streams import Position, Slice
from instances.streams.contract import PAGE_EVENTS
from tests.unit.consumers.making import EPOCH, batch

END = 1_200


class Kept:
    """A broker whose stream has so many events, of which it gives a few at once, as if they were large."""

    def __init__(self, at_once: int) -> None:
        self.asked: list[int] = []
        self._at_once = at_once

    async def read(self, stream: str, after: Position, *, limit: int) -> Slice:
        self.asked.append(after.offset)
        await asyncio.sleep(0)
        count = min(limit, self._at_once, END - after.offset)
        return Slice(batch(after.offset + 1, count) if count > 0 else None, 1, END, None)


def history_of(kept: Kept) -> History:
    return History(cast("Broker", kept))


async def walked(history: History) -> list[int]:
    offsets: list[int] = []
    at = Position(EPOCH, 0)
    while (found := await history.after("s", at)).batch is not None:
        offsets += range(found.batch.first, found.batch.last + 1)
        at = Position(EPOCH, found.batch.last)
    return offsets


class TestHistory:
    @pytest.mark.parametrize("at_once", [1, 16, 499, PAGE_EVENTS])
    async def test_can_be_walked_to_the_end_however_little_comes_at_once(self, at_once: int) -> None:
        assert await walked(history_of(Kept(at_once))) == list(range(1, END + 1))

    async def test_reads_a_page_once_for_all_who_are_somewhere_in_it(self) -> None:
        kept = Kept(PAGE_EVENTS)
        history = history_of(kept)

        found = await asyncio.gather(*(history.after("s", Position(EPOCH, after)) for after in range(PAGE_EVENTS)))

        assert [each.batch.first for each in found if each.batch] == list(range(1, PAGE_EVENTS + 1))
        assert kept.asked == [0]

    async def test_forgets_a_page_after_a_while_as_it_may_be_purged_by_then(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("consumers.history.CACHED_SECONDS", 0)
        kept = Kept(PAGE_EVENTS)
        history = history_of(kept)

        for _ in range(2):
            await history.after("s", Position(EPOCH, 0))
            await asyncio.sleep(0.001)

        assert kept.asked == [0, 0]

    async def test_reads_a_full_page_once_for_a_while_and_others_anew(self) -> None:
        kept = Kept(PAGE_EVENTS)
        history = history_of(kept)

        for _ in range(2):
            await walked(history)

        assert kept.asked == [0, 500, 1_000, 1_000, 1_000, 1_000]
