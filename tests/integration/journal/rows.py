"""Rows of the journal, put into the database as the journal's own code does it: with statements."""

import uuid
from typing import Any

from django.db import connections, models

from instances.journal.models import ENTRIES, Anchored, Checkpoint, Entry, Span, Tile
from instances.journal.router import ALIAS


def run(sql: str, *parameters: Any) -> int:
    """Run a statement on the journal, and return how many rows it touched."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return int(cursor.rowcount)


def insert(model: type[models.Model], *, how: str = "INSERT", otherwise: str = "", **values: Any) -> int:
    columns = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(["%s"] * len(values))
    connection = connections[ALIAS]
    fields: list[Any] = [model._meta.get_field(name) for name in values]
    adapted = [field.get_db_prep_save(value, connection) for field, value in zip(fields, values.values(), strict=True)]
    return run(f'{how} INTO "{model._meta.db_table}" ({columns}) VALUES ({places}) {otherwise}', *adapted)


def entry_values(**changed: Any) -> dict[str, Any]:
    return {
        "id": uuid.uuid4(),
        "stream": "audit.audit_trail",
        "body": b'{"v":1}',
        "leaf_hash": b"h" * 32,
        "topic": "audit_trail:orders",
        "event_type": "data_access",
        "actor": "vera",
        "action": "read",
        "resource": "orders",
        "outcome": "success",
        "origin": "10.0.0.7",
        "severity": 1,
        "occurred_ms": 1_700_000_000_000,
        "received_ms": 1_700_000_000_004,
        "publisher": "orders",
    } | changed


def add_entry(instance: str = "audit", *, index: int | None = None, **changed: Any) -> Entry:
    """Add an entry; with an index, give it that, too."""
    model = ENTRIES[instance]
    values = entry_values(**changed)
    insert(model, **values)
    entry = model.objects.get(id=values["id"])
    if index is not None:
        give(model, entry.number, index)
        entry = model.objects.get(id=values["id"])
    return entry


def give(model: type[Entry], number: int, index: int, *, how: str = "UPDATE") -> int:
    """Number an entry, as the sequencer does."""
    return run(
        f'{how} "{model._meta.db_table}" SET "index" = %s, "offset" = %s WHERE "number" = %s', index, index + 1, number
    )


def add_one_of_each() -> dict[str, models.Model]:
    """Add a row to each table in which rows are only ever added."""
    checkpoint = Checkpoint.objects.create(instance="audit", size=1, root=b"r" * 32, note="note", signed_ms=1)
    return {
        **{model.__name__: add_entry(name) for name, model in ENTRIES.items()},
        "Span": Span.objects.create(instance="audit", number=0, earliest_ms=1, latest_ms=2),
        "Tile": Tile.objects.create(instance="audit", level=1, number=0, root=b"r" * 32),
        "Checkpoint": checkpoint,
        "Anchored": Anchored.objects.create(checkpoint=checkpoint, anchor="folder", at_ms=1),
    }
