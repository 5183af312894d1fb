"""What can go wrong between the hub and its broker, now: one seeded chance for all of it."""

import asyncio
import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Weather:
    """Shared by the streams and the layer, which are one Redis."""

    chance: random.Random
    refuses: bool = False
    """Whether nobody can connect."""
    hangs: asyncio.Event | None = None
    """Set once it goes on; what was asked meanwhile is done then, whoever still waits for it."""
    latency_seconds: float = 0.001
    answers_lost: float = 0.0
    """The share of requests that are done and never answered."""
    lost: float = 0.0
    """The share of layer messages that never arrive."""
    late: float = 0.0
    """The share that arrives up to `late_seconds` later, after what was sent behind it."""
    late_seconds: float = 0.2
    doubled: float = 0.0
    deaf: set[str] = field(default_factory=set)
    """Processes that hear nothing of the layer."""

    def clear(self) -> None:
        """End every fault."""
        self.refuses = False
        self.go_on()
        self.answers_lost = self.lost = self.late = self.doubled = 0.0
        self.latency_seconds = 0.001
        self.deaf.clear()

    def hang(self) -> None:
        if self.hangs is None:
            self.hangs = asyncio.Event()

    def go_on(self) -> None:
        if self.hangs is not None:
            self.hangs.set()
            self.hangs = None

    def delay_seconds(self) -> float:
        return self.latency_seconds * (0.5 + self.chance.random())

    async def pass_through(self) -> None:
        """Wait as long as a request takes to get there. Raises: ConnectionRefusedError."""
        await asyncio.sleep(self.delay_seconds())
        if self.refuses:
            raise ConnectionRefusedError("Redis is down")
        if self.hangs is not None:
            await self.hangs.wait()
            if self.refuses:
                raise ConnectionResetError("Redis went down")
