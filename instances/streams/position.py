"""Places in a stream, and what an adapter that counts them must do."""

import secrets
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

_EPOCH_ALPHABET: Final = string.ascii_lowercase + string.digits
_EPOCH_CHARACTERS: Final = 8
"""2.8 · 10^12 epochs: two of one stream won't meet by chance."""


@dataclass(frozen=True, slots=True)
class Position:
    epoch: str
    offset: int
    """Dense, from 1; 0 is the place before the first event."""

    def __str__(self) -> str:
        return f"{self.epoch}:{self.offset}"


@dataclass(frozen=True, slots=True)
class Head:
    """Where a stream ends, and which event stands there."""

    position: Position
    received_ms: int | None
    topic: str | None
    event_type: str | None


@dataclass(frozen=True, slots=True)
class Append:
    """A wish for the next `count` offsets of a stream, with what is told of the last event among them."""

    stream: str
    count: int
    received_ms: int
    topic: str
    event_type: str


class Streams(Protocol):
    """What both adapters do. An offset never names two events in one epoch."""

    async def append(self, appends: Sequence[Append]) -> list[Position]:
        """Return the first position of each append, all counted in one atomic step.

        Raises: Refusal `unavailable`.
        """

    async def heads(self, streams: Iterable[str]) -> dict[str, Head]:
        """Return where each stream ends; one that never had an event ends at offset 0 of its epoch."""

    async def close(self) -> None: ...


def new_epoch() -> str:
    """Return a name that no earlier epoch had."""
    return "".join(secrets.choice(_EPOCH_ALPHABET) for _ in range(_EPOCH_CHARACTERS))
