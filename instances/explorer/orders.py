"""In what order topics can be listed, as a table: by the name that an address carries."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol


class Listed(Protocol):
    """What a topic is listed by."""

    @property
    def topic(self) -> str: ...
    @property
    def events_per_second(self) -> float: ...
    @property
    def bytes_per_second(self) -> float: ...
    @property
    def last_ms(self) -> int: ...


@dataclass(frozen=True, slots=True)
class TopicOrder:
    name: str
    title: str
    place: Callable[[Listed], tuple[Any, str]]
    """Less comes first; the topic itself decides between equals."""


_ROWS: Final = (
    TopicOrder("rate", "Most events a second first", lambda row: (-row.events_per_second, row.topic)),
    TopicOrder("bytes", "Most KB a second first", lambda row: (-row.bytes_per_second, row.topic)),
    TopicOrder("last", "Latest event first", lambda row: (-row.last_ms, row.topic)),
    TopicOrder("topic", "By topic", lambda row: (row.topic, row.topic)),
)
ORDERS: Final[dict[str, TopicOrder]] = {row.name: row for row in _ROWS}
if len(ORDERS) != len(_ROWS):
    raise RuntimeError("An order is declared twice in instances/explorer/orders.py.")
