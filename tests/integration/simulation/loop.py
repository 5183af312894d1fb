"""An event loop whose clock jumps to the next timer, so that a day of faults takes a second."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, Final

TURNS_AT_ONE_MOMENT_MAX: Final = 200_000
"""More turns without a timer between them are a loop that never ends."""


class _JumpingSelector(selectors.SelectSelector):
    """Waits for no file: it moves the clock on by as much as it is asked to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("Everybody waits, and no timer is set.")
        self._turns = self._turns + 1 if timeout <= 0 else 0
        if self._turns > TURNS_AT_ONE_MOMENT_MAX:
            raise RuntimeError("The loop turns and turns at one moment.")
        self.now += max(timeout, 0.0)
        return []


class JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def simulated(main: Coroutine[Any, Any, None]) -> None:
    """Run the coroutine to its end in such time, and let go of whatever it left behind."""
    loop = JumpingLoop()
    try:
        loop.run_until_complete(main)
    finally:
        loop.run_until_complete(end_all())
        loop.close()


async def end_all() -> None:
    """Cancel every other task of the loop, and wait for it."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
