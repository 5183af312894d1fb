"""Questions to the gap ledger: what was missed, by whom, page by page and summed up."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from django.db.models import Max, Q, QuerySet, Sum

from consumers.models import Loss
from instances.access.permissions import has
from instances.access.principal import Principal
from instances.catalog import NAMES
from instances.event import digest_of
from instances.retained import BadCursor, Order

VIEW_ALL: Final = "consumers.view_loss"
SUMMARY_ROWS_MAX: Final = 100

_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LATEST_MS: Final = 253_402_300_799_000
"""The last second of the year 9999, beyond which Python has no date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossQuestion:
    """What is asked for; times are milliseconds since 1970 UTC of when a loss was told."""

    instance: str | None = None
    stream: str | None = None
    principal: str | None = None
    """The subscriber's name."""
    connection: str | None = None
    kind: str | None = None
    from_ms: int | None = None
    """From then on."""
    to_ms: int | None = None
    """Up to then, exclusive."""
    order: Order = "asc"

    @property
    def filters(self) -> dict[str, str]:
        """What a row's columns must be."""
        said = {name: getattr(self, name) for name in ("instance", "stream", "principal", "connection", "kind")}
        return {name: value for name, value in said.items() if value is not None}

    @property
    def mark(self) -> bytes:
        """Four bytes that a cursor of another question doesn't have; a cursor outlives a window that moves on."""
        return digest_of(repr((self.filters, self.order)).encode())[:4]


@dataclass(frozen=True, slots=True)
class LossPage:
    """Found rows, and where to go on; None: there is no more now."""

    rows: list[Loss]
    following: str | None


@dataclass(frozen=True, slots=True)
class Missed:
    """What one subscriber missed of one instance."""

    principal_kind: str
    principal: str
    instance: str
    gaps: int
    events: int
    """So many events are known to be missing; conflated ones are counted by themselves."""
    uncounted: int
    """Gaps of which nobody knows how many events they cost."""
    conflated: int
    closed: int
    last: datetime


class _Cursor(msgspec.Struct, array_like=True):
    mark: bytes
    at_us: int
    id: int


_unpack: Final = msgspec.msgpack.Decoder(_Cursor).decode


def sees_all(principal: Principal) -> bool:
    """Tell whether the caller may see what others missed; blocks on the database."""
    return has(principal, VIEW_ALL)


def visible_to(principal: Principal, *, everything: bool) -> QuerySet[Loss]:
    """Return the rows that the caller may see: its own, or all of the instances of which it is granted all."""
    if everything:
        return Loss.objects.filter(instance__in=[name for name in NAMES if principal.rights.surveys(name)])
    return Loss.objects.filter(principal_kind=principal.kind, principal_id=principal.id)


def find_losses(rows: QuerySet[Loss], question: LossQuestion, *, after: str | None, limit: int) -> LossPage:
    """Return one page of the rows that are asked for. Raises: BadCursor."""
    found = _asked(rows, question)
    forward = question.order == "asc"
    if after is not None:
        at, id = _place(after, question)
        # The first condition says nothing new, but it is the one that an index can serve.
        later = Q(at__gt=at) | Q(at=at, id__gt=id) if forward else Q(at__lt=at) | Q(at=at, id__lt=id)
        found = found.filter(Q(at__gte=at) if forward else Q(at__lte=at), later)
    page = list(found.order_by(*(("at", "id") if forward else ("-at", "-id")))[: limit + 1])
    if len(page) <= limit:
        return LossPage(page, None)
    last = page[limit - 1]
    cursor = msgspec.msgpack.encode(_Cursor(question.mark, (last.at - _START) // _MICROSECOND, last.pk))
    return LossPage(page[:limit], base64.urlsafe_b64encode(cursor).decode().rstrip("="))


def summed_up(rows: QuerySet[Loss], question: LossQuestion) -> Sequence[Missed]:
    """Return what each subscriber missed of each instance, the latest first; 100 of them at the most."""
    gap, conflated = Q(kind=Loss.Kind.GAP), Q(kind=Loss.Kind.CONFLATED)
    sums = (
        _asked(rows, question)
        .order_by()
        .values("principal_kind", "principal_id", "principal", "instance")
        .annotate(
            gap_times=Sum("times", filter=gap),
            events_sum=Sum("count", filter=gap),
            uncounted_times=Sum("times", filter=gap & Q(count=None)),
            conflated_sum=Sum("count", filter=conflated),
            closed_times=Sum("times", filter=Q(kind=Loss.Kind.CLOSED)),
            newest=Max("at"),
        )
        .order_by("-newest", "principal", "instance")[:SUMMARY_ROWS_MAX]
    )
    return [
        Missed(
            principal_kind=each["principal_kind"],
            principal=each["principal"],
            instance=each["instance"],
            gaps=each["gap_times"] or 0,
            events=each["events_sum"] or 0,
            uncounted=each["uncounted_times"] or 0,
            conflated=each["conflated_sum"] or 0,
            closed=each["closed_times"] or 0,
            last=each["newest"],
        )
        for each in sums
    ]


def _asked(rows: QuerySet[Loss], question: LossQuestion) -> QuerySet[Loss]:
    rows = rows.filter(**question.filters)
    if question.from_ms is not None:
        rows = rows.filter(at__gte=_moment(question.from_ms))
    if question.to_ms is not None:
        rows = rows.filter(at__lt=_moment(question.to_ms))
    return rows


def _moment(ms: int) -> datetime:
    return _START + timedelta(milliseconds=min(max(ms, 0), _LATEST_MS))


def _place(text: str, question: LossQuestion) -> tuple[datetime, int]:
    try:
        cursor = _unpack(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        at = _START + timedelta(microseconds=cursor.at_us)
    except (binascii.Error, UnicodeError, ValueError, OverflowError, msgspec.DecodeError):
        raise BadCursor from None
    if cursor.mark != question.mark or not 0 <= cursor.id < 2**63:
        raise BadCursor
    return at, cursor.id
