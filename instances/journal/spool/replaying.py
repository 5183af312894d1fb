"""How what was kept in the spool gets into the journal once the database is back."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import DataError, IntegrityError

from instances.error_codes import Refusal
from instances.journal.draft import Draft
from instances.journal.spool.conflict import renamed

logger = logging.getLogger(__name__)

Append = Callable[[Sequence[Sequence[Draft]]], Sequence[object]]
"""Commits publications in one transaction, and answers for each; a Refusal is a conflict of ids.

An event that is on record with the same id and body is not added again.
"""


@dataclass(frozen=True, slots=True)
class Replayed:
    events: int = 0
    """On record now."""
    conflicts: int = 0
    """Among them, those whose id another event had: they are entries of their own, under a new one."""
    refused: int = 0
    """Which the database won't take, whoever asks."""

    def __add__(self, other: "Replayed") -> "Replayed":
        return Replayed(self.events + other.events, self.conflicts + other.conflicts, self.refused + other.refused)


def commit(drafts: Sequence[Draft], append: Append) -> Replayed:
    """Commit these drafts in their order. Raises: what `append` raises for a database that is out."""
    # Each is a publication of its own, so that a conflict of one doesn't keep the others out.
    try:
        answers = append([[draft] for draft in drafts])
    except (DataError, IntegrityError) as error:
        if len(drafts) > 1:
            # The database is well, and one of them is what it won't take: it must not keep the others waiting.
            half = len(drafts) // 2
            return commit(drafts[:half], append) + commit(drafts[half:], append)
        logger.error("The journal won't take the event %s: %s", drafts[0].id, error)
        return Replayed(refused=1)
    in_conflict = [draft for draft, answer in zip(drafts, answers, strict=True) if isinstance(answer, Refusal)]
    if not in_conflict:
        return Replayed(events=len(drafts))
    own = [renamed(draft) for draft in in_conflict]
    append([[draft] for draft in own])
    for draft, under in zip(in_conflict, own, strict=True):
        logger.warning(
            "The event %s was acknowledged while the database was out, and its id had been given to another event: "
            "it is kept as %s.",
            draft.id,
            under.id,
        )
    return Replayed(events=len(drafts), conflicts=len(own))
