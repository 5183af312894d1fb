"""How much goes through an instance: totals, sampled once a second, and the rates between them."""

from collections import deque
from typing import Final

SAMPLES_KEPT: Final = 301
"""Five minutes and one second."""


class Rates:
    """Totals in the order of time. `add` is called about once a second."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque(maxlen=SAMPLES_KEPT)

    def add(self, at_seconds: float, total: int) -> None:
        """Take a sample. A total that shrinks says that the count began anew, and so do the rates."""
        if self._samples and total < self._samples[-1][1]:
            self._samples.clear()
        self._samples.append((at_seconds, total))

    def over(self, seconds: float) -> float:
        """Return events per second over about that time, 0.0 while fewer than two samples lie within it."""
        if len(self._samples) < 2:
            return 0.0
        newest_at, newest = self._samples[-1]
        oldest_at, oldest = self._samples[-2]
        for at, total in reversed(self._samples):
            # Half a second of slack: samples are a second apart, give or take a busy loop.
            if newest_at - at > seconds + 0.5:
                break
            oldest_at, oldest = at, total
        return (newest - oldest) / (newest_at - oldest_at) if newest_at > oldest_at else 0.0
