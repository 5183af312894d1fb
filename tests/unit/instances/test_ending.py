import asyncio
import logging
from typing import Any

import pytest

from instances import ending
from instances.ending import end


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "WAIT_SECONDS", 0.01)


async def begun(task: asyncio.Task[Any]) -> asyncio.Task[Any]:
    await asyncio.sleep(0)
    return task


class TestEnd:
    async def test_ends_what_swallows_its_first_cancellation(self) -> None:
        """As wait_for does where what it waits for is done in the same turn."""

        async def swallow() -> None:
            while True:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    await asyncio.Event().wait()

        task = await begun(asyncio.create_task(swallow()))
        async with asyncio.timeout(5):
            await end(task)

        assert task.cancelled()

    async def test_ends_what_is_cancelled_just_when_its_wait_for_is_done(self) -> None:
        """Python 3.11 swallows that cancellation; redis-py sends so."""
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def send_and_go_on() -> None:
            await asyncio.wait_for(sent, 5)
            await asyncio.Event().wait()

        task = await begun(asyncio.create_task(send_and_go_on()))
        sent.set_result(None)
        async with asyncio.timeout(5):
            await end(task)

        assert task.cancelled()

    async def test_leaves_alone_what_can_t_be_ended_and_says_so(self, caplog: pytest.LogCaptureFixture) -> None:
        released = asyncio.Event()

        async def cling() -> None:
            while not released.is_set():
                try:
                    await released.wait()
                except asyncio.CancelledError:
                    continue

        task = await begun(asyncio.create_task(cling(), name="clinging"))
        with caplog.at_level(logging.ERROR):
            async with asyncio.timeout(5):
                await end(task)

        assert not task.done()
        assert "'clinging' could not be ended" in caplog.text
        released.set()
        await task

    async def test_takes_what_ended_by_itself_and_what_it_raised(self) -> None:
        async def fail() -> None:
            raise ZeroDivisionError

        failed, quick = asyncio.create_task(fail()), asyncio.create_task(asyncio.sleep(0))
        await asyncio.wait({failed, quick})

        await end(failed, quick)

        assert (failed.done(), quick.done()) == (True, True)

    async def test_ends_several_at_once(self) -> None:
        tasks = [await begun(asyncio.create_task(asyncio.Event().wait())) for _ in range(3)]

        await end(*tasks)

        assert all(task.cancelled() for task in tasks)
