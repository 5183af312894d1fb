"""Records the highest rates: every serving process gathers, and the one that holds the lease writes."""

import asyncio
import logging
import os
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import Error, close_old_connections
from django.utils import timezone

from gaterhub.capacity.gathering import Gathered, Gathering
from gaterhub.capacity.writing import LEASE, write
from gaterhub.models import Lease
from instances.ending import end
from instances.keeper import Keeper

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
FIRST_SECONDS: Final = 2.0
"""A new process takes its place soon, so that nobody reads that none records."""
WRITE_SECONDS: Final = 10.0
STOP_SECONDS: Final = 3.0
"""For the last writing of a process that ends; a database that hangs must not keep it."""


class Recorder:
    """One for each serving process, on the loop of its instances. The database is written to by a thread."""

    def __init__(
        self,
        *,
        gathering: Gathering | None = None,
        holder: str | None = None,
        now: Callable[[], datetime] = timezone.now,
    ) -> None:
        self.records = False
        """Whether this process is the one that writes."""
        self._gathering = gathering or Gathering()
        self._holder = holder or f"{settings.GATERHUB_NODE}-{os.getpid()}"
        self._now = now
        self._keepers: list[Keeper] = []

    def start(self) -> None:
        self._keepers = [
            Keeper("gathering of peak rates", self._gather),
            Keeper("recorder of peak rates", self._record),
        ]

    async def stop(self) -> None:
        """Write what is left, and let another process go on at once."""
        keepers, self._keepers = self._keepers, []
        for keeper in keepers:
            await keeper.stop()
        last = asyncio.create_task(asyncio.to_thread(self._write_last, self._gathering.gathered()))
        await asyncio.wait({last}, timeout=STOP_SECONDS)
        await end(last)

    async def turn(self) -> None:
        """Write once. While the database is out, everything is kept for the next time, and 24 hours at most."""
        gathered = self._gathering.gathered()
        if await asyncio.to_thread(self._write, gathered):
            written = [hour.hour for each in gathered for hour in each.hours]
            # The newest hour goes on, and may have been read again meanwhile.
            self._gathering.forget_before(max(written, default=0))

    async def _gather(self) -> None:
        while True:
            self._gathering.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def _record(self) -> None:
        await asyncio.sleep(FIRST_SECONDS)
        while True:
            await self.turn()
            await asyncio.sleep(WRITE_SECONDS)

    def _write(self, gathered: list[Gathered]) -> bool:
        """Write on a thread of its own; whatever fails is logged, and told by False."""
        close_old_connections()
        try:
            self.records = write(gathered, holder=self._holder, at=self._now())
        except Error as error:
            self.records = False
            logger.warning("Peak rates could not be written, and are kept: %s", error)
        except Exception:
            self.records = False
            logger.exception("Peak rates could not be written, and are kept.")
        finally:
            close_old_connections()
        return self.records

    def _write_last(self, gathered: list[Gathered]) -> None:
        if self._write(gathered):
            try:
                Lease.objects.give_back(LEASE, holder=self._holder)
            except Error as error:
                logger.warning("The lease of the peak rates was not given back, and ends by itself: %s", error)
            finally:
                close_old_connections()
