import asyncio

import pytest

from instances.turns import Turns


class TestTurns:
    async def test_give_the_first_piece_without_waiting(self) -> None:
        taking = Turns().take()

        with pytest.raises(StopIteration):
            taking.send(None)

    async def test_give_one_piece_in_each_turn_of_the_loop(self) -> None:
        turns, worked = Turns(), []
        turn_of_the_loop = 0

        async def work(name: str) -> None:
            for _ in range(3):
                await turns.take()
                worked.append((turn_of_the_loop, name))

        tasks = [asyncio.create_task(work(name)) for name in ("check", "lane", "pump")]
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0)
            turn_of_the_loop += 1

        assert [name for _, name in worked] == [
            "check",
            "check",
            "lane",
            "pump",
            "check",
            "lane",
            "pump",
            "lane",
            "pump",
        ]
        assert len({turn for turn, _ in worked}) == len(worked)

    async def test_make_pieces_wait_while_something_urgent_is_under_way(self) -> None:
        turns = Turns()
        with turns.urgent():
            piece = asyncio.create_task(turns.take())
            for _ in range(20):
                await asyncio.sleep(0)
            waited = not piece.done()

        await asyncio.wait_for(piece, 5)
        assert waited

    async def test_let_no_flood_of_urgent_work_starve_the_pieces(self) -> None:
        turns = Turns()
        with turns.urgent():
            async with asyncio.timeout(5):
                for _ in range(3):
                    await turns.take()
            assert turns._urgent == 1

    async def test_pass_over_whoever_does_not_wait_any_more(self) -> None:
        turns = Turns()
        with turns.urgent():
            leaving, staying = asyncio.create_task(turns.take()), asyncio.create_task(turns.take())
            await asyncio.sleep(0)
            leaving.cancel()

        await asyncio.wait_for(staying, 5)
        assert leaving.cancelled()
