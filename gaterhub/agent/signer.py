"""How the agent signs what it sends, anew for each attempt."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from gaterhub.agent.sender import Letter
from instances.event import now_ms
from instances.publishing.signing import WINDOW_SECONDS, canonical, sign

FRESH_MS: Final = (WINDOW_SECONDS - 60) * 1000
"""How old a reading may be and still bear its own time: a minute is left for the way and for clocks that differ."""


class Signer:
    """Signs with the secret of the agent's token. `now` tells milliseconds since 1970.

    A reading bears its own time at its first attempt. A later one bears the time of the attempt: the same signature
    again would be refused, whether or not the hub took the reading the first time.
    """

    def __init__(self, secret: str, *, now: Callable[[], int] = now_ms) -> None:
        self._secret = secret
        self._now = now
        self._tried: set[str] = set()

    def check(self, instance: str, written: bytes) -> None:
        """Raises: BadEvent for a reading that can't be signed."""
        canonical(json.loads(written), instance)

    def signed(self, instance: str, part: Sequence[tuple[Letter, bytes]]) -> list[bytes]:
        """Return the readings, written as JSON, with their signatures."""
        return [self._signed(instance, letter, written) for letter, written in part]

    def done(self, letters: Iterable[Letter]) -> None:
        """Forget readings that won't be sent again."""
        self._tried.difference_update(letter.id for letter in letters)

    def _signed(self, instance: str, letter: Letter, written: bytes) -> bytes:
        now = self._now()
        own = letter.id not in self._tried and abs(now - letter.timestamp_ms) <= FRESH_MS
        self._tried.add(letter.id)
        event = json.loads(written) | {"timestamp": letter.timestamp_ms if own else now}
        return json.dumps(sign(event, instance, self._secret), ensure_ascii=False, separators=(",", ":")).encode()
