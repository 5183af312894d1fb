"""A moment for those who read, when more came at once than their mailboxes hold."""

import asyncio
from collections import Counter
from typing import Final

from consumers.connection import Connection
from consumers.mailbox import MAILBOX_MAX_BYTES

PRESSED_BYTES: Final = MAILBOX_MAX_BYTES // 2
BREATH_SECONDS: Final = 0.002
STALLED_BREATHS: Final = 5
"""Whoever takes nothing in so many breaths isn't reading."""


class Breath:
    """One for each instance: its pump draws breath after every batch."""

    def __init__(self) -> None:
        self._pressed: set[Connection] = set()
        """Whose mailbox the last batches have filled to more than half."""

    def press(self, connection: Connection) -> None:
        """Look whether a connection that was given something is pressed."""
        if connection.mailbox.size > PRESSED_BYTES:
            self._pressed.add(connection)

    async def draw(self) -> None:
        """Let the others have their turn, and those who read the time to read what came all at once.

        A batch of 4 MiB is several mailboxes full, and arrives quicker than any socket takes it: nobody is a slow
        consumer for that. So the instance's pump waits, as long as the pressed connections get on, but no longer
        than each has grace. One that doesn't get on at all has none, until its mailbox is empty again.
        """
        await asyncio.sleep(0)
        sizes = {connection: connection.mailbox.size for connection in self._pressed if connection.grace_seconds > 0}
        self._pressed.clear()
        stalled: Counter[Connection] = Counter()
        clock = asyncio.get_running_loop().time
        while sizes:
            started = clock()
            await asyncio.sleep(BREATH_SECONDS)
            spent = clock() - started
            for connection, before in list(sizes.items()):
                size = sizes[connection] = connection.mailbox.size
                stalled[connection] = stalled[connection] + 1 if size >= before else 0
                connection.grace_seconds -= spent
                if stalled[connection] > STALLED_BREATHS:
                    connection.grace_seconds = 0.0
                if size <= PRESSED_BYTES or connection.grace_seconds <= 0:
                    del sizes[connection]
