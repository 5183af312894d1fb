"""The timeline of a console to take along: what the hub's own history has of a time, and what of it is missing."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from gaterhub.consoles.found import Row
from gaterhub.consoles.layout import Console
from gaterhub.incident.filtering import Event, Filter, event_of
from gaterhub.incident.holes import Hole, Missing, Reach, missing
from gaterhub.incident.models import ConsoleNote
from instances.access.principal import Principal
from instances.access.rights import Verb
from instances.catalog import find
from instances.error_codes import Refusal
from instances.journal.query import find_entries
from instances.retained import LIMIT_MAX, Question, find_events
from instances.supervisor import ensure_home
from instances.topics import Pattern

SCHEMA_VERSION: Final = 1
EVENTS_MAX: Final = 5_000
"""Of one instance, the newest: as many as the page itself asks for."""
BYTES_MAX: Final = 48 * 1024 * 1024
"""Of all events together, since the file is made in memory."""
SECONDS_MAX: Final = 25.0
"""For all of it; proxies commonly give up an answer after 30."""
SCHEMA: Final = "gaterhub timeline"


class Wanted(Struct, frozen=True):
    """What was asked for."""

    console: str
    title: str
    from_ms: int
    to_ms: int
    filter: dict[str, str]


class Part(Struct, frozen=True):
    """What there is of one instance."""

    instance: str
    patterns: list[str]
    events: int
    personal: Annotated[str, Meta(description="`clear`, `redacted`, or `some` where only some topics are clear.")]
    nothing_before: int | None = None
    whole_since: int | None = None


class Note(Struct, frozen=True):
    """A note of the console about a moment of the time."""

    id: int
    at: int
    text: str
    author: str
    written: int
    corrects: int | None = None


class Gap(Struct, frozen=True, kw_only=True):
    """A hole, as the gap ledger has it."""

    instance: str
    stream: str
    kind: str
    reason: str
    at: int
    begins: int = msgspec.field(name="from")
    ends: int = msgspec.field(name="to")
    epoch: str
    first: int | None
    last: int | None
    count: int | None
    times: int
    subscriber: str


class Timeline(Struct, frozen=True, kw_only=True):
    """All of it, in the order in which the hub took the events."""

    schema: str = SCHEMA
    schema_version: int = SCHEMA_VERSION
    wanted: Wanted
    made_at: str
    made_by: str
    whole: bool
    """Whether nothing is missing that is known of."""
    missing: list[str]
    """A sentence for each thing that is."""
    instances: list[Part]
    notes: list[Note]
    holes: list[Gap]
    events: list[msgspec.Raw]


@dataclass(slots=True)
class _Taken:
    """What was read of one instance."""

    row: Row
    events: list[tuple[Event, bytes]]
    missing: list[str]
    personal: set[bool]


def timeline(
    console: Console,
    rows: Sequence[Row],
    who: Principal,
    *,
    from_ms: int,
    to_ms: int,
    only: Filter,
    notes: bool,
    now: datetime,
    clock: Callable[[], float] = time.monotonic,
) -> Timeline:
    """Return the timeline of a time, with notes if the reader may see them; blocks for half a minute at most."""
    ends_at = clock() + SECONDS_MAX
    room = BYTES_MAX
    taken = []
    for row in rows:
        part = _take(row, who, from_ms=from_ms, to_ms=to_ms, only=only, room=room, is_late=lambda: clock() > ends_at)
        room -= sum(len(wire) for _, wire in part.events)
        taken.append(part)
    sentences = [sentence for part in taken for sentence in part.missing]
    if not notes:
        sentences.append(f"Notes are not granted to {who.name}.")
    try:
        known = missing(rows, who, from_ms=from_ms, to_ms=to_ms)
    except Refusal as refusal:
        known = Missing((), False, ())
        sentences.append(f"Which holes there are is not known: {refusal.message}")
    sentences += said_of(known, from_ms=from_ms, to_ms=to_ms)
    reach = {each.instance: each for each in known.reach}
    # Of one millisecond, the order in which they were taken.
    oldest_first = (each for part in taken for each in reversed(part.events))
    events = sorted(oldest_first, key=lambda each: each[0].received)
    return Timeline(
        wanted=Wanted(console.name, console.profile.title, from_ms, to_ms, dict(only.words)),
        made_at=f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        made_by=who.name,
        whole=not sentences,
        missing=sentences,
        instances=[_part(part, reach.get(part.row.instance)) for part in taken],
        notes=_notes(console.name, from_ms=from_ms, to_ms=to_ms) if notes else [],
        holes=[gap_of(hole) for hole in known.holes],
        events=[msgspec.Raw(wire) for _, wire in events],
    )


def _take(
    row: Row, who: Principal, *, from_ms: int, to_ms: int, only: Filter, room: int, is_late: Callable[[], bool]
) -> _Taken:
    """Read one instance, the newest first, each event once, until it is all, or as much as fits."""
    taken = _Taken(row, [], [], set())
    seen: set[str] = set()
    if not row.kept:
        taken.missing.append(f"{row.instance}: its history is not granted to {who.name}.")
    try:
        for event, wire in _read(row, who, taken, from_ms=from_ms, to_ms=to_ms):
            if is_late():
                taken.missing.append(_older(row, "for more there was no time", len(taken.events)))
                break
            if event.id in seen or not only.passes(event):
                continue
            if len(taken.events) == EVENTS_MAX or len(wire) > room:
                taken.missing.append(_older(row, "a file holds no more", len(taken.events)))
                break
            seen.add(event.id)
            room -= len(wire)
            taken.events.append((event, wire))
    except Refusal as refusal:
        taken.missing.append(f"{row.instance}: only {len(taken.events)} events could be read. {refusal.message}")
    except TimeoutError:
        taken.missing.append(f"{row.instance}: only {len(taken.events)} events could be read in time.")
    return taken


def _older(row: Row, why: str, count: int) -> str:
    return f"{row.instance}: the newest {count:,} events are here, and there are older ones; {why}."


def _read(row: Row, who: Principal, taken: _Taken, *, from_ms: int, to_ms: int) -> Iterator[tuple[Event, bytes]]:
    """Give what is kept that the console follows, newest first of each pattern. Raises: Refusal, TimeoutError."""
    spec = find(row.instance)
    wanted = [Pattern(text) for text in row.wanted]
    for text in row.kept:
        pattern = Pattern(text)
        personal = who.rights.covers(Verb.QUERY, spec.name, pattern, personal=True)
        taken.personal.add(personal)
        question = Question(spec=spec, pattern=pattern, from_ms=from_ms, to_ms=to_ms, order="desc", personal=personal)
        after: str | None = None
        while True:
            if spec.delivery.journaled:
                page = find_entries(question, {}, after=after, limit=LIMIT_MAX)
            else:
                home = ensure_home()
                page = find_events(question, home.broker, home.loop, after=after, limit=LIMIT_MAX)
            for wire in page.wires:
                event = event_of(wire)
                if any(each.matches(event.topic) for each in wanted):
                    yield event, wire
            after = page.following
            if after is None:
                break


def said_of(known: Missing, *, from_ms: int, to_ms: int) -> list[str]:
    """Return a sentence for each thing that is known to be missing of a time."""
    said = []
    for reach in known.reach:
        if reach.nothing_before_ms is not None and reach.nothing_before_ms > from_ms:
            said.append(f"{reach.instance}: nothing is kept before {moment(min(reach.nothing_before_ms, to_ms))}.")
        if reach.whole_since_ms is not None and reach.whole_since_ms > max(from_ms, reach.nothing_before_ms or 0):
            said.append(
                f"{reach.instance}: before {moment(min(reach.whole_since_ms, to_ms))} some streams are not kept."
            )
    if known.holes:
        gaps = sum(hole.times for hole in known.holes)
        said.append(
            f"The gap ledger has {gaps:,} {'loss' if gaps == 1 else 'losses'} of subscribers in this time; "
            "what they missed is here where the history still has it."
        )
    if known.more:
        said.append(f"Of the gap ledger only the newest {len(known.holes):,} rows are here.")
    return said


def moment(ms: int) -> str:
    """Write a moment as files have it, in UTC and to the millisecond; of one that no calendar has, its number."""
    try:
        at = datetime.fromtimestamp(ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return str(ms)
    return at.isoformat(sep=" ", timespec="milliseconds").replace("+00:00", "Z")


def _part(taken: _Taken, reach: Reach | None) -> Part:
    clear = {frozenset(): "redacted", frozenset({True}): "clear", frozenset({False}): "redacted"}
    return Part(
        taken.row.instance,
        list(taken.row.wanted),
        len(taken.events),
        clear.get(frozenset(taken.personal), "some"),
        reach.nothing_before_ms if reach is not None else None,
        reach.whole_since_ms if reach is not None else None,
    )


def _notes(console: str, *, from_ms: int, to_ms: int) -> list[Note]:
    rows = ConsoleNote.objects.of_time(console, from_ms=from_ms, to_ms=to_ms).order_by("moment_ms", "pk")
    return [note_of(row) for row in rows]


def note_of(row: ConsoleNote) -> Note:
    written = round(row.written_at.timestamp() * 1000)
    return Note(row.pk, row.moment_ms, row.text, row.author_name, written, row.corrects_id)


def gap_of(hole: Hole) -> Gap:
    return Gap(
        instance=hole.instance,
        stream=hole.stream,
        kind=hole.kind,
        reason=hole.reason,
        at=hole.at_ms,
        begins=hole.from_ms,
        ends=hole.to_ms,
        epoch=hole.epoch,
        first=hole.first,
        last=hole.last,
        count=hole.count,
        times=hole.times,
        subscriber=hole.subscriber,
    )


def rows_of(known: Timeline) -> Iterator[tuple[int, str, Any]]:
    """Give what a timeline holds in the order of its time: `missing`, `hole`, `note` or `event`, with what it is."""
    rows: list[tuple[int, int, str, Any]] = [
        *((hole.begins, 0, "hole", hole) for hole in known.holes),
        *((note.at, 1, "note", note) for note in known.notes),
        *((event.received, 2, "event", event) for event in map(event_of, known.events)),
    ]
    yield from ((known.wanted.from_ms, "missing", sentence) for sentence in known.missing)
    yield from ((at, kind, what) for at, _, kind, what in sorted(rows, key=lambda row: row[:2]))
