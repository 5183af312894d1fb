"""Where evidence is kept while the database is out: on the local disk, in order, until it is committed."""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from instances.access.sealing import Keyring
from instances.event import now_ms
from instances.journal.draft import Draft
from instances.journal.spool.disk import TIMEOUT_SECONDS, DiskThread
from instances.journal.spool.folder import ProcessFolder, Sync
from instances.journal.spool.keys import SpoolKeys
from instances.journal.spool.packing import Spooled, packed, unpacked
from instances.journal.spool.reading import Chain, Damage, headers, scan
from instances.journal.spool.replaying import Append, Replayed, commit
from instances.journal.spool.writer import Payload, Segment, SegmentWriter, SpoolFull

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a spool holds that is not committed yet."""

    events: int
    bytes: int
    oldest_ms: int | None
    """When its oldest record was written; None where it is empty."""


@dataclass(slots=True, eq=False)
class _Write:
    payload: Payload
    error: OSError | None = field(default_factory=lambda: OSError("The spool did not come to write it."))
    """Why it is not kept; None once it is."""


class Spool:
    """The records of one process. Any thread may call it.

    `max_bytes` bounds all of its files; `fsync` is called with every descriptor that has to be on the disk; `clock`
    tells milliseconds since 1970.
    """

    def __init__(
        self,
        folder: Path | ProcessFolder,
        *,
        keyring: Keyring,
        max_bytes: int,
        fsync: Sync = os.fsync,
        clock: Callable[[], int] = now_ms,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self.folder: Final = folder if isinstance(folder, ProcessFolder) else ProcessFolder(folder, fsync=fsync)
        self.max_bytes: Final = max_bytes
        self.others_bytes = 0
        """What this process holds in other spools, which counts against the same bound."""
        self.damages = 0
        """Places of its files that could not be read as they were written."""
        self._keys = SpoolKeys(keyring)
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._disk = DiskThread(f"spool {self.folder.path.name}")
        self._writer = SegmentWriter(self.folder, self._keys, fsync=fsync)
        self._chain = Chain()
        self._lock = threading.Lock()
        self._replaying = threading.Lock()
        self._waiting: list[_Write] = []
        self._segments: list[Segment] = []
        if self.folder.held:
            self._segments = [_measured(path) for path in self.folder.segments()]

    def __bool__(self) -> bool:
        """Tell whether anything is left to be committed."""
        return bool(self._segments)

    def write(self, instance: str, drafts: Sequence[Draft]) -> None:
        """Keep the drafts, all or none of them; when this returns, they are on the disk.

        What other threads write meanwhile is brought there by the same sync.
        Raises: SpoolFull; SpoolTimeout, after which it is unknown whether they are kept; OSError.
        """
        write = _Write(Payload(packed(instance, drafts), len(drafts), self._clock()))
        with self._lock:
            self._waiting.append(write)
        try:
            self._disk.run(self._write_waiting, timeout_seconds=self._timeout_seconds)
        except OSError:
            with self._lock:
                if write in self._waiting:
                    self._waiting.remove(write)
            raise
        if write.error is not None:
            raise write.error

    def records(self) -> Iterator[Spooled]:
        """Yield what can be read, in the order of writing. Raises: OSError; KeyMissing; Unreadable."""
        chain = copy(self._chain)
        for segment in self._closed():
            yield from self._read(segment, chain).records

    def replay(self, append: Append) -> Replayed:
        """Commit all that is kept, in the order of writing, and let go of what is committed.

        1. The segment that is written to is ended; what comes next goes into a new one.
        2. The oldest segment is read, and its records are committed in groups.
        3. The segment is removed; set aside and told where it is damaged or holds what the database won't take.
        4. On with the next, until none is left.

        After a crash between 2 and 3 the segment is committed again, which `append` knows by the ids.
        Raises: what `append` raises; OSError; KeyMissing; Unreadable. What is not committed stays.
        """
        done = Replayed()
        with self._replaying:
            for segment in self._closed():
                chain = copy(self._chain)
                seen = self._read(segment, chain)
                here = commit(seen.records, append)
                self._remove(seen, here)
                self._chain = chain
                done = done + here
        return done

    def figures(self) -> Figures:
        with self._lock:
            oldest = [each.oldest_ms for each in self._segments if each.oldest_ms is not None]
            return Figures(
                events=sum(each.events for each in self._segments),
                bytes=sum(each.size for each in self._segments),
                oldest_ms=min(oldest, default=None),
            )

    def close(self) -> None:
        """Stop writing. What is left can be adopted by another process; an empty folder is removed."""
        with suppress(OSError):
            self._disk.run(self._writer.cut, timeout_seconds=self._timeout_seconds)
        self._disk.stop()
        self.folder.let_go()

    def _write_waiting(self) -> None:
        """Write all that waits with one sync; runs on the disk's thread."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            used = sum(each.size for each in self._segments) + self.others_bytes
        fitting: list[_Write] = []
        for write in waiting:
            needed = write.payload.record_bytes
            if used + needed > self.max_bytes:
                write.error = SpoolFull(used_bytes=used, needed_bytes=needed, max_bytes=self.max_bytes)
            else:
                used += needed
                fitting.append(write)
        if not fitting:
            return
        try:
            segment = self._writer.append([write.payload for write in fitting])
        except OSError as error:
            for write in fitting:
                write.error = error
            return
        with self._lock:
            if segment not in self._segments:
                self._segments.append(segment)
        for write in fitting:
            write.error = None

    def _closed(self) -> list[Segment]:
        """End the segment that is written to, and return all that there are, oldest first. Raises: OSError."""
        return self._disk.run(self._end_segment, timeout_seconds=self._timeout_seconds) if self._segments else []

    def _end_segment(self) -> list[Segment]:
        # Both at once, on the thread that writes: a segment begun in between would be removed while it is written to.
        self._writer.cut()
        with self._lock:
            return list(self._segments)

    def _read(self, segment: Segment, chain: Chain) -> "_Read":
        seen = scan(segment.path.read_bytes(), self._keys, chain)
        records = [unpacked(each.payload, written_ms=each.header.written_ms) for each in seen.found]
        return _Read(segment, records, seen.damages, seen.torn_bytes)

    def _remove(self, seen: "_Read", done: Replayed) -> None:
        """Let go of a segment all of whose records are committed."""
        path = seen.segment.path
        if seen.torn_bytes:
            logger.warning(
                "%s ended in %d bytes that were never acknowledged; they are cut off.", path, seen.torn_bytes
            )
        for damage in seen.damages:
            self.damages += 1
            logger.error("%s is damaged at byte %d: %s.", path, damage.offset, damage.what)
        if seen.damages or done.refused:
            moved = self.folder.set_aside(path, why="damaged" if seen.damages else "refused")
            logger.error(
                "What could be read of it is committed (%d events), and the file kept as %s.", done.events, moved
            )
        else:
            path.unlink(missing_ok=True)
        with self._lock:
            self._segments.remove(seen.segment)


@dataclass(frozen=True, slots=True)
class _Read:
    """What a segment holds."""

    segment: Segment
    records: Sequence[Spooled]
    damages: Sequence[Damage]
    torn_bytes: int


def _measured(path: Path) -> Segment:
    """Return a segment that another process has written; figures only, so what is damaged isn't looked for."""
    found = list(headers(path))
    return Segment(
        path,
        events=sum(header.events for header in found),
        size=path.stat().st_size,
        oldest_ms=found[0].written_ms if found else None,
    )
