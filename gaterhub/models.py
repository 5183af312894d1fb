"""What the site itself keeps."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Final

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from gaterhub.objectives.judging import COMPARISONS, Definition
from instances.catalog import INSTANCES


class LeaseManager(models.Manager["Lease"]):
    def take(self, name: str, *, holder: str, at: datetime, seconds: float) -> bool:
        """Take or renew the lease; False where another holds it. One statement decides, so two never both succeed."""
        until = at + timedelta(seconds=seconds)
        mine_or_over = Q(holder=holder) | Q(until__lt=at)
        if self.filter(mine_or_over, name=name).update(holder=holder, until=until):
            return True
        try:
            with transaction.atomic():
                self.create(name=name, holder=holder, until=until)
        except IntegrityError:
            return False
        return True

    def give_back(self, name: str, *, holder: str) -> None:
        """Let the next one have it without waiting for its end."""
        self.filter(name=name, holder=holder).delete()


class Lease(models.Model):
    """Who leads, and until when: one of several processes that stand by."""

    name = models.CharField(max_length=50, primary_key=True)
    holder = models.CharField(max_length=200)
    until = models.DateTimeField()

    objects: ClassVar[LeaseManager] = LeaseManager()

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"


_INSTANCE_CHOICES = [(spec.name, spec.title) for spec in INSTANCES]


class PeakHour(models.Model):
    """The highest rates of an instance in an hour, and what the hour had in all. Kept for 90 days."""

    instance = models.CharField(max_length=20, choices=_INSTANCE_CHOICES)
    hour = models.DateTimeField(help_text="When it began.")
    events = models.BigIntegerField(default=0)
    peak = models.FloatField(default=0.0, help_text="Events per second, over one second.")
    peak_at = models.DateTimeField(null=True, help_text="Empty where there was none.")
    sustained = models.FloatField(default=0.0, help_text="Events per second, over ten seconds.")
    sustained_at = models.DateTimeField(null=True)
    bytes = models.BigIntegerField(null=True, help_text="Empty where bytes aren't counted.")
    bytes_peak = models.FloatField(null=True, help_text="Bytes per second, over ten seconds.")
    bytes_peak_at = models.DateTimeField(null=True)
    subscribers = models.PositiveIntegerField(default=0, help_text="At most, at once.")

    class Meta:
        # Nobody edits them, and who may see them is said by what is granted of the instance.
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("instance", "hour"), name="one_row_of_an_hour"),)
        indexes = (models.Index(fields=("hour", "instance"), name="peak_hour"),)

    def __str__(self) -> str:
        return f"{self.instance}, {self.hour:%Y-%m-%d %H:00}"


class PeakMark(models.Model):
    """Up to where the events of an instance are in the hours: whoever records goes on from there."""

    instance = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField(help_text="When the counts were read.")
    events = models.JSONField(default=dict, help_text="Of each stream, the last position that is counted.")
    bytes = models.JSONField(default=dict, help_text="Of each process, its start and its bytes.")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.instance}: {self.at:%Y-%m-%d %H:%M:%S}"


WINDOW_MOST_DAYS: Final = 90
"""A whole quarter, as for the highest rates."""


class Objective(models.Model):
    """What is promised of events: so many of them are good, over a window of days."""

    name = models.CharField(max_length=100, unique=True, help_text="Such as “Registrations within 100 ms”.")
    instance = models.CharField(max_length=20, choices=_INSTANCE_CHOICES)
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
