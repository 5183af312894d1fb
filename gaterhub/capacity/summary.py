"""What there is to know of an instance at a glance: its highest rates, its headroom, its trend."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db.models import Count, F, Max, Min, Window
from django.db.models.functions import RowNumber, TruncDay

from gaterhub.capacity.headroom import Headroom, Reach, bytes_headroom, events_headroom, reach
from gaterhub.capacity.hours import begin_of
from gaterhub.capacity.retention import DAYS_KEPT
from gaterhub.capacity.trend import DailyPeak, Trend, trend_of
from gaterhub.models import PeakHour
from instances.spec import InstanceSpec

SPANS: Final[dict[str, timedelta]] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "quarter": timedelta(days=DAYS_KEPT),
}
"""How far back each looks from the hour that runs, which belongs to all of them."""
HEADROOM_SPAN: Final = "week"
"""Limits are held against the highest rate of that time: long enough for a weekly job, and forgetful of a mishap."""
WHOLE_DAY_HOURS: Final = 12
"""A day of which fewer hours were recorded tells nothing of its peak."""


@dataclass(frozen=True, slots=True)
class Highest:
    per_second: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    spec: InstanceSpec
    since: datetime
    """The first hour that is recorded and kept."""
    highest: dict[str, Highest | None]
    """Over one second, in each of the SPANS; None where nothing came."""
    sustained: float
    """The highest rate over ten seconds of the last seven days: what limits are held against."""
    events: Headroom | None
    bytes: Headroom | None
    reach: Reach | None
    trend: Trend
    meets_limit_on: date | None


def summaries(specs: Iterable[InstanceSpec], now: datetime) -> list[Summary]:
    """Return those of which anything is recorded, in the order given."""
    specs = list(specs)
    names = [spec.name for spec in specs]
    kept = PeakHour.objects.filter(instance__in=names, hour__gt=now - SPANS["quarter"])
    since = dict(kept.values_list("instance").annotate(Min("hour")))
    highest = {span: _highest(names, begin_of(now, "hour") - back) for span, back in SPANS.items()}
    week = {
        name: (sustained, of_bytes)
        for name, sustained, of_bytes in kept.filter(hour__gte=begin_of(now, "hour") - SPANS[HEADROOM_SPAN])
        .values_list("instance")
        .annotate(Max("sustained"), Max("bytes_peak"))
    }
    daily = _daily(names, now)
    return [
        _summary(
            spec,
            since[spec.name],
            {span: found.get(spec.name) for span, found in highest.items()},
            *week.get(spec.name, (0.0, None)),
            trend_of(daily[spec.name]),
        )
        for spec in specs
        if spec.name in since
    ]


def _summary(
    spec: InstanceSpec,
    since: datetime,
    highest: dict[str, Highest | None],
    sustained: float,
    of_bytes: float | None,
    trend: Trend,
) -> Summary:
    events = events_headroom(spec, sustained)
    return Summary(
        spec=spec,
        since=since,
        highest=highest,
        sustained=sustained,
        events=events,
        bytes=bytes_headroom(spec, of_bytes),
        reach=reach(spec, sustained),
        trend=trend,
        meets_limit_on=None if events is None else trend.meets(events.limit),
    )


def _highest(names: list[str], since: datetime) -> dict[str, Highest]:
    """Return the highest rate of each instance since then, and when it was; the earlier of two that are the same."""
    place = Window(RowNumber(), partition_by=F("instance"), order_by=(F("peak").desc(), F("hour").asc()))
    rows = PeakHour.objects.filter(instance__in=names, hour__gte=since, peak_at__isnull=False).annotate(place=place)
    found = rows.filter(place=1).values_list("instance", "peak", "peak_at")
    return {name: Highest(peak, at) for name, peak, at in found if at is not None}


def _daily(names: list[str], now: datetime) -> dict[str, list[DailyPeak]]:
    """Return the highest rate over ten seconds of each day that is over and was recorded."""
    today = begin_of(now, "day")
    days = (
        PeakHour.objects.filter(instance__in=names, hour__gte=today - SPANS["quarter"], hour__lt=today)
        .annotate(day=TruncDay("hour", tzinfo=UTC))
        .values_list("instance", "day")
        .annotate(highest=Max("sustained"), hours=Count("pk"))
        .filter(hours__gte=WHOLE_DAY_HOURS)
        .order_by("day")
    )
    found: dict[str, list[DailyPeak]] = defaultdict(list)
    for name, day, peak, _ in days:
        found[name].append(DailyPeak(day.date(), peak))
    return found
