"""Failed log-ins, counted by name and by address."""

import time
from collections import deque
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final

WINDOW_SECONDS: Final = 15 * 60.0
ALERT_AT: Final = 5
"""A person mistypes twice or thrice; the fifth in a row is worth a look."""
KEYS_MAX: Final = 10_000
"""Names and addresses remembered; an attacker who uses ever new ones must not fill the memory."""
COUNTED_MAX: Final = 1_000
"""Failures remembered of one; more of the same say nothing more."""


class Attempts:
    """Remembers failures for a window. `clock` counts seconds. Safe to use from several threads."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        window_seconds: float = WINDOW_SECONDS,
        max_keys: int = KEYS_MAX,
    ) -> None:
        self._clock = clock
        self._window_seconds = window_seconds
        self._max_keys = max_keys
        self._failures: dict[Hashable, deque[float]] = {}
        self._lock = Lock()

    def failed(self, key: Hashable) -> int:
        """Note a failure and return how many there were within the window, this one included."""
        now = self._clock()
        with self._lock:
            # Taken out and put back, so that whoever failed last stands last.
            failures = self._failures.pop(key, None) or deque(maxlen=COUNTED_MAX)
            while failures and now - failures[0] >= self._window_seconds:
                failures.popleft()
            failures.append(now)
            while len(self._failures) >= self._max_keys:
                del self._failures[next(iter(self._failures))]
            self._failures[key] = failures
            return len(failures)

    def forget(self, key: Hashable) -> int:
        """Return how many failures of this one the window held, and count from none."""
        now = self._clock()
        with self._lock:
            failures = self._failures.pop(key, ())
            return sum(now - at < self._window_seconds for at in failures)
