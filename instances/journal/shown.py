"""What people see of entries in the admin: names held apart and events, as far as they may read them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from instances.journal.columns import columns_of
from instances.journal.models import UNKNOWN, Entry, entry_model
from instances.journal.opened import event_of
from instances.journal.router import ALIAS
from instances.journal.vault import open_parts
from instances.redaction import redacted
from instances.spec import InstanceSpec

APART: Final = "held apart"
"""What stands for an actor or an origin that is personal, before who may not read it."""


class Apart(NamedTuple):
    """What an entry holds apart of its columns; None where it was erased, or says nothing."""

    actor: str | None
    origin: str | None


def when(ms: int) -> str:
    """Return a time of the journal's in words."""
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%d %H:%M:%S}.{ms % 1000:03} UTC"


def held_apart(spec: InstanceSpec, entries: Iterable[Entry]) -> dict[int, Apart]:
    """Return actors and origins that are in no column, by the entries' numbers, in two questions for all of them."""
    numbers = [entry.number for entry in entries if entry.actor is None or entry.origin is None]
    if not numbers:
        return {}
    rows = entry_model(spec).objects.using(ALIAS).filter(number__in=numbers)
    bodies = list(rows.values_list("number", "id", "event_type", "body"))
    opened = open_parts(spec.name, [id for _, id, _, _ in bodies], using=ALIAS)
    found = {}
    for number, id, event_type, body in bodies:
        try:
            said = event_of(bytes(body), opened[id])
        except msgspec.MsgspecError:
            # Somebody changed it, which its page and a verification tell.
            continue
        # With all values in their places, none counts as held apart.
        columns = columns_of(event_type, said["data"], said["metadata"], frozenset())
        found[number] = Apart(*(None if value == UNKNOWN else value for value in (columns.actor, columns.origin)))
    return found


def event_text(spec: InstanceSpec, entry: Entry, *, personal: bool) -> str:
    """Return what was sealed as indented JSON, with personal values in their places, or a word that says why not."""
    opened = open_parts(spec.name, [entry.id], using=ALIAS)[entry.id] if personal else None
    text = msgspec.json.encode(event_of(bytes(entry.body), opened))
    # What its type marks as personal only since it was sealed is no commitment, and nobody else's business either.
    seen = text if personal else redacted(spec.name, entry.event_type, text)
    return msgspec.json.format(seen, indent=2).decode()
