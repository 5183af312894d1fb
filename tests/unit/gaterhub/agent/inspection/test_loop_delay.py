import asyncio

import pytest

from gaterhub.agent.inspection.loop_delay import STEP_SECONDS, Delays, LoopDelay
from tests.unit.gaterhub.agent.fakes import Clock


class TestLoopDelay:
    def test_tells_the_slowest_and_the_mean_since_the_last_time(self) -> None:
        delay = LoopDelay()
        for late in (0.001, 0.25, -0.001, 0.001):
            delay.woke(late_seconds=late)

        assert delay.take() == Delays(looks=4, slowest_ms=250.0, mean_ms=63.0)
        assert delay.take() == Delays(looks=0, slowest_ms=0.0, mean_ms=0.0)

    async def test_measures_how_much_later_than_due_it_wakes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = Clock()
        delay = LoopDelay(clock=clock)
        woken = asyncio.Event()
        sleep = asyncio.sleep

        async def slept(seconds: float) -> None:
            if woken.is_set():
                await asyncio.Event().wait()
            assert seconds == STEP_SECONDS
            clock.move(seconds + 0.5)
            woken.set()
            await sleep(0)

        monkeypatch.setattr(asyncio, "sleep", slept)
        running = asyncio.create_task(delay.run())
        await woken.wait()
        monkeypatch.undo()
        await asyncio.sleep(0)
        running.cancel()

        assert delay.take().slowest_ms == 500.0
