"""Whether an entry's row says what its sealed bytes say."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from instances.journal.canonical import canonical, number
from instances.journal.columns import PLACES, REDACTED, Column, asked
from instances.journal.models import UNKNOWN
from instances.journal.personal import COMMITTED
from instances.severity import rank_of

COLUMNS: Final = (
    "topic",
    "event_type",
    "publisher",
    "occurred_ms",
    "received_ms",
    "actor",
    "action",
    "resource",
    "outcome",
    "origin",
    "correlation_id",
    "severity",
)
"""The columns that are compared, in the order in which they are to be given; the id is compared beside them."""

_AS_SEALED: Final = ("topic", "event_type", "publisher", "timestamp", "received")
_WITHOUT: Final[dict[Column, str | None]] = {
    "actor": UNKNOWN,
    "resource": UNKNOWN,
    "outcome": UNKNOWN,
    "origin": UNKNOWN,
    "correlation_id": None,
}
_APART: Final = frozenset({"actor", "origin"})
"""The columns that are NULL where what they would hold is personal."""

# What may fill a column, by the place: an event is gone through once, and not once for each place.
_FILLS: Final[dict[str, dict[str, list[tuple[int, int]]]]] = {"data": {}, "metadata": {}}
_DERIVED: Final[tuple[Column, ...]] = ("actor", "action", "resource", "outcome", "origin", "correlation_id")
for _at, _column in enumerate(_DERIVED):
    for _rank, (_payload, _name) in enumerate(PLACES[_column]):
        _FILLS[_payload].setdefault(_name, []).append((_at, _rank))

# Numbers with a point become the text that they have to be written as.
_decode: Final[Callable[[bytes], Any]] = msgspec.json.Decoder(float_hook=number).decode


class Malformed(ValueError):
    """A body that is no event."""


def read_sealed(body: bytes) -> dict[str, Any]:
    """Return what the sealed bytes say. Raises: Malformed."""
    try:
        said = _decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Malformed(str(error)) from error
    if type(said) is not dict:
        raise Malformed("It is no JSON object.")
    return said


def is_canonical(said: dict[str, Any], body: bytes) -> bool:
    """Tell whether the bytes are those that RFC 8785 gives for what they say."""
    return canonical(said) == body


def differing(said: dict[str, Any], row: tuple[Any, ...]) -> list[str]:
    """Return the columns, of `COLUMNS`, in which the row says something else than what is sealed.

    Raises: Malformed.
    """
    try:
        expected = (*map(said.__getitem__, _AS_SEALED), *_derived(said))
        if expected == row[:-1] and ("unregistered" not in said or rank_of(said["data"], said["metadata"]) == row[-1]):
            return []
        return [
            name
            for name, one, other in zip(COLUMNS, (*expected, _severity(said, row[-1])), row, strict=True)
            if one != other
        ]
    except KeyError as error:
        raise Malformed(f"It lacks {error}.") from error


def _severity(said: dict[str, Any], stored: int) -> int:
    """Return how grave the entry is, where what is sealed alone tells it: a registered type may have been raised."""
    return rank_of(said["data"], said["metadata"]) if "unregistered" in said else stored


def _derived(said: dict[str, Any]) -> list[str | None]:
    """Return what `columns_of` gave for the event before its personal values were taken out."""
    best: list[tuple[int, Any] | None] = [None] * len(_DERIVED)
    committed = said.get(COMMITTED, ())
    for payload, fills in _FILLS.items():
        inner = said[payload]
        if type(inner) is not dict:
            continue
        for name in fills.keys() & inner.keys():
            value = inner[name]
            kind = type(value)
            if kind is str:
                if not value or value in REDACTED or value.isspace():
                    continue
            elif kind is int:
                value = str(value)
            elif kind is not dict or f"/{payload}/{name}" not in committed:
                continue
            for at, rank in fills[name]:
                held = best[at]
                # A commitment fills no column but those that say that it is held apart.
                if (held is None or rank < held[0]) and (kind is not dict or _DERIVED[at] in _APART):
                    best[at] = (rank, value)
    return [_column_of(column, held, said["event_type"]) for column, held in zip(_DERIVED, best, strict=True)]


def _column_of(column: Column, held: tuple[int, Any] | None, event_type: str) -> str | None:
    if held is None:
        without = event_type if column == "action" else _WITHOUT[column]
        return None if without is None else asked(column, without)
    return None if isinstance(held[1], Mapping) else asked(column, held[1])
