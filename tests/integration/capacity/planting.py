"""Rows as the recorder leaves them."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from gaterhub.models import PeakHour


def plant(hours_ago: int = 0, *, instance: str = "health", sustained: float = 10.0, **different: Any) -> PeakHour:
    """Make the row of an hour."""
    hour = this_hour() - timedelta(hours=hours_ago)
    at = hour + timedelta(minutes=7)
    usual = {
        "events": 3_600,
        "peak": sustained * 2,
        "peak_at": at,
        "sustained": sustained,
        "sustained_at": at,
        "bytes": 9_000,
        "bytes_peak": sustained * 100,
        "bytes_peak_at": at,
        "subscribers": 4,
    }
    return PeakHour.objects.create(instance=instance, hour=hour, **usual | different)


def plant_days(days: int, *, instance: str = "health", first: float = 50.0, step: float = 1.0) -> None:
    """Make the rows of so many whole days and of today, each day higher than the last by a step."""
    PeakHour.objects.bulk_create(
        PeakHour(
            instance=instance,
            hour=hour,
            events=100,
            peak=rate * 2,
            peak_at=hour,
            sustained=rate,
            sustained_at=hour,
        )
        for back in range(days * 24 + this_hour().hour, -1, -1)
        if (hour := this_hour() - timedelta(hours=back))
        and (rate := first + step * (days - (this_hour().date() - hour.date()).days))
    )


def this_hour() -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0)
