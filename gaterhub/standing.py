"""How the hub as a whole stands beyond its processes: whether the database answers, and which worker leads."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db import Error
from django.utils import timezone

from gaterhub.models import Lease
from gaterhub.worker import LEASE

KEPT_SECONDS: Final = 2.0
"""However many people watch, the database is asked this often; a lease lasts three times as long."""


@dataclass(frozen=True, slots=True)
class Standing:
    database: bool
    """Whether it answered."""
    leader: str | None
    """The process whose worker leads; None where none does, or where nobody knows."""


class Watch:
    """Asks the database, and remembers the answer for a moment. One thread asks, the others take the last answer."""

    def __init__(self, ask: Callable[[], Standing], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._asking = threading.Lock()
        self._known: tuple[float, Standing] | None = None

    def look(self) -> Standing:
        known = self._known
        if known is not None and self._clock() - known[0] < KEPT_SECONDS:
            return known[1]
        # Whoever comes first has nothing to take instead, and waits.
        if not self._asking.acquire(blocking=known is None) and known is not None:
            return known[1]
        try:
            standing = self._ask()
            self._known = (self._clock(), standing)
            return standing
        finally:
            self._asking.release()


def ask() -> Standing:
    """Ask the database who leads."""
    try:
        leader = Lease.objects.filter(name=LEASE, until__gt=timezone.now()).values_list("holder", flat=True).first()
    except Error:
        return Standing(database=False, leader=None)
    return Standing(database=True, leader=leader)


_watch: Final = Watch(ask)


def standing() -> Standing:
    """Return how the hub stands, as of the last two seconds."""
    return _watch.look()
