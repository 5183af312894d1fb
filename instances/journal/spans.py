"""Where in the order of a journal a time is: per stretch of entries, when the hub took the first and the last of them.

The order of the journal is not that of time: a clock is set back, what was spooled comes late. Only what a stretch
holds tells whether a time lies in it. Of the entries behind the last whole stretch nothing is known, so they count.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from django.db import connections
from django.db.models import Q, QuerySet

from instances.journal.models import Span, entry_model
from instances.spec import InstanceSpec

SPAN_ENTRIES: Final = 1_024
"""A stretch is looked through in a few milliseconds, and a hundred million entries have a hundred thousand."""


class Run(NamedTuple):
    """Indexes that follow each other: from `begin` on, and before `end`."""

    begin: int
    end: int


def close_spans(spec: InstanceSpec, *, size: int, using: str) -> None:
    """Note of each stretch that is whole, among that many entries, when they were taken; belongs to the numbering.

    What is noted already stays, so it may be called at any time; where nothing is to be noted, it costs one look.
    """
    closed = _closed(spec, using=using)
    if size // SPAN_ENTRIES <= closed:
        return
    connection = connections[using]
    entries, spans, index = (
        connection.ops.quote_name(name) for name in (entry_model(spec)._meta.db_table, Span._meta.db_table, "index")
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {spans} (instance, number, earliest_ms, latest_ms) "  # noqa: S608  Names of our own tables.
            f"SELECT %s, {index} / {SPAN_ENTRIES}, min(received_ms), max(received_ms) FROM {entries} "
            f"WHERE {index} >= %s AND {index} < %s GROUP BY {index} / {SPAN_ENTRIES}",
            [spec.name, closed * SPAN_ENTRIES, size // SPAN_ENTRIES * SPAN_ENTRIES],
        )


def runs(
    spec: InstanceSpec, *, from_ms: int | None, to_ms: int | None, within: Run, backwards: bool, using: str
) -> Iterator[Run]:
    """Yield the stretches that may hold entries taken from then on and before then, the first to be read first.

    Outside of them there is none; inside, there may be others.
    """
    if within.begin >= within.end:
        return
    if from_ms is None and to_ms is None:
        yield within
        return
    untold = Run(max(within.begin, _closed(spec, using=using) * SPAN_ENTRIES), within.end)
    told = Run(within.begin, min(within.end, untold.begin))
    if backwards and untold.begin < untold.end:
        yield untold
    if told.begin < told.end:
        spans = Span.objects.using(using).filter(
            instance=spec.name,
            number__gte=told.begin // SPAN_ENTRIES,
            number__lte=(told.end - 1) // SPAN_ENTRIES,
        )
        yield from _told(spans, _overlapping(from_ms, to_ms), told, backwards=backwards)
    if not backwards and untold.begin < untold.end:
        yield untold


def _told(spans: QuerySet[Span], meant: Q, within: Run, *, backwards: bool) -> Iterator[Run]:
    """Yield the runs of stretches that are meant: each begins at one that is, and ends before one that isn't."""
    spans = spans.order_by("-number" if backwards else "number")
    while True:
        first = spans.filter(meant).values_list("number", flat=True).first()
        if first is None:
            return
        beyond = spans.filter(**{"number__lt" if backwards else "number__gt": first}).exclude(meant)
        stop = beyond.values_list("number", flat=True).first()
        if backwards:
            begin = within.begin if stop is None else (stop + 1) * SPAN_ENTRIES
            yield Run(max(within.begin, begin), min(within.end, (first + 1) * SPAN_ENTRIES))
        else:
            end = within.end if stop is None else stop * SPAN_ENTRIES
            yield Run(max(within.begin, first * SPAN_ENTRIES), min(within.end, end))
        if stop is None:
            return
        spans = spans.filter(**{"number__lt" if backwards else "number__gt": stop})


def _overlapping(from_ms: int | None, to_ms: int | None) -> Q:
    meant = Q()
    if from_ms is not None:
        meant &= Q(latest_ms__gte=from_ms)
    if to_ms is not None:
        meant &= Q(earliest_ms__lt=to_ms)
    return meant


def _closed(spec: InstanceSpec, *, using: str) -> int:
    """Return how many stretches are noted; they are noted in their order, without a hole."""
    last = Span.objects.using(using).filter(instance=spec.name).order_by("-number").values_list("number", flat=True)
    number = last.first()
    return 0 if number is None else number + 1
