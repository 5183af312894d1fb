"""The journal as readers see it: the third of the adapters that keep streams, whose events the sequencer numbered."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connections

from instances.batch import Batch
from instances.breaker import CircuitBreaker
from instances.broker import Unavailable
from instances.catalog import find
from instances.groups import instance_of
from instances.journal.models import JournalHead, StreamHead, entry_model
from instances.journal.reading import ROW, carried
from instances.journal.router import ALIAS
from instances.spec import InstanceSpec
from instances.streams import Head, Position, Slice
from instances.streams.contract import PAGE_EVENTS

logger = logging.getLogger(__name__)

T = TypeVar("T")

TIMEOUT_SECONDS: Final = 2.0
THREADS: Final = 3
"""Readers of one process at the same time; the pages that many ask for are read once (`consumers.history`)."""
READ_BYTES: Final = 1024 * 1024
"""Enough, however few events that is."""


class JournalStreams:
    """Reads what is numbered, on threads of its own; any position since the first entry can be gone on from."""

    def __init__(self, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self.breaker = CircuitBreaker(on_change=lambda state: logger.warning("The way to the journal is %s.", state))
        self._timeout_seconds = timeout_seconds
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="journal-reader")

    async def heads(self, streams: Iterable[str]) -> dict[str, Head]:
        """Return where each stream ends. Raises: Unavailable."""
        names = list(streams)
        return await self._ask(lambda: _heads(names))

    async def read(self, stream: str, after: Position, *, limit: int = PAGE_EVENTS) -> Slice:
        """Return entries after a position. Raises: Unavailable."""
        return await self._ask(lambda: _slice(stream, after.epoch, after.offset + 1, limit, back=False))

    async def read_back(self, stream: str, before: Position, *, limit: int = PAGE_EVENTS) -> Slice:
        """Return entries right before a position. Raises: Unavailable."""
        return await self._ask(lambda: _slice(stream, before.epoch, before.offset - 1, limit, back=True))

    async def past(self, stream: str) -> list[str]:
        """Return the epochs of the stream: the journal has one, and keeps it. Raises: Unavailable."""
        return await self._ask(lambda: [_epoch(find(instance_of(stream)))])

    async def close(self) -> None:
        """Let the threads end, and their connections with them."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, question: Callable[[], T]) -> T:
        if not self.breaker.allows():
            raise Unavailable("The journal could not be read a moment ago; it is tried again within a second.")
        try:
            async with asyncio.timeout(self._timeout_seconds):
                answer = await asyncio.get_running_loop().run_in_executor(self._threads, _on_a_connection, question)
        except (DatabaseError, InterfaceError, TimeoutError) as error:
            self.breaker.failed()
            raise Unavailable(f"The journal can't be read ({error or type(error).__name__}).") from error
        except BaseException:
            # Such as a cancellation, because a client went away.
            self.breaker.left()
            raise
        self.breaker.succeeded()
        return answer


def _on_a_connection(question: Callable[[], T]) -> T:
    """Ask on this thread's connection; one that the server closed meanwhile is made anew once."""
    connection = connections[ALIAS]
    fresh = connection.connection is None
    try:
        try:
            return question()
        except (OperationalError, InterfaceError):
            connection.close()
            if fresh:
                raise
            return question()
    except (OperationalError, InterfaceError):
        connection.close()
        raise


def _epoch(spec: InstanceSpec) -> str:
    return JournalHead.objects.using(ALIAS).values_list("epoch", flat=True).get(instance=spec.name)


def _heads(names: Sequence[str]) -> dict[str, Head]:
    epochs = dict(JournalHead.objects.using(ALIAS).values_list("instance", "epoch"))
    found = {head.stream: head for head in StreamHead.objects.using(ALIAS).filter(stream__in=names)}
    heads = {}
    for name in names:
        epoch, head = epochs[instance_of(name)], found.get(name)
        heads[name] = (
            Head(Position(epoch, 0), None, None, None)
            if head is None
            else Head(Position(epoch, head.offset), head.received_ms, head.topic, head.event_type)
        )
    return heads


def _slice(stream: str, epoch: str, edge: int, limit: int, *, back: bool) -> Slice:
    """Read from the edge on, forwards or backwards, and no more than is worth to hold at once."""
    spec = find(instance_of(stream))
    present = _epoch(spec)
    if epoch != present:
        return Slice(None, 1, None, present)
    end = StreamHead.objects.using(ALIAS).filter(stream=stream).values_list("offset", flat=True).first() or 0
    entries = entry_model(spec)._base_manager.using(ALIAS).filter(stream=stream)
    oldest = entries.filter(offset__isnull=False).order_by("offset").values_list("offset", flat=True).first() or end + 1
    chosen = entries.filter(offset__lte=edge) if back else entries.filter(offset__gte=edge)
    rows = list(chosen.order_by("-offset" if back else "offset").values_list(*ROW)[:limit])
    rows = _bounded(rows)
    if back:
        rows.reverse()
    # An entry that was numbered after the head was read belongs to the next page.
    rows = [row for row in rows if row[3] <= end]
    if not rows:
        return Slice(None, oldest, end, None)
    return Slice(Batch(stream, epoch, rows[0][3], carried(spec, epoch, rows, using=ALIAS)), oldest, end, None)


def _bounded(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the first rows, as many as are enough."""
    size = 0
    for number, row in enumerate(rows):
        size += len(row[-1])
        if size > READ_BYTES and number:
            return rows[:number]
    return rows
