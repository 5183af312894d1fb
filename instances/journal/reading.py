"""Entries on their way out: read in the order of their places, with what is held apart of them, in their wire form."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from instances.batch import Carried
from instances.journal import vault
from instances.journal.wire import sealed_event, wire_of
from instances.spec import InstanceSpec

ROW: Final = ("id", "index", "stream", "offset", "topic", "event_type", "severity", "body")
"""What has to be read of an entry to send it."""

Row = tuple[UUID, int, str, int, str, str, int, bytes]


def carried(spec: InstanceSpec, epoch: str, rows: Sequence[Row | tuple[Any, ...]], *, using: str) -> list[Carried]:
    """Return entries as they travel; what is held apart of all of them, and shown, is asked for at once."""
    sealed = [sealed_event(bytes(row[-1])) for row in rows]
    shown = [row[0] for row, event in zip(rows, sealed, strict=True) if event.shows_personal]
    opened = vault.open_parts(spec.name, shown, using=using)
    return [
        Carried(
            topic,
            event_type,
            severity,
            wire_of(
                event,
                opened.get(id),
                stream=stream,
                epoch=epoch,
                offset=offset,
                index=index if spec.delivery.sealed else None,
            ),
        )
        for (id, index, stream, offset, topic, event_type, severity, _), event in zip(rows, sealed, strict=True)
    ]
