"""Connections that have not said yet who they are: few, and not for long."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final

from django.conf import settings

from instances.access.forwarding import address_of

CONNECT_SECONDS: Final = 10.0
"""For a client to say who it is."""
MAX_OF_AN_ADDRESS: Final = 100
"""Enough for an office behind one address whose pages all come back at once."""
_IPV6_HOST_BITS: Final = 64
"""One customer has that many addresses, so that they count as one."""


@dataclass(slots=True, eq=False)
class Stranger:
    """One of them, until it leaves."""

    close: Callable[[], None]
    leave: Callable[[], None] = lambda: None


class Strangers:
    """Bounds them in all and by address; where there are too many, the one that has waited longest makes room.

    So nobody keeps others out by staying silent: who says at once who it is has left before its turn comes. Of all, the
    address with the most gives one up. `seconds` is how long one may stay.
    """

    def __init__(
        self, *, most: Callable[[], int], most_of_address: int = MAX_OF_AN_ADDRESS, seconds: float = CONNECT_SECONDS
    ) -> None:
        self._most = most
        self._most_of_address = most_of_address
        self._seconds = seconds
        self._by_address: dict[str, dict[Stranger, None]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def enter(self, address: str | None, *, late: Callable[[], None], crowded: Callable[[], None]) -> Stranger:
        """Take one in. `late` is called when its time is over, `crowded` when it has to make room."""
        key, is_shared = _key(address)
        here = self._by_address.setdefault(key, {})
        if not is_shared and len(here) >= self._most_of_address:
            self._give_up(here)
        elif self._count >= self._most():
            self._give_up(max(self._by_address.values(), key=len))
        stranger = Stranger(crowded)
        timer = asyncio.get_running_loop().call_later(self._seconds, late)

        def leave() -> None:
            timer.cancel()
            here = self._by_address.get(key)
            if here is not None and stranger in here:
                del here[stranger]
                self._count -= 1
                if not here:
                    del self._by_address[key]

        stranger.leave = leave
        self._by_address.setdefault(key, here)[stranger] = None
        self._count += 1
        return stranger

    def _give_up(self, here: dict[Stranger, None]) -> None:
        oldest = next(iter(here), None)
        if oldest is not None:
            oldest.leave()
            oldest.close()


def _key(address: str | None) -> tuple[str, bool]:
    """Return under what an address counts, and whether it may stand for many clients: a proxy on this machine does."""
    at = address_of(address or "")
    if at is None:
        return "", True
    if isinstance(at, IPv6Address) and not at.is_loopback:
        return f"{int(at) >> _IPV6_HOST_BITS:x}", False
    return str(at), at.is_loopback


STRANGERS: Final = Strangers(most=lambda: int(settings.GATERHUB_ANONYMOUS_CONNECTIONS))
"""The WebSockets of this process before `connected`."""
