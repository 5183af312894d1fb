"""Journals that hold numbered entries, made without the way in, as fast as the database takes them."""

from typing import Any, Final
from uuid import UUID

from django.db import connections, transaction

from instances.journal.merkle import Frontier, leaf_hash
from instances.journal.models import JournalHead, Tile, entry_model
from instances.journal.router import ALIAS


def body_of(index: int) -> bytes:
    return f'{{"number":{index}}}'.encode()


def leaf_of(index: int) -> bytes:
    return leaf_hash(body_of(index))


_COLUMNS: Final = (
    "id", "stream", "body", "leaf_hash", "topic", "event_type", "actor", "action", "resource",
    "outcome", "origin", "severity", "occurred_ms", "received_ms", "publisher",
)  # fmt: skip


def _row(index: int, *, sqlite: bool) -> tuple[Any, ...]:
    id = UUID(int=index + 1)
    return (
        id.hex if sqlite else id, "s", body_of(index), leaf_of(index), "audit_trail:user_actions",
        "user_action", "user:ada", "tried", "r", "success", "web", 1, index, index, "p",
    )  # fmt: skip


def _insert(table: str, indexes: range) -> None:
    connection = connections[ALIAS]
    names = ", ".join(f'"{name}"' for name in _COLUMNS)
    places = ", ".join(["%s"] * len(_COLUMNS))
    sqlite = connection.vendor == "sqlite"
    with transaction.atomic(using=ALIAS), connection.cursor() as cursor:
        cursor.executemany(
            f'INSERT INTO "{table}" ({names}) VALUES ({places})', [_row(index, sqlite=sqlite) for index in indexes]
        )
        # Its place, which an entry gets only once it is there, is also when it happened.
        cursor.execute(
            f'UPDATE "{table}" SET "index" = "occurred_ms", "offset" = "occurred_ms" + 1 '
            'WHERE "occurred_ms" >= %s AND "index" IS NULL',
            [indexes.start],
        )


def grow(instance: str, by: int, *, tiles: bool = True) -> None:
    """Let an instance's journal grow by so many entries, as the sequencer does."""
    head = JournalHead.objects.get(instance=instance)
    written: list[Tile] = []
    frontier = Frontier.from_bytes(head.size, bytes(head.frontier))
    frontier.extend(
        map(leaf_of, range(head.size, head.size + by)),
        completed=lambda level, number, root: written.append(
            Tile(instance=instance, level=level, number=number, root=root)
        ),
    )
    _insert(entry_model(instance)._meta.db_table, range(head.size, head.size + by))
    if tiles:
        Tile.objects.using(ALIAS).bulk_create(written)
    JournalHead.objects.filter(instance=instance).update(size=frontier.size, frontier=frontier.to_bytes())
