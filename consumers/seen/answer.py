"""Who saw an event: the stretches that it lies in, as far as their patterns match it, and who acknowledged it."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from django.db.models import Q, QuerySet

from consumers.models import SeenAck, Sighting
from consumers.seen.recorded import ms_of
from consumers.seen.rows import STRETCH_OFFSETS, Follow, moment
from instances.retained import BadCursor
from instances.topics import Pattern

PERMISSION: Final = "consumers.view_sighting"
CHUNK_ROWS: Final = 200
"""Read at once; some may be of those who followed something else."""


class Place(msgspec.Struct, frozen=True):
    """As much of an event as it takes to find who saw it."""

    id: str
    instance: str
    topic: str
    stream: str
    offset: int | None
    """None: it has no place yet, so nobody can have got it."""
    epoch: str | None
    received: int
    """Milliseconds since 1970 UTC."""


@dataclass(frozen=True, slots=True)
class Between:
    """A time that is known no better; milliseconds since 1970 UTC."""

    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A connection that an event was handed to."""

    connection: str
    process: str
    kind: str
    principal_id: int
    principal: str
    address: str | None
    agent: str
    delivered: Between
    replayed: bool
    personal: bool
    """Whether personal fields were in the clear."""
    durable: str | None
    acknowledged: Between | None


@dataclass(frozen=True, slots=True)
class SeenPage:
    rows: list[Seen]
    following: str | None
    """Where to go on; None: there is no more now."""


def place_of(wire: bytes) -> Place:
    """Return the place of an event in its wire form."""
    return msgspec.json.decode(wire, type=Place)


def who_saw(place: Place, *, after: str | None = None, limit: int = 100) -> SeenPage:
    """Return one page of those who got the event, in the order in which their stretches began. Raises: BadCursor.

    1. Find the stretches that its place lies in.
    2. Leave out those whose subscribers followed nothing that matches its topic.
    3. Find what those who are left have acknowledged.
    """
    last_id = None if after is None else _id(after)
    if place.offset is None:
        return SeenPage([], None)
    found: list[tuple[Sighting, Follow]] = []
    while len(found) <= limit:
        rows = _stretches(place)
        chunk = list((rows if last_id is None else rows.filter(id__gt=last_id))[:CHUNK_ROWS])
        found += [(row, follow) for row in chunk if (follow := _matching(row, place.topic)) is not None]
        if len(chunk) < CHUNK_ROWS:
            break
        last_id = chunk[-1].id
    page = found[:limit]
    words = _words(place, page)
    return SeenPage(
        [_seen(place, row, follow, words) for row, follow in page],
        str(page[-1][0].id) if len(found) > limit else None,
    )


def _stretches(place: Place) -> QuerySet[Sighting]:
    """Return the stretches that the event's place lies in.

    A restored journal goes on in a new epoch, and what it holds keeps its offsets. So stretches of an earlier epoch are
    of the event too, unless they ended before there was one: then its place belonged to an event that was lost.
    """
    assert place.offset is not None
    return (
        Sighting.objects.filter(
            Q(epoch=place.epoch) | Q(last_at__gte=moment(place.received)),
            stream=place.stream,
            # No stretch is longer, so the index by stream and beginning leads to few.
            first__range=(place.offset - STRETCH_OFFSETS + 1, place.offset),
            last__gte=place.offset,
        )
        .select_related("by")
        .order_by("id")
    )


def _matching(row: Sighting, topic: str) -> Follow | None:
    """Return how the subscriber followed the topic, by all its patterns together; None where it didn't."""
    follows = [Follow(*each) for each in row.by.follows]
    matching = [each for each in follows if Pattern(each.pattern).matches(topic)]
    if not matching:
        return None
    named = next((each.durable for each in matching if each.durable is not None), None)
    return Follow(matching[0].pattern, named, any(each.personal for each in matching))


def _words(place: Place, page: Sequence[tuple[Sighting, Follow]]) -> list[SeenAck]:
    """Return the acknowledgements that take in the event, of these connections or under their durable names."""
    if not page or place.offset is None:
        return []
    whose = Q(connection__in={row.by.connection for row, _ in page})
    for key in {(row.by.principal_kind, row.by.principal_id, follow.durable) for row, follow in page if follow.durable}:
        whose |= Q(principal_kind=key[0], principal_id=key[1], durable=key[2]) & ~Q(durable="")
    found = SeenAck.objects.filter(
        whose,
        Q(epoch=place.epoch) | Q(last_at__gte=moment(place.received)),
        stream=place.stream,
        # None takes in more offsets than that.
        last__range=(place.offset, place.offset + STRETCH_OFFSETS - 1),
        before__lt=place.offset,
    )
    return [word for word in found.order_by("first_at", "id") if Pattern(word.pattern).matches(place.topic)]


def _seen(place: Place, row: Sighting, follow: Follow, words: Iterable[SeenAck]) -> Seen:
    by, first_ms, last_ms = row.by, ms_of(row.first_at), ms_of(row.last_at)
    return Seen(
        connection=by.connection,
        process=by.process,
        kind=by.principal_kind,
        principal_id=by.principal_id,
        principal=by.principal,
        address=by.address,
        agent=by.agent,
        # Nobody can have had it before the hub had.
        delivered=Between(min(max(first_ms, place.received), last_ms), last_ms),
        replayed=row.replayed,
        personal=follow.personal,
        durable=follow.durable,
        acknowledged=next((_said(word, place) for word in words if _is_of(word, row, follow)), None),
    )


def _is_of(word: SeenAck, row: Sighting, follow: Follow) -> bool:
    """Tell whether it is the connection's own word, or was said under its durable name from another one."""
    if word.connection == row.by.connection:
        return True
    return (word.principal_kind, word.principal_id, word.durable) == (
        row.by.principal_kind,
        row.by.principal_id,
        follow.durable,
    )


def _said(word: SeenAck, place: Place) -> Between:
    first_ms = ms_of(word.first_at)
    at_once = place.offset is not None and place.offset <= word.first
    return Between(first_ms, first_ms if at_once else ms_of(word.last_at))


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise BadCursor from None
