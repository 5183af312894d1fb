"""How tasks are ended for certain: one that clings to life must not keep its process from ending."""

import asyncio
import logging
from typing import Any, Final

logger = logging.getLogger(__name__)

WAIT_SECONDS: Final = 1.0
TRIES: Final = 3


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel the tasks until they have ended; after three seconds leave those alone that have not.

    One cancellation may be too few. Before Python 3.12 `asyncio.wait_for`, by which redis-py sends, swallows the one
    that comes in the turn in which it is done. And what a task awaits while it is being cancelled may never come, such
    as the answer of a connection that is gone.
    """
    pending = {task for task in tasks if not task.done()}
    for _ in range(TRIES):
        if not pending:
            break
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=WAIT_SECONDS)
    for task in pending:
        logger.error("The task %r could not be ended and is left alone.", task.get_name())
    # What they raised is no news any more, but somebody has to take it.
    await asyncio.gather(*(task for task in tasks if task.done()), return_exceptions=True)
