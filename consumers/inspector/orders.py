"""In what order subscribers can be listed, as a table: by the name that an address carries."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from consumers.connection import Connection
from consumers.messages import Item, Run


@dataclass(frozen=True, slots=True)
class Order:
    name: str
    title: str
    place: Callable[[Connection], float | str]
    """Cheap: it is asked of every connection of a process, and less comes first."""


def _ahead(connection: Connection) -> float:
    """Return minus the seconds since the oldest event that waits came: clocks of several processes don't compare."""
    mailbox = connection.mailbox
    return min(_oldest(mailbox.urgent), _oldest(mailbox.normal)) - time.monotonic()


def _oldest(queue: list[Item]) -> float:
    # A queue is in order of arrival, so the first run in it is the oldest.
    return next((item.at for item in queue if type(item) is Run), math.inf)


def _connected_ms(connection: Connection) -> int:
    return 0 if connection.origin is None else connection.origin.connected_ms


_ROWS: Final = (
    Order("slowest", "Slowest first", lambda each: -each.mailbox.size),
    Order("lag", "Longest behind first", _ahead),
    Order("rate", "Most events a second first", lambda each: -each.events_per_second),
    Order("delivered", "Most delivered first", lambda each: -each.delivered_events),
    Order(
        "missed",
        "Most missed first",
        lambda each: -(each.mailbox.dropped + each.mailbox.conflated + each.gaps_told),
    ),
    Order("newest", "Newest first", lambda each: -_connected_ms(each)),
    Order("oldest", "Oldest first", _connected_ms),
    Order("name", "By name", lambda each: each.principal.casefold()),
)
ORDERS: Final[dict[str, Order]] = {row.name: row for row in _ROWS}
if len(ORDERS) != len(_ROWS):
    raise RuntimeError("An order is declared twice in consumers/inspector/orders.py.")
