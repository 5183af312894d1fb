"""What the read side keeps: how far durable subscriptions came, what each subscriber missed, and who saw what."""

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


class SeenBy(models.Model):
    """A subscriber, and what it followed of an instance at the time: rows of `Sighting` are of one. Never changed."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    instance = models.CharField(max_length=20, choices=_INSTANCES)
    process = models.CharField(max_length=NAME_CHARACTERS)
    connection = models.CharField(max_length=40)
    principal_kind = models.CharField(max_length=8)
    principal_id = models.BigIntegerField()
    principal = models.CharField(max_length=NAME_CHARACTERS)
    address = models.CharField(max_length=64, null=True)  # noqa: DJ001  NULL: nobody knows it.
    agent = models.CharField(max_length=NAME_CHARACTERS, blank=True)
    follows = models.JSONField(help_text="Pattern, durable name or null, and whether personal fields are in the clear.")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.principal_kind} {self.principal}, {self.connection}"


class Sighting(models.Model):
    """Offsets in a row of a stream, of which those that its subscriber's patterns match were handed to it.

    At most 1,000 offsets long: `consumers.seen.rows` says why. Kept as long as the events, which is for ever.
    """

    id = models.UUIDField(primary_key=True)
    # Nobody asks for all rows of one, and nothing is deleted.
    by = models.ForeignKey(SeenBy, on_delete=models.PROTECT, db_index=False, related_name="sightings")
    stream = models.CharField(max_length=120)
    epoch = models.CharField(max_length=32)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    replayed = models.BooleanField(help_text="Whether they came out of the journal, to a subscriber that came back.")

    class Meta:
        default_permissions = ("view",)
        indexes = (models.Index(fields=("stream", "first"), name="sighting_place"),)
        constraints = (models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="sighting_order"),)

    def __str__(self) -> str:
        return f"{self.stream} {self.epoch}:{self.first} to {self.last}"


class SeenAck(models.Model):
    """What one subscription acknowledged of a stream: the offsets after `before`, up to `last`."""

    id = models.UUIDField(primary_key=True)
    connection = models.CharField(max_length=40)
    principal_kind = models.CharField(max_length=8)
    principal_id = models.BigIntegerField()
    sub = models.CharField(max_length=20)
    durable = models.CharField(max_length=64, blank=True)
    pattern = models.CharField(max_length=255)
    stream = models.CharField(max_length=120)
    epoch = models.CharField(max_length=32)
    before = models.BigIntegerField(help_text="Where the subscription began, or what it had acknowledged before.")
    first = models.BigIntegerField(help_text="What it acknowledged at `first_at`.")
    last = models.BigIntegerField(help_text="What it had acknowledged at `last_at`.")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = (
            models.Index(fields=("connection", "stream", "last"), name="seenack_connection"),
            models.Index(
                fields=("principal_kind", "principal_id", "durable", "stream", "last"),
                condition=~models.Q(durable=""),
                name="seenack_durable",
            ),
        )
        constraints = (models.CheckConstraint(condition=models.Q(last__gt=models.F("before")), name="seenack_order"),)

    def __str__(self) -> str:
        return f"{self.connection} {self.sub}: {self.stream} {self.epoch}:{self.last}"


class SeenPeriod(models.Model):
    """A time in which a process recorded who saw an instance's events, or didn't, or had to give up rows of it."""

    class Kind(models.TextChoices):
        ON = "on", "Recorded"
        OFF = "off", "Not recorded"
        GIVEN_UP = "given_up", "Rows given up"

    id = models.UUIDField(primary_key=True)
    instance = models.CharField(max_length=20, choices=_INSTANCES)
    process = models.CharField(max_length=NAME_CHARACTERS)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    began_at = models.DateTimeField()
    last_at = models.DateTimeField(help_text="When the process was last known to be at it.")
    rows = models.BigIntegerField(default=0, help_text="How many were given up.")

    class Meta:
        default_permissions = ()
        indexes = (models.Index(fields=("instance", "kind", "began_at"), name="seenperiod_began"),)

    def __str__(self) -> str:
        return f"{self.instance} {self.kind} in {self.process} since {self.began_at:%Y-%m-%d %H:%M}"


class SeenCost(models.Model):
    """What was written in an hour to record who saw an instance's events."""

    instance = models.CharField(max_length=20, choices=_INSTANCES)
    hour = models.DateTimeField()
    rows = models.BigIntegerField(default=0, help_text="New ones.")
    updates = models.BigIntegerField(default=0, help_text="How often one was extended.")
    bytes = models.BigIntegerField(default=0, help_text="Of the new ones, with their places in indexes.")

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("instance", "hour"), name="one_seencost_an_hour"),)

    def __str__(self) -> str:
        return f"{self.instance}, {self.hour:%Y-%m-%d %H}:00"
