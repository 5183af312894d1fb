"""How long what subscribers missed, and how far they came, is kept; deleted a little at a time."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from consumers.models import DurablePosition, Loss

LOSSES_KEPT: Final = timedelta(days=30)
DURABLES_KEPT: Final = timedelta(days=90)
"""After the last acknowledgement under a name; the events that followed it are gone long since."""

BATCH_ROWS: Final = 1_000
"""Deleted in one transaction: short enough that nobody who writes waits for it."""
TURN_SECONDS: Final = 2.0
"""For one run; what is left is for the next, since the worker has to renew its lease between them."""


def clear_losses() -> None:
    """Delete what was told more than 30 days ago."""
    delete_in_batches(Loss.objects.filter(at__lt=timezone.now() - LOSSES_KEPT))


def clear_unused_durables() -> None:
    """Delete the names under which nothing was acknowledged for 90 days."""
    delete_in_batches(DurablePosition.objects.filter(updated_at__lt=timezone.now() - DURABLES_KEPT))


def delete_in_batches(
    rows: QuerySet[Any],
    *,
    batch: int = BATCH_ROWS,
    seconds: float = TURN_SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Delete the rows, so many in each transaction, until none is left or the time is over."""
    end = clock() + seconds
    while True:
        keys = list(rows.values_list("pk", flat=True)[:batch])
        # Asked again with the keys: a row may have been written to since, and be none of them any more.
        rows.filter(pk__in=keys).delete()
        if len(keys) < batch or clock() >= end:
            return
