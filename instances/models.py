"""What operators set for an instance, the event types that they register, and who still uses deprecated ones."""

from typing import Final

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from instances.catalog import INSTANCES
from instances.schemas.words import Compatibility

EVENT_TYPE_CHARACTERS: Final = 128
NAME_CHARACTERS: Final = 200
"""Of a publisher, a subscriber, or who changed something: more than a token or an account may have."""
BECAUSE_CHARACTERS: Final = 500


class InstanceConfig(models.Model):
    """One row for each of the ten; what it doesn't say is the catalog's."""

    instance = models.CharField(
        max_length=20,
        unique=True,
        editable=False,
        choices=[(spec.name, spec.title) for spec in INSTANCES],
    )
    enabled = models.BooleanField(
        default=True,
        help_text="A disabled instance refuses every publish with `instance_disabled`. Subscribers stay connected.",
    )
    strict = models.BooleanField(
        default=False,
        help_text="A strict instance refuses undeclared families and unregistered event types, instead of warning.",
    )
    signed = models.BooleanField(
        default=False,
        help_text="Whether every event needs the signature of its publisher. See docs/signing.md.",
    )
    record_seen = models.BooleanField(
        "who saw it",
        default=False,
        help_text="Whether it is recorded to whom each event was handed and who acknowledged it. See docs/seen.md.",
    )
    # Numbers that the instance goes by (`instances.options`); NULL: the catalog's.
    event_bytes = models.PositiveIntegerField(null=True, blank=True)
    batch_events = models.PositiveIntegerField(null=True, blank=True)
    body_bytes = models.PositiveIntegerField(null=True, blank=True)
    events_per_second = models.PositiveIntegerField(null=True, blank=True)
    bytes_per_second = models.PositiveIntegerField(null=True, blank=True)
    history_events = models.PositiveIntegerField(null=True, blank=True)
    history_seconds = models.PositiveIntegerField(null=True, blank=True)
    overflow = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001  NULL: the catalog's, as above.
    routes = models.JSONField(default=dict, blank=True, editable=False)
    """By family, over how many streams it is spread and was before (`instances.routing`)."""
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "instance"

    def __str__(self) -> str:
        return self.instance


class InstanceConfigChange(models.Model):
    """What an operator changed of an instance's configuration, and why; never changed or deleted itself."""

    config = models.ForeignKey(InstanceConfig, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=NAME_CHARACTERS)
    because = models.CharField(max_length=BECAUSE_CHARACTERS)
    before = models.JSONField()
    """What was set before, by name of the option; null: the catalog's figure."""
    after = models.JSONField()

    class Meta:
        verbose_name = "change of an instance"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.config}, {self.at:%Y-%m-%d %H:%M}"


class RetentionPolicy(models.Model):
    """How long events that a pattern matches are kept; NULL: nothing is said about that."""

    name = models.CharField(max_length=100, unique=True, help_text="Such as “Logs of shops, one day”.")
    instance = models.CharField(max_length=20, choices=[(spec.name, spec.title) for spec in INSTANCES])
    pattern = models.CharField(max_length=255)
    recent_seconds = models.PositiveBigIntegerField(null=True, blank=True)
    kept_seconds = models.PositiveBigIntegerField(null=True, blank=True)
    at_most_seconds = models.PositiveBigIntegerField(null=True, blank=True)
    rule = models.CharField(max_length=200, help_text="What asks for it, such as “GDPR art. 5(1)(e)”.")
    note = models.CharField(
        max_length=BECAUSE_CHARACTERS, blank=True, help_text="What whoever reads it later should know."
    )
    active = models.BooleanField(default=True, help_text="One that isn't active is kept here, and holds for nothing.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "retention policies"
        ordering = ("instance", "name")
        constraints = (
            models.CheckConstraint(
                condition=~Q(name="")
                & ~Q(pattern="")
                & ~Q(rule="")
                & Q(instance__in=[spec.name for spec in INSTANCES]),
                name="retention_policy_says_what",
            ),
            models.CheckConstraint(
                condition=Q(recent_seconds__isnull=False)
                | Q(kept_seconds__isnull=False)
                | Q(at_most_seconds__isnull=False),
                name="retention_policy_says_how_long",
            ),
            models.CheckConstraint(
                condition=Q(recent_seconds__isnull=True)
                | Q(at_most_seconds__isnull=True)
                | Q(recent_seconds__lte=F("at_most_seconds")),
                name="retention_policy_recent_within_at_most",
            ),
            models.CheckConstraint(
                condition=Q(kept_seconds__isnull=True)
                | Q(at_most_seconds__isnull=True)
                | Q(kept_seconds__lte=F("at_most_seconds")),
                name="retention_policy_kept_within_at_most",
            ),
            models.CheckConstraint(
                condition=Q(recent_seconds__isnull=True)
                | ~Q(instance__in=[spec.name for spec in INSTANCES if spec.delivery.journaled]),
                name="retention_policy_journal_is_history",
            ),
        )

    def __str__(self) -> str:
        return self.name


class RetentionPolicyChange(models.Model):
    """What an operator set or deleted of a policy, and why; never changed itself, and there when the policy is not."""

    policy = models.ForeignKey(RetentionPolicy, null=True, on_delete=models.SET_NULL, related_name="changes")
    name = models.CharField(max_length=100)
    """The policy's, at that time."""
    instance = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=NAME_CHARACTERS)
    because = models.CharField(max_length=BECAUSE_CHARACTERS)
    before = models.JSONField(null=True)
    """What was stated, of what is other than before, by column; null: there was no policy."""
    after = models.JSONField(null=True)
    """What is stated now; null: it was deleted."""

    class Meta:
        verbose_name = "change of a retention policy"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.name}, {self.at:%Y-%m-%d %H:%M}"


class DomainType(models.Model):
    """An event type that an operator registers; what it may hold is said by its versions."""

    instance = models.CharField(
        max_length=20, choices=[(spec.name, spec.title) for spec in INSTANCES if spec.takes_domain_types]
    )
    name = models.CharField("event type", max_length=EVENT_TYPE_CHARACTERS)
    title = models.CharField(max_length=100, help_text="A few words, such as “Order placed”.")
    purpose = models.CharField(max_length=500, help_text="One sentence: when such an event is published.")
    topic = models.CharField(
        max_length=255,
        blank=True,
        help_text="A template such as <code>aggregate_events:{aggregate_id}</code>. Empty: any topic of the instance.",
    )
    compatibility = models.CharField(
        max_length=10,
        choices=[(each.value, each.value.capitalize()) for each in Compatibility],
        default=Compatibility.BACKWARD.value,
        help_text="Backward: readers of the newest version read every older event. Forward: readers of an older "
        "version read the newest events. Full: both.",
    )
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=NAME_CHARACTERS, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.CharField(max_length=NAME_CHARACTERS, editable=False)

    class Meta:
        ordering = ("instance", "name")
        constraints = (
            models.UniqueConstraint(fields=("instance", "name"), name="domain_type_once"),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(title="") & ~Q(purpose="") & ~Q(instance=""), name="domain_type_says_what"
            ),
            models.CheckConstraint(
                condition=Q(compatibility__in=[each.value for each in Compatibility]), name="domain_type_mode"
            ),
        )

    def __str__(self) -> str:
        return f"{self.instance}.{self.name}"


class DomainTypeVersion(models.Model):
    """One version of a registered type. JSON is kept as text, in which the fields keep their order."""

    domain_type = models.ForeignKey(DomainType, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    data_schema = models.TextField()
    metadata_schema = models.TextField()
    step = models.TextField(blank=True, help_text="To the next version; empty for the newest.")
    deprecated = models.CharField(max_length=300, blank=True)
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=NAME_CHARACTERS, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.CharField(max_length=NAME_CHARACTERS, editable=False)

    class Meta:
        ordering = ("domain_type", "number")
        constraints = (
            models.UniqueConstraint(fields=("domain_type", "number"), name="domain_type_version_once"),
            models.CheckConstraint(
                condition=Q(number__gte=1) & ~Q(data_schema="") & ~Q(metadata_schema=""),
                name="domain_type_version_says_what",
            ),
        )

    def __str__(self) -> str:
        return f"{self.domain_type}, version {self.number}"


class DeprecatedUse(models.Model):
    """Who still sends or still subscribes to a deprecated version, of the catalog or of an operator."""

    class Role(models.TextChoices):
        SENDER = "sender"
        SUBSCRIBER = "subscriber"

    instance = models.CharField(max_length=20)
    event_type = models.CharField(max_length=EVENT_TYPE_CHARACTERS)
    version = models.PositiveIntegerField()
    role = models.CharField(max_length=10, choices=Role.choices)
    name = models.CharField(max_length=NAME_CHARACTERS)
    pattern = models.CharField(max_length=255, blank=True)
    """Of a subscriber; a sender has none."""
    events = models.BigIntegerField(default=0)
    """Of a sender: how many of them."""
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "use of a deprecated version"
        verbose_name_plural = "uses of deprecated versions"
        ordering = ("-last_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("instance", "event_type", "version", "role", "name", "pattern"), name="deprecated_use_once"
            ),
            models.CheckConstraint(condition=Q(version__gte=1, events__gte=0), name="deprecated_use_counts"),
            models.CheckConstraint(condition=Q(role__in=("sender", "subscriber")), name="deprecated_use_role"),
        )

    def __str__(self) -> str:
        return f"{self.name} uses {self.instance}.{self.event_type}, version {self.version}"
