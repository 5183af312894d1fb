"""How much goes through an instance: totals, sampled once a second, and the rates between them."""

from collections import deque
from typing import Final

SAMPLES_KEPT: Final = 301
"""Five minutes and one second."""
SNAP_SECONDS: Final = 0.25
"""A sample so near to a whole second is taken for that second's, so that few events stay whole numbers."""


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
        # A copy, made in one piece: whoever asks may be on another thread than the one that adds.
        samples = list(self._samples)
        if len(samples) < 2:
            return 0.0
        newest_at, newest = samples[-1]
        oldest_at, oldest = samples[-2]
        for at, total in reversed(samples):
            # Half a second of slack: samples are a second apart, give or take a busy loop.
            if newest_at - at > seconds + 0.5:
                break
            oldest_at, oldest = at, total
        return (newest - oldest) / (newest_at - oldest_at) if newest_at > oldest_at else 0.0

    @property
    def newest_at_seconds(self) -> float | None:
        """When the newest sample was taken, None before the first."""
        newest = list(self._samples)[-1:]
        return newest[0][0] if newest else None

    def history(self, seconds: int) -> list[float | None]:
        """Return events per second in each of the last seconds, oldest first, None where nobody had counted yet.

        Seconds are counted back from the newest sample. Where samples failed to come, the total is read off the line
        between its neighbours, so that no event is told twice or left out.
        """
        samples = reversed(list(self._samples))
        told: list[float | None] = []
        newer_at, newer = at, count = next(samples, (0.0, 0))
        newest_at, later = at, float(count)
        for back in range(1, seconds + 1):
            moment = newest_at - back
            while at > moment + SNAP_SECONDS and (found := next(samples, None)) is not None:
                newer_at, newer = at, count
                at, count = found
            if at > moment + SNAP_SECONDS:
                break
            near = moment - at <= SNAP_SECONDS
            earlier = count if near else count + (newer - count) * (moment - at) / (newer_at - at)
            told.append(later - earlier)
            later = float(earlier)
        return [None] * (seconds - len(told)) + told[::-1]
