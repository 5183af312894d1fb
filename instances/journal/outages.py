"""Times in which evidence could be kept nowhere: remembered while they last, and told in the journal after."""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from copy import copy
from typing import Final

import msgspec

from instances.event import now_ms
from instances.journal.gap import Gap
from instances.journal.spool.disk import DiskThread
from instances.journal.spool.folder import ProcessFolder, Sync

logger = logging.getLogger(__name__)

STATE: Final = "outages.json"
_CAUSE_MAX: Final = 1_000
_APART_SECONDS: Final = 10.0
"""A gap that opens again within this time goes on, or a spool at its bound would make one of every large event."""
_SAVE_SECONDS: Final = 1.0
"""Between two savings of a number that grows: a process that is killed may tell so much less than it refused."""

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(list[Gap]).decode


class Outages:
    """The gaps of one process. Any thread may call it; nothing here waits for a disk, or raises for one.

    `process` is this process's name; `folder` where a copy is kept, so that the next process can tell what this one
    didn't come to; `clock` tells milliseconds since 1970.
    """

    def __init__(
        self,
        process: str,
        *,
        folder: ProcessFolder,
        clock: Callable[[], int] = now_ms,
        fsync: Sync = os.fsync,
    ) -> None:
        self._process = process
        self._folder = folder
        self._clock = clock
        self._fsync = fsync
        self._lock = threading.Lock()
        self._disk_lock = threading.Lock()
        self._open: dict[str, Gap] = {}
        self._closed: list[Gap] = []
        self._telling: list[Gap] = []
        self._disk = DiskThread(f"outages of {process}")
        self._saving = False
        self._saved_at = float("-inf")
        self._complained = False

    def waits(self, instance: str) -> bool:
        """Tell whether a gap of the instance is over and not told yet."""
        return any(gap.instance == instance for gap in (*self._closed, *self._telling))

    @property
    def open(self) -> Sequence[Gap]:
        """Those that last."""
        with self._lock:
            return list(self._open.values())

    def refused(self, instance: str, count: int, cause: str) -> None:
        """Take down that so many events could not be kept. The first opens the gap, and its cause is the gap's."""
        now = self._clock()
        with self._lock:
            gap = self._open.get(instance)
            opened = gap is None
            if gap is None:
                gap = self._open[instance] = self._reopened(instance, now) or Gap(
                    instance, self._process, began_ms=now, cause=cause[:_CAUSE_MAX]
                )
            gap.refused += count
        if opened:
            logger.error("Events of %s can't be kept, neither in the database nor in the spool: %s", instance, cause)
        self._save(soon=opened)

    def mended(self, instance: str | None = None) -> None:
        """Close the gap of that instance, or all of them: its events are kept again."""
        if not self._open:
            return
        now = self._clock()
        with self._lock:
            names = list(self._open) if instance is None else [instance]
            closing = [self._open.pop(name) for name in names if name in self._open]
            for gap in closing:
                # A clock that was set back meanwhile must not make a gap that ends before it begins.
                gap.ended_ms = max(now, gap.began_ms)
            self._closed += closing
        for gap in closing:
            logger.warning("Events of %s are kept again; %d were refused meanwhile.", gap.instance, gap.refused)
        if closing:
            self._save(soon=True)

    def inherit(self, folder: ProcessFolder) -> None:
        """Take over the gaps that a dead process did not come to tell. Its open ones end now, which is no too early."""
        path = folder.path / STATE
        try:
            gaps = _decode(path.read_bytes())
        except FileNotFoundError:
            return
        except msgspec.DecodeError as error:
            moved = folder.set_aside(path, why="damaged")
            logger.error("The gaps of a dead process can't be read, and are kept as %s: %s", moved, error)
            return
        except OSError as error:
            logger.error("The gaps of a dead process in %s can't be read now: %s", path, error)
            return
        now = self._clock()
        for gap in gaps:
            if gap.ended_ms is None:
                gap.ended_ms = max(now, gap.began_ms)
        with self._lock:
            self._closed += gaps
        try:
            self._write(self._said())
            path.unlink()
        except OSError as error:
            # They are told from memory, and by the next process once more, which the journal knows by their ids.
            logger.warning("The gaps of a dead process stay in %s: %s", path, error)

    def tell(self, instance: str, write: Callable[[Gap], None]) -> int:
        """Write down the gaps of an instance, and forget those that are over; return how many were.

        Raises: what `write` raises for a database that is out; the rest is then told the next time.
        """
        with self._lock:
            lasting = [copy(gap) for gap in self._open.values() if gap.instance == instance]
            over = [gap for gap in self._closed if gap.instance == instance]
            # What is being told doesn't open again: its end is on record.
            self._closed = [gap for gap in self._closed if gap.instance != instance]
            self._telling += over
        told = []
        try:
            for gap in (*lasting, *over):
                write(gap)
                told.append(gap)
        finally:
            with self._lock:
                self._telling = [gap for gap in self._telling if gap not in over]
                self._closed += [gap for gap in over if gap not in told]
        if over:
            self._save(soon=True)
        return len(over)

    def close(self) -> None:
        self._disk.stop()

    def _save(self, *, soon: bool) -> None:
        """Have the copy written, at once or when the last one has grown old."""
        with self._lock:
            if self._saving or not (soon or time.monotonic() - self._saved_at >= _SAVE_SECONDS):
                return
            self._saving = True
        self._disk.post(self._save_now)

    def _save_now(self) -> None:
        with self._lock:
            # What changes from here on is saved by whoever changes it.
            self._saving = False
            self._saved_at = time.monotonic()
        try:
            self._write(self._said())
            self._complained = False
        except OSError as error:
            if not self._complained:
                self._complained = True
                logger.warning("That evidence was refused is remembered in memory alone: %s", error)

    def _said(self) -> bytes | None:
        """Return what the copy is to hold; None: nothing."""
        with self._lock:
            gaps = [*self._telling, *self._closed, *self._open.values()]
            return _encode(gaps) if gaps else None

    def _write(self, said: bytes | None) -> None:
        path = self._folder.path / STATE
        with self._disk_lock:
            if said is None:
                path.unlink(missing_ok=True)
                return
            self._folder.ensure()
            new = path.with_suffix(".new")
            with new.open("wb") as file:
                file.write(said)
                file.flush()
                self._fsync(file.fileno())
            new.rename(path)
            self._folder.sync_names()

    def _reopened(self, instance: str, now: int) -> Gap | None:
        """Return the gap that closed a moment ago, if so, to go on."""
        for gap in self._closed:
            lately = gap.ended_ms is not None and now - gap.ended_ms < _APART_SECONDS * 1_000
            if gap.instance == instance and gap.process == self._process and lately:
                self._closed.remove(gap)
                gap.ended_ms = None
                return gap
        return None
