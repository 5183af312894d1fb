"""Whether an entry's row says what its sealed bytes say."""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from instances.journal.canonical import canonical, number
from instances.journal.columns import PLACES, REDACTED, Column, asked
from instances.journal.marked import Place
from instances.journal.models import UNKNOWN
from instances.journal.personal import COMMITTED
from instances.severity import rank_of

COLUMNS: Final[tuple[Column, ...]] = ("actor", "action", "resource", "outcome", "origin", "correlation_id")
"""The columns that are filled from an event's data and metadata, in the order in which they are compared."""

LIKE: Final = ("topic", "event_type", "publisher", "occurred_ms", "received_ms")
"""The columns that hold what stands in the sealed bytes as it is."""

_APART: Final = frozenset({"actor", "origin"})
"""The columns that are NULL where what they would hold is personal."""
_SHAPES_MAX: Final = 10_000

# Numbers with a point become the text that they have to be written as.
_decode: Final[Callable[[bytes], Any]] = msgspec.json.Decoder(float_hook=number).decode

_NOTHING: Final = REDACTED | {""}
_AT: Final[dict[Column, int]] = {column: at for at, column in enumerate(COLUMNS)}


class _First(NamedTuple):
    """The first place of an event that may fill a column."""

    at: int
    """Of the column."""
    in_data: bool
    name: str
    pointer: str | None
    """By which the place is listed where it is personal; None for a column that nothing personal empties."""


class _Plan(NamedTuple):
    """What events of one shape can fill which columns from."""

    firsts: tuple[_First, ...]
    places: tuple[tuple[Place, ...], ...]
    """For each column, in their order."""
    empty: tuple[tuple[int, str | None], ...]
    """The columns that no place fills, and what they hold then."""
    action_is_type: bool


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


class Comparison:
    """Compares entries with what is sealed, and remembers which keys an event of some shape can fill columns from."""

    def __init__(self) -> None:
        self._plans: dict[tuple[tuple[str, ...], tuple[str, ...]], _Plan] = {}

    def differing(
        self, said: dict[str, Any], alike: tuple[Any, ...], derived: Sequence[str | None], severity: int
    ) -> list[str]:
        """Return the names of the columns that say something else than what is sealed.

        `alike` are the values of LIKE, `derived` those of COLUMNS. A severity is compared where what is sealed alone
        tells it: a registered type may have been raised since. Raises: Malformed.
        """
        try:
            data, metadata = said["data"], said["metadata"]
            shape = (tuple(data) if type(data) is dict else (), tuple(metadata))
            plan = self._plans.get(shape) or self._planned(shape)
            event_type = said["event_type"]
            sealed = (said["topic"], event_type, said["publisher"], said["timestamp"], said["received"])
            differ = []
            if sealed != alike:
                differ += [name for name, one, other in zip(LIKE, sealed, alike, strict=True) if one != other]
            committed = said.get(COMMITTED, ())
            for at, in_data, name, pointer in plan.firsts:
                value, stored = (data if in_data else metadata)[name], derived[at]
                # Nearly always the column holds what the first place says, or is NULL because that is personal.
                if value == stored:
                    if value not in _NOTHING:
                        continue
                elif stored is None and pointer in committed:
                    continue
                if not _fills(said, COLUMNS[at], plan.places[at], stored):
                    differ.append(COLUMNS[at])
            for at, expected in plan.empty:
                if derived[at] != expected:
                    differ.append(COLUMNS[at])
            if (
                plan.action_is_type
                and derived[_ACTION] != event_type
                and not _fills(said, "action", (), derived[_ACTION])
            ):
                differ.append("action")
            if "unregistered" in said and rank_of(data, metadata) != severity:
                differ.append("severity")
        except (KeyError, TypeError) as error:
            raise Malformed(f"It lacks {error}.") from error
        return differ

    def _planned(self, shape: tuple[tuple[str, ...], tuple[str, ...]]) -> _Plan:
        there = {(payload, name) for payload, names in zip(("data", "metadata"), shape, strict=True) for name in names}
        places = tuple(tuple(place for place in PLACES[column] if place in there) for column in COLUMNS)
        plan = _Plan(
            firsts=tuple(
                _First(
                    _AT[column], found[0][0] == "data", found[0][1], _pointer(found[0]) if column in _APART else None
                )
                for column, found in zip(COLUMNS, places, strict=True)
                if found
            ),
            places=places,
            empty=tuple((_AT[column], _WITHOUT[column]) for column in _WITHOUT if not places[_AT[column]]),
            action_is_type=not places[_ACTION],
        )
        if len(self._plans) >= _SHAPES_MAX:
            self._plans.clear()
        self._plans[shape] = plan
        return plan


_ACTION: Final = _AT["action"]


def _pointer(place: Place) -> str:
    return f"/{place[0]}/{place[1]}"


def _fills(said: dict[str, Any], column: Column, places: tuple[Place, ...], stored: str | None) -> bool:
    """Tell whether that is what a column holds for such an event."""
    value = _value(said, column, places)
    return value == stored or (value is not None and asked(column, value) == stored)


def _value(said: dict[str, Any], column: Column, places: tuple[Place, ...]) -> str | None:
    """Return what the first of the places that says something says; None where it is held apart."""
    for payload, name in places:
        value = said[payload][name]
        if type(value) is str:
            if value and value not in REDACTED and not value.isspace():
                return value
        elif type(value) is int:
            return str(value)
        elif column in _APART and _pointer((payload, name)) in said.get(COMMITTED, ()):
            return None
    return str(said["event_type"]) if column == "action" else _WITHOUT[column]


_WITHOUT: Final[dict[Column, str | None]] = {
    "actor": UNKNOWN,
    "resource": UNKNOWN,
    "outcome": UNKNOWN,
    "origin": UNKNOWN,
    "correlation_id": None,
}
"""What columns hold that nothing fills; an action is then the event type."""
