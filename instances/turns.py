"""Who works next on an event loop: long work goes in pieces, one in each turn of the loop, and gives way to alerts.

A flood of measurements is checked, counted and handed out in pieces of about a millisecond. Without order among them, a
turn of the loop would hold one piece of each, and an alert, which needs several turns, would wait for them all again
and again.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

PIECE_EVENTS: Final = 50
PIECE_BYTES: Final = 8 * 1024
"""About a millisecond's work. What is smaller is done before a turn of the loop could be handed on."""
GIVEN_WAY_MOST_SECONDS: Final = 0.005
"""For so long at most pieces wait for what is urgent; alerts may be a flood, too, and must starve nobody."""
LOOK_AGAIN_SECONDS: Final = 0.0005


class Turns:
    """One for each loop; all calls belong on it. Pieces get their turns in the order in which they asked."""

    def __init__(self) -> None:
        self._urgent = 0
        self._taken = False
        """Whether the present turn of the loop has its piece."""
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._gives_way_until: float | None = None

    @property
    def anything_urgent(self) -> bool:
        return self._urgent > 0

    async def take(self) -> None:
        """Wait until a piece of work may be done; where nobody else works, that is at once."""
        if not self._taken and not self._urgent:
            self._taken = True
            asyncio.get_running_loop().call_soon(self._pass_on)
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if not self._taken:
            self._pass_on()
        await turn

    @contextmanager
    def urgent(self) -> Iterator[None]:
        """Have pieces wait while something urgent is under way."""
        self.begin_urgent()
        try:
            yield
        finally:
            self.end_urgent()

    def begin_urgent(self) -> None:
        """Have pieces wait until `end_urgent`, for what comes to its end elsewhere."""
        self._urgent += 1

    def end_urgent(self) -> None:
        self._urgent -= 1

    def _pass_on(self) -> None:
        """Give the next turn of the loop to whoever waits longest; later, where something urgent is under way."""
        loop = asyncio.get_running_loop()
        self._taken = True
        if self._urgent and self._waiting:
            if self._gives_way_until is None:
                self._gives_way_until = loop.time() + GIVEN_WAY_MOST_SECONDS
            if loop.time() < self._gives_way_until:
                loop.call_later(LOOK_AGAIN_SECONDS, self._pass_on)
                return
        self._gives_way_until = None
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                # Behind the piece in the same turn of the loop, so that the next one is of the turn after.
                loop.call_soon(self._pass_on)
                return
        self._taken = False
