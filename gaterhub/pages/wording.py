"""What the catalog's terse words mean, in sentences for the reader of a page."""

from typing import Final

from instances.spec import Overflow

OVERFLOW_SENTENCES: Final[dict[Overflow, str]] = {
    Overflow.CLOSE: "A follower that falls too far behind is disconnected; nothing is dropped in silence.",
    Overflow.CONFLATE: (
        "For a follower that falls behind, a newer event takes the place of a waiting one "
        "of the same topic and type; what is lost beyond that is told as a gap."
    ),
    Overflow.DROP_OLDEST: (
        "A follower that falls behind loses the oldest waiting events; a gap says which stretch is missing."
    ),
    Overflow.DROP_NEWEST: (
        "A follower that falls behind loses the newest events; a gap says which stretch is missing."
    ),
}

SEVERITY_CHOICES: Final = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
"""Syslog's levels, the gravest last: one word for each rank that the pages offer as the least to be shown."""
