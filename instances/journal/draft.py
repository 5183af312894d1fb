"""An event on its way into the journal: its sealed bytes, their hash, the columns, and what is held apart."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from instances.event import Prepared
from instances.journal.canonical import canonical, read
from instances.journal.columns import columns_of
from instances.journal.marked import marked
from instances.journal.personal import PUBLISHER_ADDRESS, PersonalDraft, Salts, split
from instances.spec import InstanceSpec

VERSION: Final = 1
"""Of the sealed bytes' form, which they name themselves."""
_LEAF: Final = b"\0"


@dataclass(slots=True)
class Draft:
    """An entry before it is inserted."""

    id: UUID
    stream: str
    body: bytes
    """Canonical JSON (RFC 8785), with commitments in the places of what is personal."""
    leaf_hash: bytes
    """Of the body (RFC 6962 section 2.1)."""
    digest: bytes | None
    """Of what came with the id, in 16 bytes; None where the hub gave the id."""
    topic: str
    event_type: str
    severity: int
    occurred_ms: int
    received_ms: int
    publisher: str
    actor: str | None
    """None where it is held apart, as the origin."""
    action: str
    resource: str
    outcome: str
    origin: str | None
    correlation_id: str | None
    parts: list[PersonalDraft] = field(default_factory=list)


def draft_of(spec: InstanceSpec, event: Prepared, *, address: str | None, salts: Salts | None = None) -> Draft:
    """Make a checked event an entry; `address` is its publisher's on the network, which says nothing of its origin.

    `salts` are those of all events that are submitted together.

    Raises: BadEvent, by path, for what readers could take for different things: see `canonical.read`.
    """
    said = read(event.head + event.tail)
    personal = marked(spec.name, event.event_type)
    columns = columns_of(event.event_type, said["data"], said["metadata"], personal.keys)
    publisher = said["publisher"]
    said["v"] = VERSION
    said[PUBLISHER_ADDRESS] = address
    parts = split(said, personal, columns, salts or Salts(), entry_id=event.id, publisher=publisher)
    body = canonical(said)
    return Draft(
        id=msgspec.convert(event.id, UUID),
        stream=event.stream,
        body=body,
        leaf_hash=sha256(_LEAF + body).digest(),
        digest=event.digest if event.given_id is not None else None,
        topic=event.topic,
        event_type=event.event_type,
        severity=event.severity,
        occurred_ms=said["timestamp"],
        received_ms=event.received_ms,
        publisher=publisher,
        actor=columns.actor,
        action=columns.action,
        resource=columns.resource,
        outcome=columns.outcome,
        origin=columns.origin,
        correlation_id=columns.correlation_id,
        parts=parts,
    )
