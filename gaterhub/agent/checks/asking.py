"""Questions that block, each on a thread of its own: what hangs must hang nothing else."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Question(Generic[Answer]):
    """Asks again only when the last answer came: a question that hangs is waited for, not repeated."""

    def __init__(self, ask: Callable[[], Answer], *, name: str) -> None:
        self._ask = ask
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"agent-{name}")
        self._asked: asyncio.Future[Answer] | None = None

    async def answer(self) -> Answer:
        """Return the answer, or raise what asking raised."""
        if self._asked is None or self._asked.done():
            self._asked = asyncio.get_running_loop().run_in_executor(self._thread, self._ask)
        # Shielded, because a caller that gives up waiting can't end the thread that hangs.
        return await asyncio.shield(self._asked)
