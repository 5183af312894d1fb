"""What all processes answered last about who watches: asked of them once a second at most, however many pages ask."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from consumers.presence.people import Here, Person, together
from instances.office import Answers

FRESH_SECONDS: Final = 1.0
"""Every open page asks every five seconds; one answer serves all who ask within this time."""

_read: Final = msgspec.json.Decoder(Here).decode


@dataclass(frozen=True, slots=True)
class Watched:
    """The people at each view that anybody watches, and the processes whose people are missing."""

    people: Mapping[str, list[Person]]
    silent: tuple[str, ...]


NOBODY: Final = Watched({}, ())


class Gathering:
    """One of each hub. It blocks, and any thread may ask; those who come while one asks wait for the same answer."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._one_at_a_time = threading.Lock()
        self._known = NOBODY
        self._fresh_until: float | None = None

    def watched(self, ask: Callable[[], Answers]) -> Watched:
        """Return who watches what, by `ask` unless that is known. Raises: what `ask` does."""
        with self._one_at_a_time:
            if self._fresh_until is None or self._clock() >= self._fresh_until:
                answers = ask()
                self._known = Watched(together(map(_read, answers.by_process.values())), answers.silent)
                self._fresh_until = self._clock() + FRESH_SECONDS
            return self._known
