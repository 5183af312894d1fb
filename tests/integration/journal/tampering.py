"""Changing a journal as somebody would who owns its database: around the triggers, and around the models."""

from typing import Any
from uuid import UUID

from django.db import connections

from instances.journal import keys
from instances.journal.merkle import Frontier, leaf_hash
from instances.journal.models import AuditEntry, Checkpoint, JournalHead, StreamHead, Tile
from instances.journal.router import ALIAS
from tests.integration.journal.building import sign, table
from tests.integration.journal.unguarded import unguarded


def set_value(index: int, column: str, value: Any) -> None:
    if column == "id" and connections[ALIAS].vendor == "sqlite":
        value = UUID(value).hex
    with unguarded() as cursor:
        cursor.execute(f'UPDATE {table()} SET "{column}" = %s WHERE "index" = %s', [value, index])


def body_of(index: int) -> bytes:
    return bytes(AuditEntry.objects.values_list("body", flat=True).get(index=index))


def edit_body(index: int, *, hash_too: bool = False, column_too: bool = False) -> None:
    """Let an entry say that it was another publisher's."""
    body = body_of(index).replace(b'"publisher":"orders"', b'"publisher":"nobody"')
    set_value(index, "body", body)
    if hash_too:
        set_value(index, "leaf_hash", leaf_hash(body))
    if column_too:
        set_value(index, "publisher", "nobody")


def swap_rows(one: int, other: int) -> None:
    with unguarded() as cursor:
        for was, becomes in ((one, -1), (other, one), (-1, other)):
            free = "NULL" if becomes < 0 else str(becomes)
            at = '"index" IS NULL' if was < 0 else f'"index" = {was}'
            offset = ', "offset" = NULL' if becomes < 0 else ', "offset" = COALESCE("offset", 1000)'
            cursor.execute(f'UPDATE {table()} SET "index" = {free}{offset} WHERE {at}')


def delete_row(index: int) -> None:
    with unguarded() as cursor:
        cursor.execute(f'DELETE FROM {table()} WHERE "index" = %s', [index])


def delete_and_renumber(index: int) -> None:
    """Delete an entry and close the holes, in the journal and in its stream."""
    stream, offset = AuditEntry.objects.values_list("stream", "offset").get(index=index)
    delete_row(index)
    with unguarded() as cursor:
        # One by one and upwards: each place is free when it is taken.
        later = list(AuditEntry.objects.filter(index__gt=index).order_by("index").values_list("index", flat=True))
        for each in later:
            cursor.execute(f'UPDATE {table()} SET "index" = "index" - 1 WHERE "index" = %s', [each])
        moved = AuditEntry.objects.filter(stream=stream, offset__gt=offset).order_by("offset")
        for each in list(moved.values_list("offset", flat=True)):
            cursor.execute(
                f'UPDATE {table()} SET "offset" = "offset" - 1 WHERE stream = %s AND "offset" = %s', [stream, each]
            )


def _rebuild_heads(size: int) -> None:
    """Let heads, tiles and tree be those of the entries that are left, as an attacker would who knows how."""
    frontier, tiles = Frontier(), []
    leaves = AuditEntry.objects.filter(index__isnull=False).order_by("index").values_list("leaf_hash", flat=True)
    frontier.extend(map(bytes, leaves), completed=lambda *tile: tiles.append(tile))
    with unguarded():
        Tile.objects.filter(instance="audit").delete()
        for level, number, root in tiles:
            Tile.objects.create(instance="audit", level=level, number=number, root=root)
        JournalHead.objects.filter(instance="audit").update(size=size, frontier=frontier.to_bytes())
        for head in StreamHead.objects.filter(instance="audit"):
            last = AuditEntry.objects.filter(stream=head.stream, offset__isnull=False).order_by("-offset").first()
            StreamHead.objects.filter(pk=head.pk).update(offset=0 if last is None else last.offset)


def rewrite_all(index: int, *, key: keys.SigningKey) -> None:
    """Edit an entry and all that follows from it, and sign that with another key."""
    edit_body(index, hash_too=True, column_too=True)
    _rebuild_heads(JournalHead.objects.get(instance="audit").size)
    with unguarded():
        Checkpoint.objects.filter(instance="audit").delete()
    sign(key=key)


def cut_tail(size: int, *, checkpoints_too: bool = True) -> None:
    """Cut off what came after an old checkpoint, and let everything else be as it was then."""
    with unguarded() as cursor:
        cursor.execute(f'DELETE FROM {table()} WHERE "index" >= %s', [size])
        if checkpoints_too:
            Checkpoint.objects.filter(instance="audit", size__gt=size).delete()
    _rebuild_heads(size)
