"""What can be asked of entries, and which index serves it."""

from itertools import takewhile
from typing import Any, Final, Literal, NamedTuple

from django.db import connections
from django.db.models import Exists, OuterRef, Q, QuerySet

from instances.groups import streams_of
from instances.journal.columns import Column, asked
from instances.journal.listings import Joined, Known, Parts, Rows
from instances.journal.models import PersonalPart
from instances.journal.vault import blind
from instances.journal.walk import Criterion
from instances.spec import InstanceSpec
from instances.topics import SEPARATOR, WILDCARD, Pattern

COLLECTED_MAX: Final = 5_000
"""Entries whose topics begin alike are put in order up to so many; of more, their stream holds enough of them."""

_AFTER_SEPARATOR: Final = chr(ord(SEPARATOR) + 1)


class Filter(NamedTuple):
    """A column of evidence that a question may fix to one value."""

    name: Column
    help: str
    apart: Literal["actor", "origin"] | None = None
    """The blind index that finds the value where it is held apart, as personal."""


FILTERS: Final = (
    Filter("actor", "Who did it, such as `ada`; `user:ada` is the same.", "actor"),
    Filter("action", "What was done: the event's `action`, else its type."),
    Filter("resource", "What it was done to, such as `access.token:7`."),
    Filter("outcome", "How it ended: `success`, `failure`, or `unknown` where the event does not tell."),
    Filter("origin", "The address that it came from, or what else the event names as its origin.", "origin"),
    Filter("correlation_id", "What belongs together: the event's correlation or trace id."),
)
_BY_NAME: Final[dict[str, Filter]] = {row.name: row for row in FILTERS}


def filters_of(spec: InstanceSpec) -> tuple[Filter, ...]:
    """Return the filters that an instance has beside those of all."""
    return FILTERS if spec.delivery.sealed else ()


def of_type(entries: QuerySet[Any], event_type: str) -> Criterion:
    return _equal(entries, "event_type", event_type)


def of_column(entries: QuerySet[Any], spec: InstanceSpec, name: str, value: str) -> Criterion:
    """Return that a column has the value, wherever it is held. Raises: CannotOpen."""
    row = _BY_NAME[name]
    value = asked(row.name, value)
    if row.apart is None:
        return _equal(entries, name, value)
    parts = PersonalPart.objects.using(entries.db).filter(
        instance=spec.name, **{f"{row.apart}_blind": blind(row.apart, value, using=entries.db)}
    )
    plain = {name: value}
    # A range of one, because PostgreSQL would read all parts of a busy person into a table to look equal ones up in it.
    same = parts.filter(index__gte=OuterRef("index"), index__lte=OuterRef("index"))
    return Criterion(
        Joined([Rows(entries.filter(**plain)), Parts(parts, entries)]),
        Q(**plain) | Q(Exists(same)),
    )


def taken(from_ms: int | None, to_ms: int | None) -> Criterion:
    """Return that the hub took it from then on, and before then."""
    test = Q()
    if from_ms is not None:
        test &= Q(received_ms__gte=from_ms)
    if to_ms is not None:
        test &= Q(received_ms__lt=to_ms)
    return Criterion(None, test)


def of_pattern(entries: QuerySet[Any], spec: InstanceSpec, pattern: Pattern) -> Criterion:
    """Return that the pattern matches the topic.

    A family is read along its stream. What begins with more than a family, or with one that nobody declared, may be
    rare in its stream; so where it is, it is collected beforehand.
    """
    if pattern.literal:
        return _equal(entries, "topic", pattern.text)
    begin = list(takewhile(lambda segment: segment != WILDCARD, pattern.segments))
    if not begin:
        return Criterion(None, pattern=pattern)
    if len(begin) > 1 or spec.family(begin[0]) is None:
        collected = _collected(entries, SEPARATOR.join((*begin, "")))
        if collected is not None:
            return Criterion(collected, pattern=pattern, exact=pattern.segments == (*begin, WILDCARD))
    streams = [Rows(entries.filter(stream=stream)) for stream in streams_of(spec, pattern)]
    return Criterion(streams[0] if len(streams) == 1 else Joined(streams), pattern=pattern, exact=False)


def _collected(entries: QuerySet[Any], prefix: str) -> Known | None:
    """Return what lists the entries whose topics begin so, or None where they are many."""
    if connections[entries.db].vendor == "postgresql":
        rows = entries.filter(topic__startswith=prefix)
    else:
        # SQLite's LIKE takes small letters for capitals, so no index serves it.
        rows = entries.filter(topic__gte=prefix, topic__lt=prefix[:-1] + _AFTER_SEPARATOR)
    indexes = list(rows.filter(index__isnull=False).order_by().values_list("index", flat=True)[: COLLECTED_MAX + 1])
    return None if len(indexes) > COLLECTED_MAX else Known(sorted(indexes), entries)


def _equal(entries: QuerySet[Any], name: str, value: str) -> Criterion:
    condition = {name: value}
    return Criterion(Rows(entries.filter(**condition)), Q(**condition))
