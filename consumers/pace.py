"""How many frames a client may send."""

from collections.abc import Callable
from typing import Final

MAX_FRAMES_A_SECOND: Final = 100
"""Of frames that are no publish; those have the token's rate."""


class Pace:
    """Counts one client's frames, second by second of a clock."""

    __slots__ = ("_clock", "_frames", "_second")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._second = 0
        self._frames = 0

    def is_too_fast(self) -> bool:
        """Count a frame, and tell whether it is one too many in this second."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._frames = second, 0
        self._frames += 1
        return self._frames > MAX_FRAMES_A_SECOND
