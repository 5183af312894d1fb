"""How long to wait before trying again."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

FIRST_SECONDS: Final = 0.5
MOST_SECONDS: Final = 30.0
"""What is back is found within half a minute; what is down gets two requests a minute."""


@dataclass(slots=True)
class Backoff:
    """Doubles the pause after every failure, shortened by chance so that many agents don't return as one."""

    most_seconds: float = MOST_SECONDS
    chance: Callable[[], float] = random.random
    failures: int = 0

    def failed(self, *, at_least_seconds: float = 0.0) -> float:
        """Return how many seconds to wait; never less than what the hub asked for."""
        ceiling = min(FIRST_SECONDS * 2.0**self.failures, self.most_seconds)
        # Beyond the ceiling the count says nothing, and 2**n must not grow without end.
        self.failures = min(self.failures + 1, 10)
        return at_least_seconds + ceiling * (0.5 + 0.5 * self.chance())

    def succeeded(self) -> None:
        self.failures = 0
