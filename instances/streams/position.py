"""Places in a stream."""

import secrets
import string
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_EPOCH_ALPHABET: Final = string.digits + string.ascii_lowercase
"""In the order in which they sort."""
_TIME_CHARACTERS: Final = 8
"""Of milliseconds since 1970; enough until 2059."""
_CHANCE_CHARACTERS: Final = 4
"""1.7 · 10^6 in each millisecond: two of one stream won't meet by chance."""


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


def new_epoch(clock: Callable[[], float] = time.time) -> str:
    """Return a name that no earlier epoch had; names sort by when they began, so far as clocks agree.

    So whoever comes from an epoch that is not remembered is not sent back to one that was before it.
    """
    milliseconds = int(clock() * 1000)
    digits = []
    for _ in range(_TIME_CHARACTERS):
        milliseconds, digit = divmod(milliseconds, len(_EPOCH_ALPHABET))
        digits.append(_EPOCH_ALPHABET[digit])
    return "".join(reversed(digits)) + "".join(secrets.choice(_EPOCH_ALPHABET) for _ in range(_CHANCE_CHARACTERS))


def began_ms(epoch: str) -> int | None:
    """Return when an epoch of that name began, in milliseconds since 1970; None for a name that no hub of ours made."""
    said = epoch[:_TIME_CHARACTERS]
    if len(epoch) != _TIME_CHARACTERS + _CHANCE_CHARACTERS or not set(epoch) <= set(_EPOCH_ALPHABET):
        return None
    return int(said, len(_EPOCH_ALPHABET))
