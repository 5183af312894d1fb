"""What it costs to record who saw an instance's events."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Q, Sum
from django.utils import timezone

from consumers.models import SeenCost
from consumers.seen.rows import STRETCH_MS, STRETCH_OFFSETS
from consumers.seen.writing import STRETCH_BYTES, hour_of

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cost:
    """Rows and about how many bytes, on disk with indexes."""

    day_rows: int
    """New in the last 24 hours."""
    day_updates: int
    """How often one of them was written anew, because it grew."""
    day_bytes: int
    kept_rows: int
    kept_bytes: int
    row_bytes: int = STRETCH_BYTES
    row_events: int = STRETCH_OFFSETS
    row_minutes: int = STRETCH_MS // 60_000


def cost_of(instance: str) -> Cost:
    """Return what was counted when it was written; blocks on the database, and reads a row for each hour."""
    # Whole hours: up to 59 minutes more than a day.
    day = Q(hour__gte=hour_of(timezone.now() - DAY))
    sums = SeenCost.objects.filter(instance=instance).aggregate(
        day_rows=Sum("rows", filter=day),
        day_updates=Sum("updates", filter=day),
        day_bytes=Sum("bytes", filter=day),
        kept_rows=Sum("rows"),
        kept_bytes=Sum("bytes"),
    )
    return Cost(**{name: count or 0 for name, count in sums.items()})
