"""How grave an event is: what a full queue lets go first."""

from typing import Any, Final

RANKS: Final[dict[str, int]] = {
    "trace": 0,
    "debug": 1,
    "low": 1,
    "info": 2,
    "information": 2,
    "notice": 3,
    "medium": 3,
    "warn": 4,
    "warning": 4,
    "high": 5,
    "error": 5,
    "fatal": 6,
    "critical": 6,
    "alert": 7,
    "emergency": 8,
}
"""Syslog's levels (RFC 5424 section 6.2.1, turned round so that graver is higher) and the words used beside them."""

UNSTATED: Final = RANKS["info"]

_FIELDS: Final = ("severity", "level")
# A report of an error outlives what else a log stream carries, whether or not its publisher names a severity.
_GRAVE_TYPES: Final = {"error_report": RANKS["error"]}


def rank_of(event_type: str, *payloads: Any) -> int:
    """Return how grave an event says it is, from its data or metadata, else from its type."""
    for payload in payloads:
        if type(payload) is dict:
            for field in _FIELDS:
                named = payload.get(field)
                if type(named) is str:
                    rank = RANKS.get(named.lower())
                    if rank is not None:
                        return rank
    return _GRAVE_TYPES.get(event_type, UNSTATED)
