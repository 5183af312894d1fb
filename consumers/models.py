"""What the read side keeps: how far durable subscriptions came, and what each subscriber missed."""

from django.db import models

from instances.catalog import INSTANCES

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
