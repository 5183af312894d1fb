"""The question who watches what, put to every process."""

from typing import Final

from consumers.inspector.asking import ask_all
from consumers.presence.gathering import NOBODY, Watched
from consumers.running import PRESENT, current_hub
from instances.office import Answers

NOTHING: Final = b""


def who_watches() -> Watched:
    """Return the people at each view, as of a second ago at most; it blocks, and any thread may ask.

    Raises: Unavailable.
    """
    hub = current_hub()
    return NOBODY if hub is None else hub.presence.gathering.watched(_ask)


def _ask() -> Answers:
    return ask_all(PRESENT, NOTHING)
