"""What a console is filtered and narrowed to, as its address says it, and done as columns.js and filter.js do it."""

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from instances.journal.columns import PLACES, REDACTED, Column
from instances.redaction import REDACTED as REDACTED_JSON
from instances.severity import RANKS, rank_of

_SEPARATOR: Final = "\n"
_INTEGER_MAX: Final = 2**53 - 1
"""Beyond it, the page can't tell whole numbers apart."""
_SAYS_NOTHING: Final = REDACTED | {json.loads(REDACTED_JSON)}
PARAMETERS: Final = ("text", "type", "severity", "only")
"""Of a console's address, those that say what it shows of its time."""


class Event(msgspec.Struct, frozen=True):
    """An event as a timeline shows it."""

    id: str
    instance: str
    topic: str
    event_type: str
    received: int
    timestamp: int
    stream: str = ""
    offset: int | None = None
    epoch: str | None = None
    publisher: str = ""
    data: Any = None
    metadata: Any = None

    def of(self, name: str) -> str:
        """Return the text that a field has, empty where it has none: a column, one of its own, or a path into it."""
        if name in PLACES:
            return self._column(name)
        if name == "severity":
            return self.severity
        payload, *path = name.split(".")
        if not path:
            said = getattr(self, name, "") if name in _OWN else ""
            return said if isinstance(said, str) else ""
        value: Any = {"data": self.data, "metadata": self.metadata}.get(payload)
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, bool):
            return str(value).lower()
        return str(value) if _says(value) else ""

    @property
    def severity(self) -> str:
        """The word for how grave it is, as the event itself has it; empty where it has none."""
        own = ""
        for payload in (self.data, self.metadata):
            for name in ("severity", "level"):
                said = payload.get(name) if isinstance(payload, dict) else None
                if isinstance(said, str):
                    if said.lower() in RANKS:
                        return said
                    own = own or said
        return own

    @property
    def rank(self) -> int:
        return rank_of(self.data, self.metadata)

    def _column(self, column: Column) -> str:
        for payload, name in PLACES[column]:
            values = getattr(self, payload)
            if isinstance(values, dict) and _says(values.get(name)):
                text = str(values[name])
                return text.removeprefix("user:") if column == "actor" else text
        return self.event_type if column == "action" else ""


_OWN: Final = frozenset(("id", "instance", "topic", "event_type", "stream", "epoch", "publisher"))
event_of: Final = msgspec.json.Decoder(Event).decode
"""Return what is shown of an event's wire form."""


def _says(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value.strip()) and value not in _SAYS_NOTHING
    return type(value) is int and abs(value) <= _INTEGER_MAX


class Filter:
    """What passes: text, type and severity of the form, and the values that the console is narrowed to."""

    def __init__(self, said: Mapping[str, str]) -> None:
        self._text = said.get("text", "").strip().lower()
        self._type = said.get("type", "")
        self._least = RANKS.get(said.get("severity", ""), -1)
        parts = (part.partition(":") for part in said.get("only", "").split(_SEPARATOR))
        self._only = {name: value for name, _, value in parts if name}
        self.words = tuple(
            (name, value)
            for name, value in (
                ("text", self._text),
                ("type", self._type),
                ("severity", said.get("severity", "") if self._least >= 0 else ""),
                *self._only.items(),
            )
            if value
        )
        """What it says, for whoever reads what passed."""

    def passes(self, event: Event) -> bool:
        return (
            event.rank >= self._least
            and (not self._type or event.event_type == self._type)
            and all(event.of(name) == value for name, value in self._only.items())
            and (not self._text or self._text in _searchable(event))
        )


def _searchable(event: Event) -> str:
    data = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
    return f"{event.topic}\n{event.event_type}\n{event.publisher}\n{data}".lower()
