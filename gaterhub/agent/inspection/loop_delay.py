"""How late the event loop gets to what is due: the delay that everything on it has."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

STEP_SECONDS: Final = 0.1
"""Ten looks a second cost nothing to speak of, and a stall of a second can't slip between them."""


@dataclass(frozen=True, slots=True)
class Delays:
    looks: int
    slowest_ms: float
    mean_ms: float


class LoopDelay:
    """Sleeps on the loop and sees how much later than due it wakes. `clock` counts seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looks, self._sum, self._slowest = 0, 0.0, 0.0

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            asked = self._clock()
            await asyncio.sleep(STEP_SECONDS)
            self.woke(late_seconds=self._clock() - asked - STEP_SECONDS)

    def woke(self, *, late_seconds: float) -> None:
        late = max(late_seconds, 0.0)
        self._looks += 1
        self._sum += late
        self._slowest = max(self._slowest, late)

    def take(self) -> Delays:
        """Return the figures since the last call."""
        looks = self._looks
        mean = self._sum / looks if looks else 0.0
        delays = Delays(looks, round(self._slowest * 1000, 2), round(mean * 1000, 2))
        self._looks, self._sum, self._slowest = 0, 0.0, 0.0
        return delays
