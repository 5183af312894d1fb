"""What the journal keeps. Entries are only ever added; the database refuses the rest (`guards.py`)."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

from instances.journal.appending import EntryQuerySet, refuse_change
from instances.spec import InstanceSpec

UNKNOWN: Final = "unknown"
"""What stands for an outcome, origin or target that its publisher did not tell."""

_NUMBERED: Final = Q(index__isnull=False)


def _walked(*names: str, held: bool = True) -> list[models.Index]:
    """Return indexes by which the entries that have one value of a column are read in their order in the journal.

    They hold numbered entries only, so that an insert touches few indexes; unless `held`, the column may be NULL.
    """
    return [
        models.Index(
            fields=[name, "index"],
            condition=_NUMBERED if held else _NUMBERED & Q(**{f"{name}__isnull": False}),
            name=f"%(class)s_{name}",
        )
        for name in names
    ]


class Entry(models.Model):
    """An event as it was acknowledged: the exact bytes, and columns to ask by.

    `index` and `offset` are NULL when it is inserted; the sequencer gives it both, once.
    """

    id = models.UUIDField(help_text="The event's id.")
    number = models.BigAutoField(primary_key=True, help_text="In the order of insertion, with holes; means nothing.")
    index = models.BigIntegerField(null=True, help_text="Its place in the journal, from 0, without holes.")
    stream = models.CharField(max_length=99)
    offset = models.BigIntegerField(null=True, help_text="Its place in its stream, from 1, without holes.")
    topic = models.CharField(max_length=255)
    event_type = models.CharField(max_length=128)
    actor = models.CharField(max_length=255, null=True, help_text="Who; NULL: held apart, as personal.")  # noqa: DJ001
    action = models.CharField(max_length=255)
    resource = models.CharField(max_length=255)
    outcome = models.CharField(max_length=64)
    origin = models.CharField(max_length=255, null=True, help_text="From where; NULL: held apart.")  # noqa: DJ001
    severity = models.SmallIntegerField(help_text="Rank, from 0 (debug) up.")
    occurred_ms = models.BigIntegerField(help_text="When it happened, in milliseconds since 1970 UTC.")
    received_ms = models.BigIntegerField(help_text="When the hub took it.")
    publisher = models.CharField(max_length=255)
    correlation_id = models.CharField(max_length=255, null=True)  # noqa: DJ001  Most have none, and that isn't "".
    leaf_hash = models.BinaryField(max_length=32, help_text="SHA-256 of a zero byte and the body (RFC 6962).")
    digest = models.BinaryField(
        max_length=16, null=True, help_text="Of what came with the id, where the publisher gave it."
    )
    # Last: SQLite comes to a column through all that stand before it, and this one may be of many pages.
    body = models.BinaryField(help_text="Canonical JSON (RFC 8785); personal fields as commitments.")

    objects: ClassVar[models.Manager["Entry"]] = EntryQuerySet.as_manager()

    class Meta:
        abstract = True
        # Django writes by the base manager, which then refuses as the other does.
        base_manager_name = "objects"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id"], name="%(class)s_id"),
            models.UniqueConstraint(fields=["index"], name="%(class)s_index"),
            models.UniqueConstraint(fields=["stream", "offset"], name="%(class)s_stream_offset"),
            models.CheckConstraint(
                condition=Q(index__isnull=True, offset__isnull=True) | Q(index__gte=0, offset__gte=1),
                name="%(class)s_numbered",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["number"], condition=Q(index__isnull=True), name="%(class)s_waiting"),
            # By pattern: where the topics that begin alike have to lie together, whatever the database's language.
            models.Index(
                fields=["topic", "index"],
                opclasses=["varchar_pattern_ops", "int8_ops"],
                condition=_NUMBERED,
                name="%(class)s_topic",
            ),
            *_walked("stream", "event_type"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.id}"

    def save(self, *args: object, **kwargs: object) -> None:
        refuse_change(self)

    def save_base(self, *args: object, **kwargs: object) -> None:
        refuse_change(self)

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        refuse_change(self)
        return 0, {}


class SealedEntry(Entry):
    """An entry of evidence: who did what, to what, with which outcome, is asked of these alone."""

    class Meta(Entry.Meta):
        abstract = True
        indexes: ClassVar = [
            *Entry.Meta.indexes,
            *_walked("action", "resource", "outcome"),
            *_walked("actor", "origin", "correlation_id", held=False),
        ]


class AuditEntry(SealedEntry):
    class Meta(SealedEntry.Meta):
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"


class SecurityEntry(SealedEntry):
    class Meta(SealedEntry.Meta):
        verbose_name = "security entry"
        verbose_name_plural = "security entries"


class AlertEntry(Entry):
    class Meta(Entry.Meta):
        verbose_name = "alert entry"
        verbose_name_plural = "alert entries"


ENTRIES: Final[dict[str, type[Entry]]] = {"audit": AuditEntry, "security": SecurityEntry, "alerts": AlertEntry}
"""The model of each journaled instance."""


def entry_model(instance: InstanceSpec | str) -> type[Entry]:
    """Return the model of a journaled instance."""
    return ENTRIES[instance if isinstance(instance, str) else instance.name]


class SubjectKey(models.Model):
    """The key under which everything about one person is encrypted: without it, nothing can be read any more."""

    blind = models.BinaryField(max_length=16, unique=True, help_text="HMAC of the person's name, by the blind key.")
    wrapped = models.TextField(help_text="The key, sealed by the hub's encryption key.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"subject {self.pk}"


class PersonalPart(models.Model):
    """What one entry says about one person: values and salts, encrypted, and the blind indexes to find it by."""

    instance = models.CharField(max_length=20)
    entry_id = models.UUIDField()
    subject = models.ForeignKey(SubjectKey, on_delete=models.PROTECT, related_name="parts")
    sealed = models.BinaryField(null=True, help_text="Nonce and AES-256-GCM of the values; NULL: erased.")
    actor_blind = models.BinaryField(max_length=16, null=True, help_text="HMAC of the actor, for exact match.")
    origin_blind = models.BinaryField(max_length=16, null=True, help_text="HMAC of the origin, for exact match.")
    index = models.BigIntegerField(null=True, help_text="The entry's, once it has one.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["instance", "entry_id", "subject"], name="personalpart_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["instance", "actor_blind", "index"],
                condition=Q(index__isnull=False, actor_blind__isnull=False),
                name="personalpart_actor",
            ),
            models.Index(
                fields=["instance", "origin_blind", "index"],
                condition=Q(index__isnull=False, origin_blind__isnull=False),
                name="personalpart_origin",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instance} {self.entry_id}"


class JournalSecret(models.Model):
    """A secret of the journal's own, sealed by the hub's encryption key; such as the key of the blind indexes."""

    name = models.CharField(max_length=50, primary_key=True)
    sealed = models.TextField()

    def __str__(self) -> str:
        return self.name


class JournalHead(models.Model):
    """How far an instance's journal is numbered. Whoever numbers holds this row, so that two never do it at once."""

    instance = models.CharField(max_length=20, primary_key=True)
    generation = models.PositiveIntegerField(default=1, help_text="Grows when a restored journal is accepted.")
    epoch = models.CharField(max_length=20, help_text="Of its streams' positions.")
    size = models.BigIntegerField(default=0, help_text="Entries that are numbered.")
    frontier = models.BinaryField(default=b"", help_text="Roots of the complete subtrees, largest first.")
    unknown_outcomes = models.BigIntegerField(default=0)
    unknown_origins = models.BigIntegerField(default=0)
    unknown_targets = models.BigIntegerField(default=0)
    numbered_ms = models.BigIntegerField(default=0, help_text="When it was last numbered.")

    class Meta:
        permissions: ClassVar = [("verify_journal", "Can have journals verified")]

    def __str__(self) -> str:
        return f"{self.instance}: {self.size}"


class StreamHead(models.Model):
    """Where a stream of a journaled instance ends."""

    stream = models.CharField(max_length=99, primary_key=True)
    instance = models.CharField(max_length=20)
    offset = models.BigIntegerField()
    received_ms = models.BigIntegerField()
    topic = models.CharField(max_length=255)
    event_type = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"{self.stream}: {self.offset}"


class Span(models.Model):
    """When the hub took the entries of a stretch of 1,024: what finds a time in the order of the journal.

    That order isn't the one of time: a clock is set back, and what was spooled comes late.
    """

    instance = models.CharField(max_length=20)
    number = models.BigIntegerField(help_text="Of the stretch: the index of its first entry, divided by 1,024.")
    earliest_ms = models.BigIntegerField()
    latest_ms = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["instance", "number"], name="span_once")]

    def __str__(self) -> str:
        return f"{self.instance} {self.number}"


class Tile(models.Model):
    """The root of a complete subtree of 256^level leaves: what proofs are made of without reading every leaf."""

    instance = models.CharField(max_length=20)
    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    root = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["instance", "level", "number"], name="tile_once")]

    def __str__(self) -> str:
        return f"{self.instance} {self.level}/{self.number}"


class Checkpoint(models.Model):
    """A signed statement of how large a log was, and of its root then."""

    instance = models.CharField(max_length=20)
    generation = models.PositiveIntegerField(default=1)
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    note = models.TextField(help_text="As signed, in C2SP tlog-checkpoint form.")
    signed_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["instance", "generation", "size"], name="checkpoint_size")]

    def __str__(self) -> str:
        return f"{self.instance} {self.size}"


class Anchored(models.Model):
    """That a checkpoint was kept outside: by which anchor, and what it answered, such as a witness's cosignature."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="anchored")
    anchor = models.CharField(max_length=200)
    answer = models.TextField(blank=True)
    at_ms = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["checkpoint", "anchor"], name="anchored_once")]

    def __str__(self) -> str:
        return f"{self.checkpoint_id} by {self.anchor}"


class Witnessed(models.Model):
    """The last checkpoint of another hub's log that this hub has cosigned."""

    origin = models.CharField(max_length=255, primary_key=True)
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    at_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.origin}: {self.size}"


class SequencerLease(models.Model):
    """Who numbers, and until when; on PostgreSQL a lock decides, and this row only tells."""

    name = models.CharField(max_length=20, primary_key=True)
    holder = models.CharField(max_length=200)
    until_ms = models.BigIntegerField()
    trouble = models.TextField(blank=True, help_text="Why nothing can be signed, if so.")

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"


class Outage(models.Model):
    """A time in which evidence could be kept nowhere: when, why, and how many events were refused."""

    instance = models.CharField(max_length=20)
    process = models.CharField(max_length=200)
    began_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField(null=True)
    cause = models.TextField()
    refused = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["instance", "process", "began_ms"], name="outage_once"),
            models.CheckConstraint(
                condition=Q(ended_ms__isnull=True) | Q(ended_ms__gte=F("began_ms")), name="outage_ends_after"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instance} {self.began_ms}"
