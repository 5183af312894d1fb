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


def rank_of(*payloads: Any) -> int:
    """Return how grave an event of an unregistered type says it is, in its data or metadata."""
    for payload in payloads:
        if type(payload) is dict:
            for field in _FIELDS:
                named = payload.get(field)
                if type(named) is str:
                    rank = RANKS.get(named.lower())
                    if rank is not None:
                        return rank
    return UNSTATED
