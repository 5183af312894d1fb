"""Who saw an entry of the journal, as pages show it: the list, and what is known to be missing from it."""

from dataclasses import dataclass
from typing import Final

from consumers.seen.answer import Place, Seen, who_saw
from consumers.seen.recorded import Recorded, recorded
from instances.error_codes import Refusal

ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class SeenShown:
    """A page of the list."""

    place: Place
    known: Recorded
    rows: list[Seen]
    following: str | None
    """Where to go on; None: there is no more now."""
    wrong: bool
    """Whether the list was asked to go on from where it never was."""


def seen_of(place: Place, *, after: str | None) -> SeenShown:
    """Return who got the entry, from a cursor on."""
    known = recorded(place.instance, place.received)
    try:
        page = who_saw(place, after=after, limit=ROWS)
    except Refusal:
        return SeenShown(place, known, [], None, wrong=True)
    return SeenShown(place, known, page.rows, page.following, wrong=False)
