"""What the agent has to say: one event, before anybody has published it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from instances.schemas.typed_event import TypedEvent


@dataclass(frozen=True, slots=True)
class Reading:
    """An event as a sampler returns it: what was read, and when where that isn't now."""

    instance: str
    topic: str
    event_type: str
    data: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    timestamp_ms: int | None = None
    """Milliseconds since 1970 UTC; None is the moment at which the outbox takes it."""
    schema_version: int = 1

    @classmethod
    def of(cls, event: TypedEvent, *, timestamp_ms: int | None = None) -> Self:
        """Return what was read as an event of a registered type, which knows where it belongs."""
        return cls(
            event.instance,
            event.topic,
            event.event_type,
            event.data,
            event.metadata,
            timestamp_ms,
            event.schema_version,
        )


def ratio(part: float, whole: float) -> float:
    """Return part of whole as 0 to 1 with four decimals, which is a hundredth of a percent."""
    return round(min(max(part / whole, 0.0), 1.0), 4) if whole > 0 else 0.0
