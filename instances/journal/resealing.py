"""Wrapping the journal's keys anew, so that an older encryption key of the hub's can go."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from instances.access.sealing import CannotOpen, Keyring, keyring
from instances.journal.models import JournalSecret, SubjectKey
from instances.journal.vault import place_of_secret, place_of_subject

BATCH_ROWS: Final = 500
"""In one transaction: some 50 ms, in which nobody writes evidence on SQLite, or about these persons elsewhere."""

Told = Callable[[int, int], None]
"""Is told how many rows are done, and of how many."""


@dataclass(slots=True)
class Resealed:
    secrets: int = 0
    subjects: int = 0
    lost: list[str] = field(default_factory=list)
    """What no key opens."""


def reseal(*, using: str, tell: Told) -> Resealed:
    """Wrap everything that an older key wrapped with the present one.

    It may be ended at any time and run again: what is done is passed over by the question. What was erased has no key
    to be wrapped, and stays erased.
    """
    keys = keyring()
    done = Resealed()
    _reseal_secrets(keys, using, done)
    waiting = _older(keys, using)
    total, seen, after = waiting.count(), 0, 0
    while True:
        with transaction.atomic(using=using):
            rows = list(waiting.filter(pk__gt=after).select_for_update().order_by("pk")[:BATCH_ROWS])
            fresh = [row for row in rows if _rewrap(row, keys, done)]
            SubjectKey.objects.using(using).bulk_update(fresh, ["wrapped"])
        if not rows:
            return done
        done.subjects += len(fresh)
        seen, after = seen + len(rows), rows[-1].pk
        tell(seen, max(seen, total))


def _older(keys: Keyring, using: str) -> QuerySet[SubjectKey]:
    return SubjectKey.objects.using(using).exclude(wrapped="").exclude(wrapped__startswith=keys.current_beginning)


def _rewrap(row: SubjectKey, keys: Keyring, done: Resealed) -> bool:
    place = place_of_subject(bytes(row.blind))
    try:
        row.wrapped = keys.seal(keys.open(row.wrapped, place=place), place=place)
    except CannotOpen:
        done.lost.append(str(row))
        return False
    return True


def _reseal_secrets(keys: Keyring, using: str, done: Resealed) -> None:
    with transaction.atomic(using=using):
        for secret in JournalSecret.objects.using(using).select_for_update().order_by("name"):
            if keys.is_current(secret.sealed):
                continue
            place = place_of_secret(secret.name)
            try:
                secret.sealed = keys.seal(keys.open(secret.sealed, place=place), place=place)
            except CannotOpen:
                done.lost.append(f"the {secret.name}")
                continue
            secret.save(using=using, update_fields=["sealed"])
            done.secrets += 1
