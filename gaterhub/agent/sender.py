"""The two ways out of the agent, as one interface: into this process's own hub, or over HTTP to another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gaterhub.agent.reading import Reading


@dataclass(frozen=True, slots=True)
class Letter:
    """A reading with an id of its own, so that sending it twice publishes it once, and with its time."""

    id: str
    timestamp_ms: int
    reading: Reading

    def body(self) -> dict[str, Any]:
        """Return the event as a publisher submits it."""
        event: dict[str, Any] = {
            "id": self.id,
            "topic": self.reading.topic,
            "event_type": self.reading.event_type,
            "schema_version": self.reading.schema_version,
            "timestamp": self.timestamp_ms,
            "data": self.reading.data,
        }
        if self.reading.metadata:
            event["metadata"] = self.reading.metadata
        return event


@dataclass(frozen=True, slots=True)
class Refused:
    """What the hub will never take, and why."""

    letter: Letter
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Later:
    """What the hub can't take now: to be sent again."""

    letters: Sequence[Letter]
    message: str
    after_seconds: float = 0.0
    """The least that the hub asked to be left alone."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch; whatever is neither refused nor for later was accepted."""

    refused: Sequence[Refused] = ()
    later: Later | None = None


class Sender(Protocol):
    batch_events: int
    """How many letters it takes at once."""
    pause_seconds: float
    """How long to gather more before sending again."""
    retry_most_seconds: float
    """The longest pause before it tries again what the hub couldn't take."""

    async def send(self, instance: str, letters: Sequence[Letter]) -> Outcome:
        """Send the letters, in their order; never raises for what a hub or a network may do."""

    async def close(self) -> None: ...


def named(metadata: Mapping[str, Any], host: str) -> dict[str, Any]:
    """Return the metadata with the host that the reading is about."""
    return {"host": host, **metadata}
