"""Objectives, and what is counted of them."""

from decimal import Decimal
from typing import Final

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from gaterhub.objectives.judging import COMPARISONS, Definition
from instances.catalog import INSTANCES

WINDOW_MOST_DAYS: Final = 90
"""A whole quarter, as for the highest rates."""


class Objective(models.Model):
    """What is promised of events: so many of them are good, over a window of days."""

    name = models.CharField(max_length=100, unique=True, help_text="Such as “Registrations within 100 ms”.")
    instance = models.CharField(max_length=20, choices=[(spec.name, spec.title) for spec in INSTANCES])
    pattern = models.CharField(
        max_length=255, help_text="A topic in which a whole segment may be *, such as “subscription_metrics:*”."
    )
    event_type = models.CharField(
        max_length=128, blank=True, verbose_name="event type", help_text="Empty: events of all types."
    )
    metric = models.CharField(
        max_length=128,
        help_text="The field that is judged, of data or else of metadata, such as “processing_time_ms”; a field within "
        "another is named with a dot, such as “loop_delay.slowest_ms”. An event without it counts neither way.",
    )
    comparison = models.CharField(max_length=10, choices=[(row.name, row.words) for row in COMPARISONS.values()])
    bound = models.CharField(
        max_length=100,
        help_text="What the metric of a good event is held against: a number; after “is” and “is not” a word.",
    )
    target_percent = models.DecimalField(
        max_digits=7,
        decimal_places=4,
        verbose_name="target",
        help_text="How many of 100 events are good, such as 99.9. The rest is the budget.",
        validators=(MinValueValidator(Decimal("0.0001")), MaxValueValidator(Decimal("99.9999"))),
    )
    window_days = models.PositiveSmallIntegerField(
        default=30,
        verbose_name="window",
        help_text=f"Over how many days, up to now; at most {WINDOW_MOST_DAYS}.",
        validators=(MinValueValidator(1), MaxValueValidator(WINDOW_MOST_DAYS)),
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(target_percent__gt=0, target_percent__lt=100), name="objective_leaves_a_budget"
            ),
            models.CheckConstraint(
                condition=Q(window_days__gte=1, window_days__lte=WINDOW_MOST_DAYS), name="objective_window_is_kept"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def definition(self) -> Definition:
        return Definition(self.instance, self.pattern, self.event_type, self.metric, self.comparison, self.bound)


class ObjectiveHour(models.Model):
    """How many events of an hour were good and bad, by the definition of the mark."""

    objective = models.ForeignKey(Objective, models.CASCADE, related_name="hours")
    hour = models.DateTimeField(help_text="When it began.")
    good = models.BigIntegerField(default=0)
    bad = models.BigIntegerField(default=0)
    minutes = models.JSONField(default=dict, help_text="Of each minute that had events, how many were good and bad.")
    covered = models.BigIntegerField(
        default=0, help_text="A bit for each minute in which everything was counted, the lowest for the first one."
    )

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("objective", "hour"), name="one_row_of_an_objectives_hour"),)
        indexes = (models.Index(fields=("hour",), name="objective_hour"),)

    def __str__(self) -> str:
        return f"{self.objective_id}, {self.hour:%Y-%m-%d %H:00}"


class ObjectiveMark(models.Model):
    """Up to where events are counted for an objective: whoever records goes on from there."""

    objective = models.OneToOneField(Objective, models.CASCADE, primary_key=True, related_name="mark")
    definition = models.CharField(max_length=32, help_text="Stands for what makes an event good, as it was counted.")
    serial = models.BigIntegerField(help_text="How often it was written.")
    positions = models.JSONField(default=dict, help_text="Of each stream, the last position that is counted.")
    since = models.DateTimeField(help_text="Since when it is counted.")
    covered_from = models.DateTimeField(help_text="Since when nothing is missing.")
    covered_until = models.DateTimeField(help_text="Up to when everything is counted.")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.objective_id}: {self.covered_until:%Y-%m-%d %H:%M:%S}"
