"""Who this process is when it publishes, and how any text becomes a segment of a topic or a plain field."""

import re
from typing import Final

from django.conf import settings

SEGMENT_MAX_CHARACTERS: Final = 80
"""Two such segments, a family and a level stay well below the 255 characters of a topic."""
TEXT_MAX_CHARACTERS: Final = 1_000
"""For names and reasons; long text such as a log message has a limit of its own."""

_NOT_IN_A_SEGMENT: Final = re.compile(r"[^A-Za-z0-9_.\-@/]+")
# A NUL and half a surrogate pair are refused by the hub, and no reader could show them.
_NOT_IN_TEXT: Final = re.compile("[\x00\ud800-\udfff]")


def host() -> str:
    """Return this host's name as events carry it."""
    return str(settings.GATERHUB_NODE)


def segment(text: str, *, instead: str = "unnamed") -> str:
    """Return the text with each run of characters that no topic allows made one `_`; else `instead`."""
    return _NOT_IN_A_SEGMENT.sub("_", text)[:SEGMENT_MAX_CHARACTERS].strip("_") or instead


def plain(text: str, *, at_most: int = TEXT_MAX_CHARACTERS) -> str:
    """Return the text without what JSON readers choke on, and no longer; `…` shows where it was cut."""
    text = _NOT_IN_TEXT.sub("\ufffd", text)
    return text if len(text) <= at_most else text[: at_most - 1] + "…"
