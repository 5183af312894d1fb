"""Two journals of a month, as the hub keeps them: complete and quiet, but for what a test plants.

Every registered type comes, each entry says all that is expected of it, nobody fails to log in ten times in five
minutes, every control is met, and a checkpoint over all of it is signed and kept outside.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count, islice
from typing import Any, Final

from instances.catalog import find
from instances.event import prepare
from instances.journal.anchors import anchors
from instances.journal.append import append
from instances.journal.draft import Draft, draft_of
from instances.journal.models import Anchored
from instances.journal.numbering import number
from instances.journal.router import ALIAS
from instances.schemas.registry import types_of
from instances.schemas.words import EventType
from tests.integration.journal.building import sign

# Of 28 days: what subscribers missed is still kept for the whole of it on the day after.
BEGINS: Final = datetime(2026, 2, 1, tzinfo=UTC)
ENDS: Final = datetime(2026, 3, 1, tzinfo=UTC)
BEGINS_MS: Final = round(BEGINS.timestamp() * 1000)
LENGTH_MS: Final = round((ENDS - BEGINS).total_seconds() * 1000)
QUIET: Final = {"recording_gap", "access_violation"}
"""Types that are findings wherever they come, so they come only where a test plants them."""
_EVENTS_AT_ONCE: Final = 2_000

_COMPLETE: Final = {
    "actor": "user:ada", "user_id": "ada", "ip_address": "203.0.113.7", "origin": "web", "resource": "thing:7",
    "target": "gaterhub", "outcome": "success",
}  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """An event and when the hub takes it, in milliseconds since the month began."""

    instance: str
    at_ms: int
    event: dict[str, Any]


def event_of(row: EventType, **other: Any) -> dict[str, Any]:
    """Return an event of that type that lacks nothing; `other` are fields of its data that are different."""
    said = {**row.example}
    topic = row.topic
    for parameter in row.parameters:
        topic = topic.replace(f"{{{parameter}}}", str(said.pop(parameter, "x")))
    metadata = {field.name: said.pop(field.name) for field in row.metadata if field.name in said}
    declared = {field.name for field in row.data}
    data = {name: value for name, value in _COMPLETE.items() if name in declared} | said | other
    inside = {field.name for field in row.metadata}
    metadata = {name: value for name, value in _COMPLETE.items() if name in inside} | metadata
    return {"topic": topic, "event_type": row.name, "data": data, "metadata": metadata}


def ordinary(instance: str, *, without: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield events without end, of each type in turn but for some; whoever logs in fails now and then."""
    left_out = {*QUIET, *without}
    rows = [known.row for known in types_of(instance) if known.row is not None and known.name not in left_out]
    for at in count():
        for row in rows:
            person = f"person-{at % 199}"
            other: dict[str, Any] = {}
            declared = {field.name for field in row.data}
            if "user_id" in declared:
                other["user_id"] = person
            if "actor" in declared:
                other["actor"] = f"user:{person}"
            if "ip_address" in declared:
                other["ip_address"] = f"198.51.100.{at % 199}"
            if row.name == "compliance_assessed":
                other["result"] = "met"
            yield event_of(row, **other)


def plant(*planted: Planted, entries: int, tail: int = 0, without: Collection[str] = (), signed: bool = True) -> None:
    """Fill the journals of audit and security, which are empty, with so many entries beside what is planted.

    `tail` entries of each journal come after the month; types in `without` come only where they are planted.
    """
    for instance in ("audit", "security"):
        usual = entries // 2
        times = (BEGINS_MS + LENGTH_MS * at // usual for at in range(usual))
        events = list(zip(times, islice(ordinary(instance, without=without), usual), strict=True))
        events += [(BEGINS_MS + each.at_ms, each.event) for each in planted if each.instance == instance]
        events.sort(key=lambda each: each[0])
        after = islice(ordinary(instance), tail)
        events += [(BEGINS_MS + LENGTH_MS + 1_000 * at, event) for at, event in enumerate(after)]
        keep(instance, events)
        if not signed:
            continue
        checkpoint = sign(instance, at_ms=BEGINS_MS + LENGTH_MS)
        for anchor in anchors():
            answer = anchor.keep(checkpoint)
            Anchored.objects.using(ALIAS).create(
                checkpoint=checkpoint, anchor=anchor.name, answer=answer, at_ms=BEGINS_MS + LENGTH_MS
            )


def keep(instance: str, events: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Put events on record at these times, and have them numbered."""
    spec = find(instance)
    for begin in range(0, len(events), _EVENTS_AT_ONCE):
        append([list(_drafts(instance, events[begin : begin + _EVENTS_AT_ONCE]))], spec)
        while number(spec) is not None:
            pass


def _drafts(instance: str, events: Iterable[tuple[int, dict[str, Any]]]) -> Iterator[Draft]:
    spec = find(instance)
    for at_ms, event in events:
        text = json.dumps({"timestamp": at_ms, **event}, separators=(",", ":"), ensure_ascii=False).encode()
        prepared = prepare(spec, text, publisher_json=b'"orders"', clock=partial(int, at_ms))
        yield draft_of(spec, prepared, address=None)
