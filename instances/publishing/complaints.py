"""How often the log is told of publishes that failed: at once, and then once in a while with their number."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

EVERY_SECONDS: Final = 10.0
"""While Redis is out, a busy publisher would write hundreds of the same line a second."""


class Complaints:
    """Remembers what was told lately, by error code; `clock` counts seconds. Any thread may ask."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._told: dict[str, float] = {}
        self._untold: dict[str, int] = {}

    def due(self, code: str) -> int | None:
        """Return how many of that code went untold since the last time, if it is to be told now, else None."""
        now = self._clock()
        with self._lock:
            if now - self._told.get(code, float("-inf")) < EVERY_SECONDS:
                self._untold[code] = self._untold.get(code, 0) + 1
                return None
            self._told[code] = now
            return self._untold.pop(code, 0)
