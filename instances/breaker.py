"""A circuit breaker: after failures in a row, callers are told at once instead of waiting for one more time-out."""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final

FAILURES_TO_OPEN: Final = 3
OPEN_SECONDS: Final = 1.0
"""How long nobody asks before one caller may try; short, because all is to be well within 5 s of Redis being back."""


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitBreaker:
    """Counts failures in a row; `clock` tells seconds."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_change: Callable[[State], None] = lambda state: None,
    ) -> None:
        self.state = State.CLOSED
        self._clock = clock
        self._on_change = on_change
        self._failures = 0
        self._opened_at = 0.0

    def allows(self) -> bool:
        """Tell whether to ask; once the pause is over, one caller may, and its answer decides."""
        if self.state is State.CLOSED:
            return True
        if self.state is State.OPEN and self._clock() - self._opened_at >= OPEN_SECONDS:
            self._become(State.HALF_OPEN)
            return True
        # A trial that was never answered, because its caller was cancelled, must not keep the circuit open for ever.
        if self.state is State.HALF_OPEN and self._clock() - self._opened_at >= 10 * OPEN_SECONDS:
            self._opened_at = self._clock()
            return True
        return False

    def succeeded(self) -> None:
        self._failures = 0
        if self.state is not State.CLOSED:
            self._become(State.CLOSED)

    def failed(self) -> None:
        self._failures += 1
        if self.state is State.HALF_OPEN or self._failures >= FAILURES_TO_OPEN:
            self._opened_at = self._clock()
            if self.state is not State.OPEN:
                self._become(State.OPEN)

    def left(self) -> None:
        """Let the next caller try, if it was the trial that its caller went away from: nobody learned anything."""
        if self.state is State.HALF_OPEN:
            self._become(State.OPEN)

    def _become(self, state: State) -> None:
        self.state = state
        self._on_change(state)
