"""The baseline: what one writes first for a trail that can be proven.

A model, one `save()` a request in a transaction, and a hash chained to the one before, whose row is locked meanwhile.
It checks nothing, encrypts nothing, knows no event again and signs no receipt.
"""

import hashlib
import json
import uuid
from typing import ClassVar, Final

from django.db import connections, models, transaction

from instances.journal.router import ALIAS

NAME: Final = "audit"
_PATIENCE: Final = {"postgresql": "SET statement_timeout = 0", "sqlite": "PRAGMA busy_timeout = 60000"}
"""The journal gives a statement two seconds; sixteen that wait for one row need more."""


class NaiveHead(models.Model):
    name = models.CharField(max_length=20, primary_key=True)
    size = models.BigIntegerField(default=0)
    hash = models.BinaryField(default=b"")

    objects: ClassVar[models.Manager["NaiveHead"]] = models.Manager()

    class Meta:
        app_label = "naive"

    def __str__(self) -> str:
        return self.name


class NaiveEntry(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.BigIntegerField(unique=True)
    recorded_at = models.DateTimeField(auto_now_add=True, db_index=True)
    topic = models.CharField(max_length=255, db_index=True)
    event_type = models.CharField(max_length=128)
    actor = models.CharField(max_length=255, db_index=True)
    action = models.CharField(max_length=255)
    resource = models.CharField(max_length=255, db_index=True)
    data = models.JSONField()
    metadata = models.JSONField()
    hash = models.BinaryField()

    objects: ClassVar[models.Manager["NaiveEntry"]] = models.Manager()

    class Meta:
        app_label = "naive"

    def __str__(self) -> str:
        return f"{self.event_type} {self.id}"


def make_tables() -> None:
    """Make the baseline's tables beside the journal's."""
    with connections[ALIAS].schema_editor() as editor:
        editor.create_model(NaiveHead)
        editor.create_model(NaiveEntry)
    NaiveHead.objects.using(ALIAS).create(name=NAME)


def be_patient() -> None:
    """Let this thread's connection wait for the lock as long as it takes."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_PATIENCE[connections[ALIAS].vendor])


def keep(body: bytes) -> None:
    """Record one event; it is on record when this returns."""
    event = json.loads(body)
    with transaction.atomic(using=ALIAS):
        head = NaiveHead.objects.using(ALIAS).select_for_update().get(name=NAME)
        head.size += 1
        head.hash = hashlib.sha256(bytes(head.hash) + json.dumps(event, sort_keys=True).encode()).digest()
        NaiveEntry(
            number=head.size,
            topic=event["topic"],
            event_type=event["event_type"],
            actor=event["data"]["user_id"],
            action=event["data"]["action"],
            resource=event["data"]["resource"],
            data=event["data"],
            metadata=event["metadata"],
            hash=head.hash,
        ).save(using=ALIAS)
        head.save(using=ALIAS)
