"""All the spools that a process holds: its own, and those of the dead whose place it took."""

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from instances.access.sealing import Keyring
from instances.event import now_ms
from instances.journal.draft import Draft
from instances.journal.spool.adoption import adopt
from instances.journal.spool.folder import ProcessFolder, Sync, folder_name
from instances.journal.spool.keys import KeyMissing
from instances.journal.spool.packing import Unreadable
from instances.journal.spool.replaying import Append, Replayed
from instances.journal.spool.spool import Figures, Spool

logger = logging.getLogger(__name__)


class Spools:
    """What a process writes to while the database is out, and replays after. Any thread may call it.

    `max_bytes` bounds all of them together; `root` is the folder of all processes of this host.
    """

    def __init__(
        self,
        root: Path,
        *,
        node: str,
        keyring: Keyring,
        max_bytes: int,
        fsync: Sync = os.fsync,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._root = root
        self._keyring = keyring
        self._max_bytes = max_bytes
        self._fsync = fsync
        self._clock = clock
        folder = ProcessFolder(root / folder_name(node, os.getpid(), clock()), fsync=fsync)
        self.own: Final = Spool(folder, keyring=keyring, max_bytes=max_bytes, fsync=fsync, clock=clock)
        self.adopted: tuple[Spool, ...] = ()
        self._damages_before = 0
        self._told: set[Path] = set()

    def __bool__(self) -> bool:
        """Tell whether anything is left to be committed."""
        return bool(self.own) or any(self.adopted)

    @property
    def damages(self) -> int:
        """Places of files that could not be read as they were written, since the process began."""
        return self._damages_before + sum(spool.damages for spool in (self.own, *self.adopted))

    def write(self, instance: str, drafts: Sequence[Draft]) -> None:
        """Keep the drafts, all or none of them. Raises: SpoolFull; SpoolTimeout; OSError."""
        self.own.write(instance, drafts)

    def adopt(self) -> list[Spool]:
        """Take over what dead processes of this host left, and return it. Raises: OSError."""
        found = adopt(
            self._root, keyring=self._keyring, max_bytes=self._max_bytes, fsync=self._fsync, clock=self._clock
        )
        self.adopted = (*self.adopted, *found)
        self._count_others()
        return found

    def replay(self, append: Append) -> Replayed:
        """Commit everything, what the dead left first. One that can't be read now doesn't keep the others waiting.

        Raises: what `append` raises.
        """
        done = Replayed()
        for spool in self.adopted:
            done = done + self._replay(spool, append)
            if not spool:
                self._release(spool)
        return done + self._replay(self.own, append)

    def figures(self) -> Figures:
        """Return what all of them hold together."""
        each = [spool.figures() for spool in (self.own, *self.adopted)]
        return Figures(
            events=sum(one.events for one in each),
            bytes=sum(one.bytes for one in each),
            oldest_ms=min((one.oldest_ms for one in each if one.oldest_ms is not None), default=None),
        )

    def close(self) -> None:
        """Let go of all; what is left in them can be adopted."""
        for spool in (self.own, *self.adopted):
            spool.close()

    def _replay(self, spool: Spool, append: Append) -> Replayed:
        try:
            return spool.replay(append)
        except (KeyMissing, Unreadable, OSError) as error:
            if spool.folder.path not in self._told:
                self._told.add(spool.folder.path)
                logger.error("The spool %s can't be read now, and is kept: %s", spool.folder.path, error)
            return Replayed()

    def _release(self, spool: Spool) -> None:
        spool.close()
        self._damages_before += spool.damages
        self.adopted = tuple(each for each in self.adopted if each is not spool)
        self._count_others()

    def _count_others(self) -> None:
        self.own.others_bytes = sum(spool.figures().bytes for spool in self.adopted)
