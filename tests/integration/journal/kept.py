"""Entries for tests of questions: written and numbered as the journal does it, at times that the test says."""

from collections.abc import Iterable
from typing import Any

import msgspec

from instances.catalog import find
from instances.event import prepare
from instances.journal.draft import Draft, draft_of
from instances.journal.models import Entry, JournalHead, PersonalPart, entry_model
from instances.journal.router import ALIAS
from instances.journal.spans import close_spans
from instances.journal.vault import seal_parts

NOON_MS = 1_790_000_000_000
"""When the first entry of a test was taken, unless it says when; each further one a second later."""


def draft(instance: str, *, at_ms: int = NOON_MS, **event: Any) -> Draft:
    """Make an event a draft; what isn't said of it is somehow."""
    said = {"topic": "audit_trail:test", "event_type": "tried"} | event
    prepared = prepare(find(instance), msgspec.json.encode(said), publisher_json=b'"billing"', clock=lambda: at_ms)
    return draft_of(find(instance), prepared, address=None)


def write(instance: str, drafts: Iterable[Draft]) -> list[Entry]:
    """Insert entries that wait to be numbered."""
    drafts = list(drafts)
    model = entry_model(instance)
    names = [field.name for field in model._meta.concrete_fields if field.name not in ("number", "index", "offset")]
    rows = [model(**{name: getattr(each, name) for name in names}) for each in drafts]
    parts = seal_parts(instance, drafts, using=ALIAS)
    model._base_manager.using(ALIAS).bulk_create(rows)
    PersonalPart.objects.using(ALIAS).bulk_create(PersonalPart(**part._asdict()) for part in parts)
    return rows


def number(instance: str) -> None:
    """Give every entry that waits its index and offset."""
    waiting = entry_model(instance)._base_manager.using(ALIAS).filter(index=None).order_by("number")
    head = JournalHead.objects.using(ALIAS).get(instance=instance)
    for row in waiting:
        offset = waiting.model._base_manager.filter(stream=row.stream, index__isnull=False).count() + 1
        waiting.model._base_manager.filter(pk=row.pk).update(index=head.size, offset=offset)
        PersonalPart.objects.using(ALIAS).filter(instance=instance, entry_id=row.id).update(index=head.size)
        head.size += 1
    head.save(using=ALIAS)
    close_spans(find(instance), size=head.size, using=ALIAS)


def keep(instance: str, *events: dict[str, Any], at_ms: Iterable[int] = ()) -> None:
    """Write and number events, each a second after the one before unless their times are said."""
    times = list(at_ms) or [NOON_MS + number * 1_000 for number in range(len(events))]
    write(instance, [draft(instance, at_ms=time, **event) for time, event in zip(times, events, strict=True)])
    number(instance)
