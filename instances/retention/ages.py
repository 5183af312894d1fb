"""Ages as people write and read them, and the bounds of what a policy may state."""

import re
from typing import Final

UNITS: Final = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 7 * 86_400}
"""In seconds. Months and years are of no fixed length, so whoever means them says how many days."""
_SHORT: Final = {"s": 1, "sec": 1, "min": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}
_SECONDS: Final = {**UNITS, **{f"{name}s": seconds for name, seconds in UNITS.items()}, **_SHORT}
_PART: Final = re.compile(r"\s*([0-9][0-9,]{0,14})\s*([a-z]+)\s*(?:,|and\b)?", re.ASCII | re.IGNORECASE)
_EXAMPLES: Final = "write a whole number and a unit, such as “30 minutes”, “7 days” or “1 day 12 hours”"
_NO_LENGTH: Final = frozenset({"month", "months", "year", "years", "y", "mo"})


class BadAge(ValueError):
    """A text that is no age, with what would be one."""


def age_of(text: str) -> int:
    """Return the seconds that a text says. Raises: BadAge."""
    at = seconds = 0
    text = text.strip()
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            raise BadAge(f"That is no age: {_EXAMPLES}.")
        unit = found[2].lower()
        if unit in _NO_LENGTH:
            raise BadAge(
                "Months and years are not all of one length: write days, such as “2,557 days” for seven years."
            )
        if unit not in _SECONDS:
            raise BadAge(f"“{found[2][:20]}” is no unit; seconds, minutes, hours, days and weeks are: {_EXAMPLES}.")
        seconds += int(found[1].replace(",", "")) * _SECONDS[unit]
        at = found.end()
    if not text:
        raise BadAge(f"That is empty: {_EXAMPLES}.")
    return seconds


def said(seconds: int) -> str:
    """Return an age in words that `age_of` reads as the same again."""
    parts = []
    left = seconds
    for name in ("day", "hour", "minute", "second"):
        count, left = divmod(left, UNITS[name])
        if count:
            parts.append(f"{count:,} {name}{'' if count == 1 else 's'}")
    return " ".join(parts) or "0 seconds"


def roughly(seconds: float) -> str:
    """Return how long something has been, in its two largest units at most."""
    return " ".join(said(max(round(seconds), 0)).split(" ")[:4])
