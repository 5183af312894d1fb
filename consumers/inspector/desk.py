"""The inspector's end in each process: answers the others, and has nobody connected who is banned."""

import asyncio
from functools import partial
from typing import Final

from consumers.hub import Hub
from consumers.inspector.bans import BANS
from consumers.inspector.looking import list_here, look_here
from consumers.inspector.sending_away import disconnect_here, send_away, unsubscribe_here
from instances.keeper import Keeper
from instances.office import Office

LIST: Final = "subscribers.list"
LOOK: Final = "subscribers.look"
DISCONNECT: Final = "subscribers.disconnect"
UNSUBSCRIBE: Final = "subscribers.unsubscribe"
BANNED: Final = "subscribers.banned"

REFRESH_SECONDS: Final = 2.0
"""A ban holds in every process within this time, even where its word was lost."""


class Desk:
    """One of each hub, on its loop."""

    def __init__(self, hub: Hub, office: Office) -> None:
        self._hub = hub
        self._wake = asyncio.Event()
        self._keeper: Keeper | None = None
        for verb, how in (
            (LIST, list_here),
            (LOOK, look_here),
            (DISCONNECT, disconnect_here),
            (UNSUBSCRIBE, unsubscribe_here),
        ):
            office.answer(verb, partial(how, hub))
        office.answer(BANNED, self._look_again)

    async def start(self) -> None:
        """Know who is banned before anybody is let in."""
        await BANS.refresh()
        self._keeper = Keeper("inspector's desk", self._run)

    async def stop(self) -> None:
        if self._keeper is not None:
            await self._keeper.stop()

    async def turn(self) -> None:
        """Read who is banned, and send those away who are connected all the same."""
        await BANS.refresh()
        for connection in list(self._hub.connections.values()):
            banned = None if connection.origin is None else BANS.of(connection.origin.principal)
            if banned is not None:
                send_away(connection, banned.reason)

    async def _look_again(self, body: bytes) -> None:
        self._wake.set()

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(REFRESH_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            await self.turn()
