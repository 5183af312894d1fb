"""Objectives, and hours as the recorder leaves them."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from gaterhub.objectives.models import Objective, ObjectiveHour, ObjectiveMark

ALL_MINUTES = (1 << 60) - 1


def promise(name: str = "Registrations within 100 ms", **different: Any) -> Objective:
    """Make an objective."""
    usual = {
        "instance": "metrics",
        "pattern": "subscription_metrics:*",
        "metric": "processing_time_ms",
        "comparison": "below",
        "bound": "100",
        "target_percent": "99.9",
        "window_days": 30,
    }
    row = Objective.objects.create(name=name, **usual | different)
    row.refresh_from_db()
    return row


def mark(objective: Objective, *, since: datetime, until: datetime | None = None) -> ObjectiveMark:
    """Note that it is counted from one time up to another, or up to now."""
    until = until or timezone.now()
    return ObjectiveMark.objects.create(
        objective=objective,
        definition=objective.definition.digest,
        serial=1,
        since=since,
        covered_from=since,
        covered_until=until,
    )


def hour(
    objective: Objective,
    begins: datetime,
    minutes: dict[int, tuple[int, int]] | None = None,
    *,
    covered: int = ALL_MINUTES,
) -> ObjectiveHour:
    """Note what an hour had: of each minute, how many events were good and bad."""
    of_minutes = {str(number): pair for number, pair in (minutes or {}).items()}
    return ObjectiveHour.objects.create(
        objective=objective,
        hour=begins,
        good=sum(good for good, _ in of_minutes.values()),
        bad=sum(bad for _, bad in of_minutes.values()),
        minutes=of_minutes,
        covered=covered,
    )


def this_hour() -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0)


def ago(**time: float) -> datetime:
    return timezone.now() - timedelta(**time)
