"""How what was kept in the spool gets into the journal once the database is back."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Final

from django.db import DataError, IntegrityError

from instances.error_codes import Refusal
from instances.journal.draft import Draft
from instances.journal.spool.conflict import renamed
from instances.journal.spool.packing import Spooled

logger = logging.getLogger(__name__)

GROUP_EVENTS: Final = 500
"""Committed in one transaction, so that it stays within the database's time-out."""

Append = Callable[[str, Sequence[Sequence[Draft]]], Sequence[object]]
"""Commits publications of an instance, all in one transaction, and answers for each; a Refusal is a conflict of ids.

An event that is in the journal with the same id and body is not added again.
"""


@dataclass(frozen=True, slots=True)
class Replayed:
    events: int = 0
    """In the journal now."""
    conflicts: int = 0
    """Among them, those whose id another event had: they are entries of their own, under a new one."""
    refused: int = 0
    """Which the database won't take, whoever asks."""

    def __add__(self, other: "Replayed") -> "Replayed":
        return Replayed(self.events + other.events, self.conflicts + other.conflicts, self.refused + other.refused)


def commit(records: Sequence[Spooled], append: Append) -> Replayed:
    """Commit the drafts of these records, in their order. Raises: what `append` raises for a database that is out."""
    done = Replayed()
    for instance, of_instance in groupby(records, attrgetter("instance")):
        drafts = [draft for record in of_instance for draft in record.drafts]
        for group in _groups(drafts):
            done = done + _commit(instance, group, append)
    return done


def _groups(drafts: Sequence[Draft]) -> Iterator[Sequence[Draft]]:
    for start in range(0, len(drafts), GROUP_EVENTS):
        yield drafts[start : start + GROUP_EVENTS]


def _commit(instance: str, drafts: Sequence[Draft], append: Append) -> Replayed:
    # Each is a publication of its own, so that a conflict of one doesn't keep the others out.
    try:
        answers = append(instance, [[draft] for draft in drafts])
    except (DataError, IntegrityError) as error:
        if len(drafts) > 1:
            # The database is well, and one of them is what it won't take: it must not keep the others waiting.
            half = len(drafts) // 2
            return _commit(instance, drafts[:half], append) + _commit(instance, drafts[half:], append)
        logger.error("The journal of %s won't take the event %s: %s", instance, drafts[0].id, error)
        return Replayed(refused=1)
    in_conflict = [draft for draft, answer in zip(drafts, answers, strict=True) if isinstance(answer, Refusal)]
    if not in_conflict:
        return Replayed(events=len(drafts))
    for draft, under in zip(in_conflict, own := [renamed(draft) for draft in in_conflict], strict=True):
        logger.warning(
            "The event %s of %s was acknowledged while the database was out, and its id had been given to another "
            "event: it is kept as %s.",
            draft.id,
            instance,
            under.id,
        )
    append(instance, [[draft] for draft in own])
    return Replayed(events=len(drafts), conflicts=len(own))
