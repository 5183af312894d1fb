"""The hub's own domain events: subscriptions that are opened and closed, told to `events`."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from gaterhub.acts.telling import tell
from instances.schemas import events
from instances.schemas.words import EventType

SINGLY_PER_SECOND: Final = 20
"""A dashboard opens a handful; a thousand that reconnect at once are told as one sum a second."""
WINDOW_SECONDS: Final = 1.0

Later = Callable[[float, Callable[[], None]], Any]


class Subscriptions:
    """Tells each while they are few. `clock` counts seconds; `later` calls back after so many of them."""

    def __init__(
        self,
        *,
        say: Callable[..., None] = tell,
        clock: Callable[[], float] = time.monotonic,
        later: Later | None = None,
    ) -> None:
        self._say = say
        self._clock = clock
        self._later = later or (lambda seconds, call: asyncio.get_running_loop().call_later(seconds, call))
        self._window_ends = float("-inf")
        self._singly = 0
        self._summed: Counter[tuple[str, str]] = Counter()

    def opened(self, **signal: Any) -> None:
        self._note(events.subscription_opened, "opened", signal)

    def closed(self, **signal: Any) -> None:
        self._note(events.subscription_closed, "closed", signal)

    def _note(self, event_type: EventType, change: str, signal: dict[str, Any]) -> None:
        now = self._clock()
        if now >= self._window_ends:
            self._window_ends = now + WINDOW_SECONDS
            self._singly = 0
        if self._singly < SINGLY_PER_SECOND:
            self._singly += 1
            fields = {key: value for key, value in signal.items() if key not in ("sender", "signal")}
            self._say(event_type(**fields), log_level=None)
            return
        if not self._summed:
            self._later(WINDOW_SECONDS, self._tell_sum)
        self._summed[change, str(signal.get("instance", ""))] += 1

    def _tell_sum(self) -> None:
        summed, self._summed = self._summed, Counter()
        by_instance: dict[str, dict[str, int]] = {}
        for (change, instance), count in summed.items():
            by_instance.setdefault(instance, {"opened": 0, "closed": 0})[change] = count
        event = events.subscriptions_changed(
            opened=sum(counts["opened"] for counts in by_instance.values()),
            closed=sum(counts["closed"] for counts in by_instance.values()),
            by_instance=by_instance,
        )
        self._say(event, log_level=None)
