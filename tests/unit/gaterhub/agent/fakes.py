"""A clock that stands still unless moved, and a sender that takes what it is told to."""

import asyncio
from collections.abc import Callable, Sequence

from gaterhub.agent.reading import Reading
from gaterhub.agent.sender import Letter, Outcome


class Clock:
    def __init__(self, seconds: float = 1_000.0) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds

    def move(self, seconds: float) -> None:
        self.seconds += seconds


class FakeSender:
    """Answers each batch as told, else accepts it; `arrived` wakes whoever waits for a batch."""

    pause_seconds = 0.0
    retry_most_seconds = 0.0

    def __init__(
        self, *answers: Callable[[Sequence[Letter]], Outcome], batch_events: int = 10, hangs: bool = False
    ) -> None:
        self.batch_events = batch_events
        self.sent: list[tuple[str, list[Letter]]] = []
        self.closed = False
        self.arrived = asyncio.Event()
        self._answers = list(answers)
        self._hangs = hangs

    async def send(self, instance: str, letters: Sequence[Letter]) -> Outcome:
        self.sent.append((instance, list(letters)))
        self.arrived.set()
        if self._hangs:
            await asyncio.Event().wait()
        return self._answers.pop(0)(letters) if self._answers else Outcome()

    async def close(self) -> None:
        self.closed = True

    @property
    def topics(self) -> list[str]:
        return [letter.reading.topic for _, letters in self.sent for letter in letters]


def reading(topic: str = "performance_metrics:cpu", *, instance: str = "metrics", **data: object) -> Reading:
    return Reading(instance, topic, "measured", data)
