"""One sealed entry, by its index or its event's id, as whoever asks may see it: also while it waits for its place."""

from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

import msgspec

from instances.access.rights import Rights, Verb
from instances.journal.models import Entry, JournalHead, entry_model
from instances.journal.query import answered
from instances.journal.router import ALIAS
from instances.journal.shown import APART, Apart, event_text, held_apart
from instances.journal.wire import sealed_event, wire_of
from instances.redaction import redacted
from instances.spec import InstanceSpec

_NOTHING_APART: Final = Apart(None, None)


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """What is on record, and how much of it the reader may see."""

    row: Entry
    epoch: str
    """Of the instance's streams."""
    size: int
    """How many entries are numbered."""
    actor: str
    origin: str
    event: str
    """The event as indented JSON, personal values by the reader's right; empty where the bytes are no event."""
    text: str | None
    """The sealed bytes, which are UTF-8 unless somebody changed them; None where the reader may not see all of them."""

    @property
    def is_purged(self) -> bool:
        return not self.row.body


def kept_entry(spec: InstanceSpec, key: int | UUID, rights: Rights) -> KeptEntry | None:
    """Return the entry, or None: also of one outside the rights, of which nothing but its topic is read.

    Blocks, for a bounded time. Raises: query.Unavailable.
    """
    return answered(partial(_read, spec, key, rights))


def _read(spec: InstanceSpec, key: int | UUID, rights: Rights) -> KeptEntry | None:
    rows = entry_model(spec)._base_manager.using(ALIAS)
    rows = rows.filter(id=key) if isinstance(key, UUID) else rows.filter(index=key)
    topic = rows.values_list("topic", flat=True).first()
    if topic is None or not rights.allows(Verb.QUERY, spec.name, topic):
        return None
    row = rows.get()
    epoch, size = JournalHead.objects.using(ALIAS).values_list("epoch", "size").get(instance=spec.name)
    personal = rights.reads_personal(Verb.QUERY, spec.name, topic)
    body = bytes(row.body)
    apart = held_apart(spec, [row]).get(row.number, _NOTHING_APART) if personal and body else _NOTHING_APART
    event, text = "", body.decode(errors="replace") if personal or not body else None
    try:
        if body:
            event = event_text(spec, row, personal=personal)
            text = text if personal or not _is_free(spec, row, body) else body.decode(errors="replace")
    except msgspec.MsgspecError:
        # Somebody changed them: they are no event any more.
        pass
    return KeptEntry(
        row, epoch, size, row.actor or apart.actor or APART, row.origin or apart.origin or APART, event, text
    )


def _is_free(spec: InstanceSpec, row: Entry, body: bytes) -> bool:
    """Tell whether the sealed bytes are free of personal values.

    What was marked as personal when it was sealed stands in them as a commitment; what its type marks so only since
    then stands in them in the clear.
    """
    wire = wire_of(sealed_event(body), None, stream=row.stream, epoch=None, offset=None)
    return bool(msgspec.json.decode(redacted(spec.name, row.event_type, wire)) == msgspec.json.decode(wire))
