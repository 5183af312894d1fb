"""Entries on their way out: read in the order of their places, with what is held apart of them, in their wire form."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from instances.batch import Carried
from instances.journal import vault
from instances.journal.wire import wire_of
from instances.spec import InstanceSpec

ROW: Final = ("id", "index", "stream", "offset", "topic", "event_type", "severity", "body")
"""What has to be read of an entry to send it."""

Row = tuple[UUID, int, str, int, str, str, int, bytes]


def carried(spec: InstanceSpec, epoch: str, rows: Sequence[Row | tuple[Any, ...]], *, using: str) -> list[Carried]:
    """Return entries as they travel; what is held apart of all of them is asked for at once."""
    opened = vault.open_parts(spec.name, [row[0] for row in rows], using=using)
    return [
        Carried(
            topic,
            event_type,
            severity,
            wire_of(
                bytes(body),
                opened.get(id),
                stream=stream,
                epoch=epoch,
                offset=offset,
                index=index if spec.delivery.sealed else None,
            ),
        )
        for id, index, stream, offset, topic, event_type, severity, body in rows
    ]
