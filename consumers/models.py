"""What the read side keeps: how far durable subscriptions came, and what each subscriber missed."""

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone

from instances.catalog import INSTANCES
from instances.models import BECAUSE_CHARACTERS, NAME_CHARACTERS

_INSTANCES = [(spec.name, spec.title) for spec in INSTANCES]


class DurablePosition(models.Model):
    """How far a durable subscription has acknowledged, of one principal under one name."""

    principal_kind = models.CharField(max_length=8)
    principal_id = models.BigIntegerField()
    name = models.CharField(max_length=64)
    instance = models.CharField(max_length=20, choices=_INSTANCES)
    pattern = models.CharField(max_length=255)
    positions = models.JSONField(default=dict, help_text="Per stream, the last acknowledged position.")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("principal_kind", "principal_id", "name"), name="one_durable_of_a_name"),
        )

    def __str__(self) -> str:
        return f"{self.name} of {self.principal_kind} {self.principal_id}"


class Loss(models.Model):
    """Something that a subscriber did not get: told to it at the time, and kept for those who ask later."""

    class Kind(models.TextChoices):
        GAP = "gap", "Gap"
        CONFLATED = "conflated", "Conflated"
        CLOSED = "closed", "Closed as too slow"

    at = models.DateTimeField(help_text="When it was told.")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    instance = models.CharField(max_length=20, choices=_INSTANCES, blank=True)
    stream = models.CharField(max_length=120, blank=True)
    epoch = models.CharField(max_length=32, blank=True)
    first = models.BigIntegerField(null=True, blank=True, help_text="The first offset of the stretch.")
    last = models.BigIntegerField(null=True, blank=True, help_text="The last one; empty where nobody knows.")
    count = models.BigIntegerField(
        null=True, blank=True, help_text="How many events the subscriber's patterns matched; empty where unknown."
    )
    reason = models.CharField(max_length=20)
    times = models.PositiveIntegerField(
        default=1, help_text="How many losses this row adds up: one, unless there were too many to write one by one."
    )
    connection = models.CharField(max_length=40, blank=True)
    principal_kind = models.CharField(max_length=8, blank=True)
    principal_id = models.BigIntegerField()
    principal = models.CharField(max_length=150, help_text="The subscriber's name.")
    patterns = models.TextField(blank=True, help_text="What it followed of the instance then, separated by spaces.")

    class Meta:
        verbose_name_plural = "losses"
        indexes = (
            # With the id, as pages go through them: many are told in one millisecond.
            models.Index(fields=("at", "id"), name="loss_at"),
            models.Index(fields=("principal_kind", "principal_id", "at", "id"), name="loss_principal_at"),
            models.Index(fields=("connection",), name="loss_connection"),
        )

    def __str__(self) -> str:
        return f"{self.kind} in {self.stream or self.instance} for {self.principal}"


class Subscriber(models.Model):
    """No table: who is connected is asked of the processes, and this is what its permissions hang from."""

    id = models.CharField(max_length=40, primary_key=True)

    class Meta:
        managed = False
        default_permissions = ("view",)
        permissions = (
            ("disconnect_subscriber", "Can disconnect subscribers and end their subscriptions"),
            ("trace_events", "Can trace events through the hub"),
        )

    def __str__(self) -> str:
        return self.id


class BanQuerySet(models.QuerySet["Ban"]):
    def in_force(self, at: datetime) -> Self:
        """Keep those that hold at that time."""
        return self.filter(until__gt=at, lifted_at=None)


class Ban(models.Model):
    """Somebody who may open no socket until a moment; one that is lifted stays, as one that has ended does."""

    principal_kind = models.CharField(max_length=8, choices=[("user", "Account"), ("token", "Token")])
    principal_id = models.BigIntegerField()
    principal = models.CharField(max_length=NAME_CHARACTERS, help_text="The subscriber's name.")
    because = models.CharField("why", max_length=BECAUSE_CHARACTERS, help_text="The subscriber is told.")
    by = models.CharField("banned by", max_length=NAME_CHARACTERS)
    at = models.DateTimeField("since", default=timezone.now)
    until = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=NAME_CHARACTERS, blank=True)

    objects = BanQuerySet.as_manager()

    class Meta:
        default_permissions = ("view", "add", "change")
        indexes = (models.Index(fields=("until",), name="ban_until"),)
        constraints = (
            models.CheckConstraint(condition=models.Q(until__gt=models.F("at")), name="ban_ends_after_it_began"),
        )

    def __str__(self) -> str:
        return f"{self.principal_kind} {self.principal} until {self.until:%Y-%m-%d %H:%M} UTC"

    def is_in_force(self, at: datetime) -> bool:
        return self.lifted_at is None and self.at <= at < self.until
