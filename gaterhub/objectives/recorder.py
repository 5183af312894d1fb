"""Counts good and bad events: every serving process stands by, and the one that holds the lease follows and writes."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import Error, close_old_connections
from django.utils import timezone

from gaterhub.models import Lease
from gaterhub.objectives.following import Follower
from gaterhub.objectives.progress import Known, Progress
from gaterhub.objectives.writing import LEASE, write
from instances.broker import Broker, Unavailable
from instances.ending import end
from instances.keeper import Keeper
from instances.process import process_name
from instances.supervisor import home

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
"""A firehose at 10,000 events a second keeps two seconds of history."""
FIRST_SECONDS: Final = 1.0
"""A process that has just started has other things to do."""
WRITE_SECONDS: Final = 10.0
STOP_SECONDS: Final = 3.0
"""For the last writing of a process that ends; a database that hangs must not keep it."""


class Recorder:
    """One for each serving process, on the loop of its instances. The database is written to by a thread."""

    def __init__(
        self,
        *,
        follower: Follower | None = None,
        broker: Callable[[], Broker | None] | None = None,
        holder: str | None = None,
        now: Callable[[], datetime] = timezone.now,
    ) -> None:
        self.records = False
        """Whether this process is the one that counts."""
        self._follower = follower or Follower()
        self._broker = broker or _broker_here
        self._holder = holder or process_name()
        self._now = now
        self._keeper: Keeper | None = None
        self._writing: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._keeper = Keeper("recorder of objectives", self._record)

    async def stop(self) -> None:
        """Count and write what is left, and let another process go on at once."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            await keeper.stop()
        last = asyncio.create_task(self._finish())
        await asyncio.wait({last}, timeout=STOP_SECONDS)
        await end(last)

    async def look(self) -> None:
        """Count what came since the last look; while the broker is out, nothing is counted and nothing covered."""
        broker = self._broker()
        if self.records and broker is not None:
            try:
                await self._follower.look(broker)
            except Unavailable:
                # Who publishes is told; the time that nobody could look is found at the next look.
                return

    async def turn(self) -> None:
        """Write once. While the database is out, what was counted is kept for the next time."""
        taken = self._follower.take()
        try:
            known = await asyncio.to_thread(self._write, taken)
        except Error as error:
            self._follower.give_back(taken)
            logger.warning("Counts of objectives could not be written, and are kept: %s", error)
            return
        except BaseException:
            self._follower.give_back(taken)
            raise
        self.records = known is not None
        if known is None:
            self._follower.forget()
        else:
            self._follower.adopt(known)

    async def _record(self) -> None:
        """Look once a second; a database that hangs delays the next writing, and no look."""
        await asyncio.sleep(FIRST_SECONDS)
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            if self._writing is not None and self._writing.done():
                writing, self._writing = self._writing, None
                await writing
            if self._writing is None and clock() >= due:
                due = clock() + WRITE_SECONDS
                self._writing = asyncio.create_task(self.turn(), name="writing of objectives")
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def _finish(self) -> None:
        if self._writing is not None:
            await asyncio.wait({self._writing})
            self._writing = None
        if self.records:
            await self.look()
            await self.turn()
            await asyncio.to_thread(self._give_back)

    def _write(self, taken: list[Progress]) -> list[Known] | None:
        close_old_connections()
        try:
            return write(taken, holder=self._holder, at=self._now())
        finally:
            close_old_connections()

    def _give_back(self) -> None:
        try:
            Lease.objects.give_back(LEASE, holder=self._holder)
        except Error as error:
            logger.warning("The lease of the objectives was not given back, and ends by itself: %s", error)
        finally:
            close_old_connections()


def _broker_here() -> Broker | None:
    here = home()
    return None if here is None else here.broker
