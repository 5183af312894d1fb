"""What the site itself keeps."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import IntegrityError, models, transaction
from django.db.models import Q

from gaterhub.consoles.models import OwnConsole, PinnedEvent, SavedView
from gaterhub.incident.models import ConsoleNote
from gaterhub.objectives.models import Objective, ObjectiveHour, ObjectiveMark
from gaterhub.reports.models import ComplianceReport
from instances.catalog import INSTANCES

__all__ = (
    "ComplianceReport",
    "ConsoleNote",
    "Lease",
    "Objective",
    "ObjectiveHour",
    "ObjectiveMark",
    "OwnConsole",
    "PeakHour",
    "PeakMark",
    "PinnedEvent",
    "SavedView",
)


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
