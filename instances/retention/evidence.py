"""How much of the journal is older than a policy lets it stay. It is only counted: nothing of it is purged yet."""

import logging
from dataclasses import dataclass
from typing import Final

from django.db import InterfaceError, OperationalError

from instances.journal.criteria import of_pattern, taken
from instances.journal.database_thread import DatabaseHung
from instances.journal.models import JournalHead, entry_model
from instances.journal.readers import ask
from instances.journal.router import ALIAS
from instances.journal.spans import Run, runs
from instances.journal.walk import find
from instances.retention.policy import Policy
from instances.topics import WILDCARD

logger = logging.getLogger(__name__)

COUNTED_MAX: Final = 5_000
"""Of more entries it is only told that there are more: counting a hundred million takes minutes."""
ANSWER_SECONDS: Final = 2.0
"""For a page that shows several of these counts, and has other things to say."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """Entries that are older than a policy lets them stay."""

    entries: int
    more: bool
    """Whether there may be others: it was counted no further."""


def overdue(policy: Policy, *, now_ms: int) -> Overdue | None:
    """Count what of a journal is older than the policy's `at most`; None where the database doesn't answer in time."""
    if policy.at_most_seconds is None:
        return Overdue(0, more=False)
    to_ms = now_ms - policy.at_most_seconds * 1000
    try:
        return ask(lambda: _counted(policy, to_ms), timeout_seconds=ANSWER_SECONDS)
    except (OperationalError, InterfaceError, DatabaseHung) as error:
        logger.warning("Old entries of %s can't be counted: %s.", policy.spec.name, type(error).__name__)
        return None


def _counted(policy: Policy, to_ms: int) -> Overdue:
    spec = policy.spec
    entries = entry_model(spec).objects.using(ALIAS)
    size = JournalHead.objects.using(ALIAS).values_list("size", flat=True).get(instance=spec.name)
    criteria = [taken(None, to_ms)]
    if policy.pattern.text != WILDCARD:
        criteria.append(of_pattern(entries, spec, policy.pattern))
    found = find(
        criteria,
        entries=entries,
        runs=runs(spec, from_ms=None, to_ms=to_ms, within=Run(0, size), backwards=False, using=ALIAS),
        backwards=False,
        limit=COUNTED_MAX,
    )
    return Overdue(len(found.indexes), found.place is not None)
