"""All the spools that a process holds: its own, and those of the dead whose place it took."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
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
from instances.journal.spool.room import Room
from instances.journal.spool.spool import Figures, Spool

logger = logging.getLogger(__name__)

UNREADABLE_SECONDS: Final = 60.0
"""How long after a failure to read a spool it is tried again."""


class Spools:
    """What a process writes to while the database is out, and replays after. Any thread may call it.

    `root` is the folder of all processes of this host; `max_bytes` bounds all that this one holds, adopted or its own.
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
        self.folder: Final = ProcessFolder(root / folder_name(node, os.getpid(), clock()), fsync=fsync)
        self._root = root
        self._keyring = keyring
        self._room = Room(max_bytes)
        self._fsync = fsync
        self._clock = clock
        self._lock = threading.Lock()
        self._own: dict[str, Spool] = {}
        self._adopted: list[Spool] = []
        self._damages_before = 0
        self._unreadable: dict[Spool, float] = {}

    @property
    def damages(self) -> int:
        """Places of files that could not be read as they were written, since the process began."""
        return self._damages_before + sum(spool.damages for spool in self._all())

    def waits(self, instance: str) -> bool:
        """Tell whether anything of the instance is left that can be committed."""
        return any(True for _ in self._waiting(instance))

    def write(self, instance: str, drafts: Sequence[Draft]) -> None:
        """Keep the drafts, all or none of them. Raises: SpoolFull; SpoolTimeout; OSError."""
        self._own_of(instance).write(drafts)

    def adopt(self) -> list[ProcessFolder]:
        """Take over what dead processes of this host left, and return their folders. Raises: OSError."""
        found = adopt(self._root, fsync=self._fsync)
        spools = [self._spool(folder, instance) for folder in found for instance in folder.instances()]
        with self._lock:
            self._adopted += spools
        return found

    def release(self, folder: ProcessFolder) -> None:
        """Let go of an adopted folder of which nothing is waited for any more."""
        if not any(spool.folder is folder for spool in self._adopted):
            folder.let_go()

    def replay_some(self, instance: str, append: Append) -> Replayed | None:
        """Commit one group of the instance's, what the dead left first; None where nothing can be replayed.

        A spool that can't be read now is told once, and doesn't keep the others waiting. Raises: what `append` raises.
        """
        for spool in self._waiting(instance):
            try:
                done = spool.replay_some(append)
            except (KeyMissing, Unreadable, OSError) as error:
                self._complain(spool, error)
                continue
            if not spool:
                self._let_go(spool)
            return done
        return None

    def figures(self) -> Figures:
        """Return what all of them hold together."""
        each = [spool.figures() for spool in self._all()]
        return Figures(
            events=sum(one.events for one in each),
            bytes=sum(one.bytes for one in each),
            oldest_ms=min((one.oldest_ms for one in each if one.oldest_ms is not None), default=None),
        )

    def close(self) -> None:
        """Let go of all; what is left in them can be adopted."""
        spools = list(self._all())
        for spool in spools:
            spool.close()
        for folder in {self.folder, *(spool.folder for spool in spools)}:
            folder.let_go()

    def _all(self) -> Iterator[Spool]:
        with self._lock:
            spools = [*self._adopted, *self._own.values()]
        yield from spools

    def _waiting(self, instance: str) -> Iterator[Spool]:
        now = time.monotonic()
        for spool in self._all():
            if spool.instance == instance and spool and self._unreadable.get(spool, now) <= now:
                yield spool

    def _own_of(self, instance: str) -> Spool:
        with self._lock:
            found = self._own.get(instance)
            if found is None:
                found = self._own[instance] = self._spool(self.folder, instance)
            return found

    def _spool(self, folder: ProcessFolder, instance: str) -> Spool:
        return Spool(folder, instance, keyring=self._keyring, room=self._room, fsync=self._fsync, clock=self._clock)

    def _let_go(self, spool: Spool) -> None:
        """Forget an adopted spool that is empty."""
        with self._lock:
            if spool not in self._adopted:
                return
            self._adopted.remove(spool)
            self._damages_before += spool.damages
        spool.close()
        self.release(spool.folder)

    def _complain(self, spool: Spool, error: Exception) -> None:
        if spool not in self._unreadable:
            logger.error("The spool %s can't be read now, and is kept: %s", spool.folder.path, error)
        # Nobody's events wait for it meanwhile: they are committed, before those that it holds.
        self._unreadable[spool] = time.monotonic() + UNREADABLE_SECONDS
