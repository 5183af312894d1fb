"""Questions about what the journals keep: entries in the order in which the hub took them, page by page."""

import base64
import binascii
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet

from instances.access.rights import Rights, Verb
from instances.access.sealing import CannotOpen
from instances.error_codes import Refusal
from instances.event import digest_of
from instances.journal.criteria import FILTERS, of_column, of_pattern, of_type, taken
from instances.journal.database_thread import DatabaseHung
from instances.journal.models import JournalHead, entry_model
from instances.journal.readers import ask
from instances.journal.router import ALIAS
from instances.journal.spans import Run, runs
from instances.journal.vault import open_parts
from instances.journal.walk import Criterion, find
from instances.journal.wire import sealed_event, wire_of
from instances.redaction import redacted
from instances.retained import BadCursor, Page, Question
from instances.spec import InstanceSpec
from instances.topics import WILDCARD

logger = logging.getLogger(__name__)

T = TypeVar("T")

PERSONAL_FILTERS: Final = frozenset(row.name for row in FILTERS if row.apart is not None)
_INDEX_BYTES: Final = 8
_MARK_BYTES: Final = 4


class Unavailable(Refusal):
    """The journal's database can't be read just now."""

    def __init__(self) -> None:
        super().__init__("unavailable", "The journal's database doesn't answer in time; nothing was read. Try again.")


class PersonalFilter(Refusal):
    """A search by what the caller may not read: whether something is found would tell it."""

    def __init__(self, name: str, question: Question) -> None:
        super().__init__(
            "forbidden",
            f"`{name}` searches personal fields, and a grant to query {question.spec.name} with them must cover all "
            f"that `topic` matches, here {question.pattern.text}.",
        )


def find_entries(question: Question, filters: Mapping[str, str], *, after: str | None, limit: int) -> Page:
    """Return one page of a journal; blocks, for a bounded time.

    Raises: Unavailable; BadCursor; PersonalFilter where `question.personal` is wanting.
    """
    return answered(partial(read_page, question, filters, place=_asked(question, filters, after), limit=limit))


def find_entry(spec: InstanceSpec, id: str, rights: Rights) -> bytes | None:
    """Return the wire form of an entry, or None; blocks, for a bounded time.

    Offset and epoch are null, and there is no index, until it is numbered. Only its topic is read of an entry outside
    the caller's grants, which takes as long as to find that there is none.

    Raises: Unavailable.
    """
    return answered(partial(read_entry, spec, UUID(id), rights))


def find_indexes(
    question: Question, filters: Mapping[str, str], *, after: str | None, limit: int
) -> tuple[Sequence[int], str | None]:
    """Return the indexes of one page of a journal, and where to go on; blocks and raises as `find_entries` does."""
    return answered(partial(_page, question, filters, place=_asked(question, filters, after), limit=limit))


def read_page(question: Question, filters: Mapping[str, str], *, place: int | None, limit: int) -> Page:
    """Read one page, on this thread, behind the entry with that index."""
    indexes, following = _page(question, filters, place=place, limit=limit)
    spec = question.spec
    found = entry_model(spec).objects.using(ALIAS).filter(index__in=indexes).values_list(*_SHOWN)
    rows = {row[-1]: row for row in found}
    epoch, _ = _head(spec)
    wires = _wires(spec, [rows[index] for index in indexes], epoch, personal=question.personal)
    return Page(wires, following)


def _page(
    question: Question, filters: Mapping[str, str], *, place: int | None, limit: int
) -> tuple[Sequence[int], str | None]:
    """Find one page, on this thread, behind the entry with that index; return the indexes, and where to go on.

    1. How far the journal is numbered bounds the whole: what is numbered meanwhile waits for the next question, or a
       cursor could pass something that was there.
    2. The criteria list and test, until the page is full or enough was looked at.
    """
    spec, backwards = question.spec, question.order == "desc"
    entries = entry_model(spec).objects.using(ALIAS)
    _, size = _head(spec)
    if backwards:
        within = Run(0, size if place is None else min(place, size))
    else:
        within = Run(0 if place is None else place + 1, size)
    found = find(
        list(_criteria(question, filters, entries)),
        entries=entries,
        runs=runs(
            spec, from_ms=question.from_ms, to_ms=question.to_ms, within=within, backwards=backwards, using=ALIAS
        ),
        backwards=backwards,
        limit=limit,
    )
    return found.indexes, None if found.place is None else cursor_at(found.place, question, filters)


def read_entry(spec: InstanceSpec, id: UUID, rights: Rights) -> bytes | None:
    """Read one entry, on this thread, if it is there and within the rights."""
    rows = entry_model(spec).objects.using(ALIAS).filter(id=id)
    topic = rows.values_list("topic", flat=True).first()
    if topic is None or not rights.allows(Verb.QUERY, spec.name, topic):
        return None
    epoch, _ = _head(spec)
    personal = rights.reads_personal(Verb.QUERY, spec.name, topic)
    [wire] = _wires(spec, rows.values_list(*_SHOWN), epoch, personal=personal)
    return wire


def cursor_at(place: int, question: Question, filters: Mapping[str, str]) -> str:
    """Return the cursor of a question that has looked at everything up to that index, and at it."""
    said = _mark(question, filters) + place.to_bytes(_INDEX_BYTES)
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


_SHOWN: Final = ("id", "body", "event_type", "stream", "offset", "index")


def _wires(spec: InstanceSpec, rows: Iterable[tuple[Any, ...]], epoch: str, *, personal: bool) -> list[bytes]:
    rows = list(rows)
    opened = open_parts(spec.name, [row[0] for row in rows], using=ALIAS) if personal else {}
    wires = []
    for id, body, event_type, stream, offset, index in rows:
        wire = wire_of(
            sealed_event(bytes(body)),
            opened.get(id),
            stream=stream,
            epoch=None if offset is None else epoch,
            offset=offset,
            index=index if spec.delivery.sealed else None,
        )
        # What its type marks as personal only since it was sealed is no commitment, and nobody else's business either.
        wires.append(wire if personal else redacted(spec.name, event_type, wire))
    return wires


def _criteria(question: Question, filters: Mapping[str, str], entries: QuerySet[Any]) -> Iterator[Criterion]:
    if question.pattern.text != WILDCARD:
        yield of_pattern(entries, question.spec, question.pattern)
    if question.event_type is not None:
        yield of_type(entries, question.event_type)
    for name, value in filters.items():
        yield of_column(entries, question.spec, name, value)
    if question.from_ms is not None or question.to_ms is not None:
        yield taken(question.from_ms, question.to_ms)


def _head(spec: InstanceSpec) -> tuple[str, int]:
    """Return the epoch of the instance's streams, and how many entries are numbered."""
    return JournalHead.objects.using(ALIAS).values_list("epoch", "size").get(instance=spec.name)


def answered(read: Callable[[], T]) -> T:
    """Return what is read within a bounded time; a database that is out, hangs or is too slow is unavailable.

    Raises: Unavailable.
    """
    try:
        return ask(read)
    except (OperationalError, InterfaceError) as error:
        # Its text may quote what was asked for.
        logger.warning("The journal can't be read: %s (%s).", type(error).__name__, type(error.__cause__).__name__)
        raise Unavailable from error
    except DatabaseHung as error:
        logger.warning("The journal can't be read: %s", error)
        raise Unavailable from error
    except CannotOpen as error:
        logger.error("The journal's blind key can't be opened: %s", error)
        raise Unavailable from error


def _asked(question: Question, filters: Mapping[str, str], after: str | None) -> int | None:
    """Return the place that the cursor names, for whoever may ask that. Raises: PersonalFilter, BadCursor."""
    for name in sorted(PERSONAL_FILTERS & filters.keys()):
        if not question.personal:
            raise PersonalFilter(name, question)
    return None if after is None else _place(after, _mark(question, filters))


def _mark(question: Question, filters: Mapping[str, str]) -> bytes:
    """Return four bytes that a cursor of another question doesn't have."""
    return digest_of(repr((question.mark, sorted(filters.items()))).encode())[:_MARK_BYTES]


def _place(text: str, mark: bytes) -> int:
    """Return the index of the entry last looked at. Raises: BadCursor."""
    try:
        said = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeError, ValueError):
        raise BadCursor from None
    place = int.from_bytes(said[_MARK_BYTES:])
    if len(said) != _MARK_BYTES + _INDEX_BYTES or said[:_MARK_BYTES] != mark or place.bit_length() > 62:
        raise BadCursor
    return place
