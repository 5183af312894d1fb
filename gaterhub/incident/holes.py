"""What is missing of a time: what subscribers were told that they missed, and how far back each instance is kept."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import msgspec

from consumers.missed import LossQuestion, find_losses, sees_all, visible_to
from consumers.models import Loss
from gaterhub.consoles.found import Row
from instances.access.principal import Principal
from instances.broker import Broker, Unavailable
from instances.catalog import find
from instances.event import now_ms
from instances.groups import streams_of
from instances.streams import Head, Position, Slice
from instances.streams.position import began_ms
from instances.supervisor import ensure_home
from instances.topics import Pattern

T = TypeVar("T")

HOLES_MAX: Final = 500
"""Told at once, the newest; a follower that is too slow for hours may have missed something every second."""
STRETCHES_MAX: Final = 100
"""Whose ends are looked up in the history, two questions each."""
READ_SECONDS: Final = 5.0
_BEYOND: Final = 2**53


@dataclass(frozen=True, slots=True)
class Hole:
    """Something that a subscriber was told it missed."""

    instance: str
    stream: str
    kind: str
    """`gap`, `conflated` or `closed`."""
    reason: str
    at_ms: int
    """When it was told."""
    from_ms: int
    """When the first of what is missing was taken, as far as the history still tells; else when it was told."""
    to_ms: int
    epoch: str
    first: int | None
    last: int | None
    count: int | None
    times: int
    subscriber: str


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back an instance is kept, of what a console asks of it."""

    instance: str
    nothing_before_ms: int | None
    """Of none of its streams anything older is kept; None: everything is."""
    whole_since_ms: int | None
    """From then on every stream is whole; None: always."""


@dataclass(frozen=True, slots=True)
class Missing:
    holes: tuple[Hole, ...]
    """Oldest first."""
    more: bool
    """Whether there are older ones in the time that was asked for."""
    reach: tuple[Reach, ...]


def missing(rows: Iterable[Row], who: Principal, *, from_ms: int, to_ms: int) -> Missing:
    """Return what is missing of a time; blocks for a few seconds at most. Raises: Unavailable."""
    rows = [row for row in rows if row.kept]
    losses, more = _losses(rows, who, from_ms=from_ms, to_ms=to_ms)
    home = ensure_home()

    def ask(asked: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(asked, home.loop).result(READ_SECONDS)

    try:
        holes = ask(_holes(losses, home.broker))
        reach = ask(_reaches(rows, home.broker))
    except TimeoutError as error:
        raise Unavailable("The history did not answer in time. Try again.") from error
    return Missing(tuple(holes), more, tuple(reach))


def _losses(rows: Sequence[Row], who: Principal, *, from_ms: int, to_ms: int) -> tuple[list[Loss], bool]:
    """Return what the ledger has of that time, oldest first, as far as the caller may see it."""
    seen = visible_to(who, everything=sees_all(who)).filter(instance__in=[row.instance for row in rows])
    question = LossQuestion(from_ms=from_ms, to_ms=to_ms, order="desc")
    page = find_losses(seen, question, after=None, limit=HOLES_MAX)
    return page.rows[::-1], page.following is not None


async def _holes(losses: list[Loss], broker: Broker) -> list[Hole]:
    located = set(sorted((loss.pk for loss in losses if loss.first is not None), reverse=True)[:STRETCHES_MAX])
    spreads = await asyncio.gather(*(_spread(loss, broker, look=loss.pk in located) for loss in losses))
    return [_hole(loss, spread) for loss, spread in zip(losses, spreads, strict=True)]


def _hole(loss: Loss, spread: tuple[int, int]) -> Hole:
    return Hole(
        instance=loss.instance,
        stream=loss.stream,
        kind=loss.kind,
        reason=loss.reason,
        at_ms=_ms(loss),
        from_ms=spread[0],
        to_ms=spread[1],
        epoch=loss.epoch,
        first=loss.first,
        last=loss.last,
        count=loss.count,
        times=loss.times,
        subscriber=loss.principal,
    )


def _ms(loss: Loss) -> int:
    return round(loss.at.timestamp() * 1000)


async def _spread(loss: Loss, broker: Broker, *, look: bool) -> tuple[int, int]:
    """Return when the first and the last event of a stretch were taken, as far as they are kept."""
    at = _ms(loss)
    if not look or loss.first is None:
        return at, at
    first = await broker.read(loss.stream, Position(loss.epoch, loss.first - 1), limit=1)
    begins = _received(first.batch.events[0].wire) if first.batch is not None else None
    if loss.last is None:
        return spread_of(begins, None, told_ms=at)
    last = await broker.read_back(loss.stream, Position(loss.epoch, loss.last + 1), limit=1)
    return spread_of(begins, _received(last.batch.events[-1].wire) if last.batch is not None else None, told_ms=at)


def spread_of(begins_ms: int | None, ends_ms: int | None, *, told_ms: int) -> tuple[int, int]:
    """Return from when to when something is missing, by what is known of its ends, and when it was told."""
    begins = told_ms if begins_ms is None else min(begins_ms, told_ms)
    ends = told_ms if ends_ms is None else min(ends_ms, told_ms)
    return begins, max(begins, ends)


class _Seen(msgspec.Struct):
    received: int


_look: Final = msgspec.json.Decoder(_Seen).decode


def _received(wire: bytes) -> int:
    return _look(wire).received


async def _reaches(rows: Sequence[Row], broker: Broker) -> list[Reach]:
    return list(await asyncio.gather(*(_reach(row, broker) for row in rows)))


async def _reach(row: Row, broker: Broker) -> Reach:
    spec = find(row.instance)
    if spec.delivery.journaled:
        # Of what the journal keeps nothing is ever purged.
        return Reach(spec.name, None, None)
    streams = dict.fromkeys(stream for text in row.kept for stream in streams_of(spec, Pattern(text)))
    return reach_of(spec.name, await asyncio.gather(*(kept_since(stream, broker) for stream in streams)))


def reach_of(instance: str, since_ms: Iterable[int]) -> Reach:
    """Return the reach of an instance whose streams are kept since these moments."""
    known = list(since_ms)
    return Reach(instance, min(known), max(known)) if known else Reach(instance, None, None)


class Kept(Protocol):
    """What is asked of a broker about what it keeps."""

    async def past(self, stream: str) -> list[str]: ...

    async def read(self, stream: str, after: Position, *, limit: int) -> Slice: ...

    async def heads(self, streams: Iterable[str]) -> dict[str, Head]: ...


async def kept_since(stream: str, broker: Kept) -> int:
    """Return since when a stream is kept without a hole at its beginning, as far as the hub can know."""
    epoch = ""
    for epoch in await broker.past(stream):
        kept = await broker.read(stream, Position(epoch, 0), limit=1)
        if kept.batch is not None:
            received = _received(kept.batch.events[0].wire)
            return received if kept.batch.first > 1 else _begun(epoch, received)
    head = (await broker.heads((stream,)))[stream]
    if head.position.offset == 0:
        # Nothing ever came, so nothing of it is gone.
        return _begun(head.position.epoch, now_ms())
    return now_ms() if head.received_ms is None else head.received_ms + 1


def _begun(epoch: str, otherwise: int) -> int:
    """Return when an epoch began: what was before it, no stream remembers."""
    began = began_ms(epoch)
    return otherwise if began is None else min(began, otherwise)
