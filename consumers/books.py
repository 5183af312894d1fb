"""What the hub's connections leave to the database, written apart from the hub, which never waits for it."""

import asyncio
import logging
from typing import Final

from django.db import Error, close_old_connections

from consumers.durable import Durables
from consumers.ledger import Ledger
from consumers.seen.book import SeenBook

logger = logging.getLogger(__name__)

EVERY_SECONDS: Final = 1.0

DURABLES: Final = Durables()
LEDGER: Final = Ledger()
SEEN: Final = SeenBook()


async def keep_books() -> None:
    """Write once a second, on a thread, until cancelled."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        await asyncio.to_thread(write_books)


def write_books() -> None:
    """Write what waits; blocks on the database. While that is out, everything is kept for the next time."""
    close_old_connections()
    try:
        # Each on its own: what keeps one from being written must not keep the other.
        for flush, what in ((DURABLES.flush, "acknowledged"), (LEDGER.flush, "missed"), (SEEN.flush, "saw")):
            try:
                flush()
            except Error as error:
                logger.warning("What subscribers %s could not be written, and is kept: %s", what, error)
            except Exception:
                # The books are kept by one task, which would end, and nothing would be written any more.
                logger.exception("What subscribers %s could not be written, and is kept.", what)
    finally:
        close_old_connections()
