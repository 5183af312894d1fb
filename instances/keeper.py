"""Keeps a task alive: whatever ends it, it is started anew, ever more slowly, and never given up."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

logger = logging.getLogger(__name__)

RESTART_FIRST_SECONDS: Final = 0.05
RESTART_MOST_SECONDS: Final = 5.0
STOP_SECONDS: Final = 1.0
STOP_TRIES: Final = 3
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
        """End the task for good.

        What it awaits while it is being cancelled may never come, such as the answer of a connection that is gone. So
        it is cancelled again; a process that ends must not wait for it for ever.
        """
        self._watch.cancel()
        for _ in range(STOP_TRIES):
            self.task.cancel()
            ended, _ = await asyncio.wait({self.task}, timeout=STOP_SECONDS)
            if ended:
                await asyncio.gather(self.task, return_exceptions=True)
                break
        else:
            logger.error("The %s could not be ended and is left alone.", self._name)
        await asyncio.gather(self._watch, return_exceptions=True)

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
