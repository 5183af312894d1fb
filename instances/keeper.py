"""Keeps a task alive: whatever ends it, it is started anew, ever more slowly, and never given up."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from instances.ending import end

logger = logging.getLogger(__name__)

RESTART_FIRST_SECONDS: Final = 0.05
RESTART_MOST_SECONDS: Final = 5.0
CALM_SECONDS: Final = 60.0
"""A task that ran so long before it ended is restarted as quickly as the first time."""


class Keeper:
    """Runs `run()` again and again on the loop it is made on.

    It holds the only strong reference to the task: a task that nobody holds may be collected, and looks like silence.
    """

    def __init__(
        self, name: str, run: Callable[[], Coroutine[Any, Any, None]], *, on_end: Callable[[], None] = lambda: None
    ) -> None:
        self.restarts = 0
        self._name = name
        self._run = run
        self._on_end = on_end
        self.task = asyncio.create_task(run(), name=name)
        self._watch = asyncio.create_task(self._keep(), name=f"keeper of {name}")

    @property
    def up(self) -> bool:
        return not self.task.done()

    async def stop(self) -> None:
        """End the task for good."""
        await end(self._watch)
        await end(self.task)

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        pause = RESTART_FIRST_SECONDS
        while True:
            started = loop.time()
            await asyncio.wait({self.task})
            error = None if self.task.cancelled() else self.task.exception()
            logger.error("The %s ended and is started anew.", self._name, exc_info=error)
            self._on_end()
            self.restarts += 1
            if loop.time() - started > CALM_SECONDS:
                pause = RESTART_FIRST_SECONDS
            await asyncio.sleep(pause)
            pause = min(pause * 2, RESTART_MOST_SECONDS)
            self.task = asyncio.create_task(self._run(), name=self._name)
