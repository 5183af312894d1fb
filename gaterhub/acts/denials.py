"""Refused attempts, bounded: of each origin the first few are told as they come, the rest as one sum a minute.

Whoever is refused may come back a thousand times a second. What that costs here is a look into a dictionary.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_network
from typing import Any, Final, NamedTuple

from gaterhub.acts.telling import tell
from instances.event import now_ms
from instances.schemas import security
from instances.schemas.typed_event import TypedEvent

WINDOW_SECONDS: Final = 60.0
ORIGINS_MAX: Final = 10_000
"""Counted by themselves; all others together count as one, or an attacker with many addresses would fill the memory."""
LOGINS_SINGLY: Final = 10
"""Failed log-ins are looked at one by one by those who watch for guessing."""
_IPV6_SITE: Final = 64
"""Bits: whoever has one IPv6 address has 2^64 of them (RFC 6177)."""

Later = Callable[[float, Callable[[], None]], Any]


class Origin(NamedTuple):
    """From where, and by whom where that is known."""

    address: str | None
    actor: str
    """`user:ada` or `token:orders`; `anonymous` where it said nothing that holds."""
    door: str
    """`web` or `websocket`."""


@dataclass(slots=True)
class _Series:
    """What one origin has done in the minute at hand."""

    origin: Origin
    ends_at: float
    told: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    first_ms: int = 0
    last_ms: int = 0


_SHARED: Final = Origin(None, "many", "")


def timer(seconds: float, call: Callable[[], None]) -> threading.Timer:
    """Call back on a thread of its own, which holds no process up that wants to end."""
    thread = threading.Timer(seconds, call)
    thread.daemon = True
    thread.name = "denials"
    thread.start()
    return thread


class Denials:
    """Safe to use from any thread. `clock` counts seconds, `now` milliseconds since 1970; `later` calls back once.

    `singly` is how many of an origin are told by themselves within a minute.
    """

    def __init__(
        self,
        *,
        singly: int = 1,
        say: Callable[[TypedEvent], None] = tell,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], int] = now_ms,
        later: Later = timer,
        max_origins: int = ORIGINS_MAX,
    ) -> None:
        self._singly = singly
        self._say = say
        self._clock = clock
        self._now = now
        self._later = later
        self._max_origins = max_origins
        # In the order in which their minutes end, because all are equally long.
        self._series: dict[Hashable, _Series] = {}
        # The process whose timer waits: a child that was forked has none of its parent's threads.
        self._waits_in: int | None = None
        self._lock = threading.Lock()

    def denied(self, origin: Origin, kind: str, event: Callable[[], TypedEvent]) -> None:
        """Tell an attempt by the event, which is made only if it is told, or count it for the sum."""
        key: Hashable = (site_of(origin.address), origin.actor)
        with self._lock:
            series = self._series.get(key)
            if series is None and len(self._series) >= self._max_origins:
                key = origin = _SHARED
                series = self._series.get(key)
            if series is None:
                series = self._series[key] = _Series(origin, self._clock() + WINDOW_SECONDS)
                self._wait(WINDOW_SECONDS)
            if series.told >= self._singly:
                series.last_ms = self._now()
                series.first_ms = series.first_ms or series.last_ms
                series.kinds[kind] += 1
                return
            series.told += 1
        self._say(event())

    def _wait(self, seconds: float) -> None:
        """Have one timer wait for the earliest end, however many series there are."""
        if self._waits_in != os.getpid():
            self._waits_in = os.getpid()
            self._later(seconds, self._sum_up)

    def _sum_up(self) -> None:
        """Tell what was counted in each minute that is over; whoever was quiet in it counts as new next time."""
        now, due = self._clock(), []
        with self._lock:
            self._waits_in = None
            while self._series:
                key, series = next(iter(self._series.items()))
                if series.ends_at > now:
                    self._wait(series.ends_at - now)
                    break
                del self._series[key]
                if series.kinds:
                    due.append(series)
                    # The first was told a minute ago: as long as it goes on, sums alone follow.
                    self._series[key] = _Series(series.origin, now + WINDOW_SECONDS, told=self._singly)
        for series in due:
            self._say(_sum_of(series))

    def forget(self) -> None:
        """Begin anew without a word about what was counted."""
        with self._lock:
            self._series.clear()

    def flush(self) -> None:
        """Tell what is counted so far, because the process ends, and begin anew."""
        with self._lock:
            due = [series for series in self._series.values() if series.kinds]
            self._series.clear()
        for series in due:
            self._say(_sum_of(series))


def _sum_of(series: _Series) -> TypedEvent:
    origin = series.origin
    return security.repeated_denials(
        count=series.kinds.total(),
        kinds=dict(series.kinds),
        first_at=series.first_ms,
        last_at=series.last_ms,
        window_seconds=WINDOW_SECONDS,
        actor=origin.actor,
        ip_address=origin.address,
        origin=origin.door or None,
        target="gaterhub",
        outcome="failure",
    )


@lru_cache(maxsize=ORIGINS_MAX)
def site_of(address: str | None) -> str | None:
    """Return what stands for everybody behind the same line: an IPv4 address, or the /64 of an IPv6 one."""
    if address is None or ":" not in address:
        return address
    try:
        return str(ip_network((address.partition("%")[0], _IPV6_SITE), strict=False))
    except ValueError:
        return address


DENIALS: Final = Denials()
LOGINS: Final = Denials(singly=LOGINS_SINGLY)
"""Of this process; several processes count each for itself."""
