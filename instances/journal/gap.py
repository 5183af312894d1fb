"""A time in which one instance's events could be kept nowhere, and how it is told: as a row, and as an entry."""

from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from instances.event import Prepared, compact, prepare
from instances.journal.append import append, writing
from instances.journal.draft import draft_of
from instances.journal.models import Outage
from instances.journal.router import ALIAS
from instances.schemas import audit, security
from instances.schemas.words import EventType
from instances.spec import InstanceSpec

_TYPES: Final[dict[str, EventType]] = {row.instance: row for row in (audit.recording_gap, security.recording_gap)}
"""The type of event that tells a gap, of each instance that is evidence."""


class Gap(msgspec.Struct):
    instance: str
    process: str
    began_ms: int
    cause: str
    refused: int = 0
    ended_ms: int | None = None
    """None while it lasts."""

    @property
    def id(self) -> UUID:
        """The id of the entry that tells it, which is the same however often it is told (UUID version 8)."""
        name = f"gaterhub gap:{self.instance}:{self.process}:{self.began_ms}"
        value = int.from_bytes(sha256(name.encode()).digest()[:16])
        return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 8 << 76 | 0x2 << 62)


def write(gap: Gap, spec: InstanceSpec, *, using: str = ALIAS) -> None:
    """Write the gap's row, and once it is over its entry, in one transaction. Blocks on the database."""
    with writing(using):
        Outage.objects.using(using).update_or_create(
            instance=gap.instance,
            process=gap.process,
            began_ms=gap.began_ms,
            defaults={"ended_ms": gap.ended_ms, "cause": gap.cause, "refused": gap.refused},
        )
        if gap.ended_ms is not None and (row := _TYPES.get(gap.instance)) is not None:
            # A conflict is no harm: it was told before, when less was known about its end, and what was said stands.
            append([[draft_of(spec, _prepared(gap, row, spec), address=None)]], spec, using=using)


def _prepared(gap: Gap, row: EventType, spec: InstanceSpec) -> Prepared:
    event = row(
        began_at=gap.began_ms,
        ended_at=gap.ended_ms,
        refused=gap.refused,
        cause=gap.cause,
        process=gap.process,
        target=f"journal/{gap.instance}",
        origin="hub",
        outcome="failure",
    )
    said = {
        "topic": event.topic,
        "event_type": event.event_type,
        "id": str(gap.id),
        "timestamp": gap.began_ms,
        "schema_version": event.schema_version,
        "data": event.data,
        "metadata": event.metadata,
    }
    raw = compact(msgspec.json.encode(said))
    return prepare(spec, raw, publisher_json=msgspec.json.encode(f"gaterhub/{gap.process}"))
