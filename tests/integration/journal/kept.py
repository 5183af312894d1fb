"""Entries that questions find: on record and numbered, at times that the test says."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from instances.catalog import find
from instances.event import prepare
from instances.journal.append import append
from instances.journal.draft import Draft, draft_of
from tests.integration.journal.writing import number_all

NOON_MS: Final = 1_790_000_000_000
"""When the first entry was taken, unless the test says when; each further one a second later."""


def draft(instance: str, *, at_ms: int = NOON_MS, **event: Any) -> Draft:
    """Make an event an entry; what isn't said of it is somehow."""
    text = msgspec.json.encode({"topic": "audit_trail:test", "event_type": "tried"} | event)
    prepared = prepare(find(instance), text, publisher_json=b'"billing"', clock=lambda: at_ms)
    return draft_of(find(instance), prepared, address=None)


def write(instance: str, *drafts: Draft) -> None:
    """Put entries on record, without numbers."""
    append([drafts], find(instance))


def keep(instance: str, *events: dict[str, Any], at_ms: Iterable[int] = ()) -> None:
    """Put events on record and number them."""
    times = list(at_ms) or [NOON_MS + each * 1_000 for each in range(len(events))]
    write(instance, *(draft(instance, at_ms=time, **event) for time, event in zip(times, events, strict=True)))
    number_all(find(instance))
