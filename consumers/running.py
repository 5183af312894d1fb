"""The hub of this process: started once, shared by all who need it, and ended."""

import asyncio
from functools import partial
from typing import Final

from consumers.books import SEEN, keep_books, write_books
from consumers.explorer.listening import LISTENERS, listeners_here
from consumers.explorer.steps import watch
from consumers.figures import Told
from consumers.hub import Hub
from consumers.inspector.desk import Desk
from consumers.seen.recordings import Recordings
from instances.ending import end
from instances.supervisor import start_instances, stop_instances

PRESENT: Final = "presence.list"

_hub: Hub | None = None
_desk: Desk | None = None
_books: asyncio.Task[None] | None = None


async def start_hub() -> Hub:
    """Return the hub of this process, started on the running loop if it isn't yet."""
    global _hub, _books, _desk
    here = await start_instances()
    if _hub is None:
        hub = _hub = Hub(here.broker, recordings=Recordings(SEEN))
        _books = asyncio.create_task(keep_books(), name="books")
        _desk = Desk(hub, here.office)
        here.office.answer(PRESENT, hub.presence.tell)
        await _desk.start()
        watch(hub.connections)
        here.office.answer(LISTENERS, partial(listeners_here, hub))
        return hub
    return _hub


async def stop_hub() -> None:
    """End the hub and the instances of this process."""
    global _hub, _books, _desk
    desk, _desk = _desk, None
    ending, _hub = _hub, None
    books, _books = _books, None
    if desk is not None:
        await desk.stop()
    if ending is not None:
        await ending.stop()
    if books is not None:
        await end(books)
        await asyncio.to_thread(write_books)
    await stop_instances()


def current_hub() -> Hub | None:
    """Return the hub of this process, or None where none runs."""
    return _hub


def processes() -> list[Told]:
    """Return what every process of the hub last told of itself, empty where no hub runs in this one."""
    return [] if _hub is None else _hub.exchange.told()
