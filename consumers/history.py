"""Reading what streams keep: once, however many subscribers of this process ask for the same."""

import asyncio
from collections import OrderedDict
from typing import Final

from consumers.cursor import after
from instances.broker import Broker
from instances.streams import Position, Slice
from instances.streams.contract import PAGE_EVENTS

CACHED_PAGES: Final = 64
"""Full pages never change; so many are kept for those who resume at the same time."""
CACHED_BYTES_MAX: Final = 16 * 1024 * 1024
CACHED_SECONDS: Final = 10.0
"""What is purged from the streams is gone here, too, after so long."""

_Key = tuple[str, str, int]
"""Stream, epoch, and the offset after which is read."""


class History:
    """One for each process, on the hub's loop."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._pages: OrderedDict[_Key, tuple[Slice, int]] = OrderedDict()
        self._bytes = 0
        self._asked: dict[_Key, asyncio.Task[Slice]] = {}

    async def after(self, stream: str, position: Position) -> Slice:
        """Return kept events that follow the position, about a page of them. Raises: Unavailable."""
        key = stream, position.epoch, position.offset // PAGE_EVENTS * PAGE_EVENTS
        cached = self._pages.get(key)
        if cached is not None:
            self._pages.move_to_end(key)
            kept = cached[0]
        else:
            kept = await self._ask(key)
            if kept.batch is not None and kept.batch.last <= position.offset and kept.batch.last != kept.end:
                # Large events: what was read of the page ends before the position.
                kept = await self._ask((stream, position.epoch, position.offset))
        batch = kept.batch
        if batch is None or batch.first > position.offset:
            return kept
        rest = after(batch, position.offset) if batch.last > position.offset else None
        return Slice(rest, kept.oldest, kept.end, kept.following)

    async def _ask(self, key: _Key) -> Slice:
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(self._read(key), name="history page")
            task.add_done_callback(lambda _: self._asked.pop(key, None))
        return await asyncio.shield(task)

    async def _read(self, key: _Key) -> Slice:
        stream, epoch, start = key
        kept = await self._broker.read(stream, Position(epoch, start), limit=PAGE_EVENTS)
        batch = kept.batch
        # A page that others will ask for, and that never changes.
        if start % PAGE_EVENTS == 0 and batch and batch.first == start + 1 and len(batch.events) == PAGE_EVENTS:
            self._keep(key, kept, sum(len(event.wire) for event in batch.events))
        return kept

    def _keep(self, key: _Key, kept: Slice, size: int) -> None:
        self._drop(key)
        self._pages[key] = kept, size
        self._bytes += size
        asyncio.get_running_loop().call_later(CACHED_SECONDS, self._drop, key, kept)
        while len(self._pages) > CACHED_PAGES or (self._bytes > CACHED_BYTES_MAX and len(self._pages) > 1):
            _, (_, freed) = self._pages.popitem(last=False)
            self._bytes -= freed

    def _drop(self, key: _Key, kept: Slice | None = None) -> None:
        """Forget a page; where it is named, only if it is still that one."""
        cached = self._pages.get(key)
        if cached is not None and (kept is None or cached[0] is kept):
            del self._pages[key]
            self._bytes -= cached[1]
