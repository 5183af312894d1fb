"""Where an instance's evidence is kept while the database is out: on the local disk, until it is on record."""

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
from instances.journal.spool.packing import packed, unpacked
from instances.journal.spool.reading import Chain, Scan, headers, scan
from instances.journal.spool.replaying import Append, Replayed, commit
from instances.journal.spool.room import Room
from instances.journal.spool.writer import Payload, Segment, SegmentWriter

logger = logging.getLogger(__name__)

GROUP_EVENTS: Final = 500
"""Committed in one transaction, at most."""
GROUP_BYTES: Final = 4 * 1024 * 1024
"""The same in bytes of bodies, about."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is kept and not committed yet."""

    events: int
    bytes: int
    oldest_ms: int | None
    """When the oldest record was written; None where there is none."""


class Spool:
    """What one process keeps of one instance. Any thread may call it.

    `room` bounds it together with the process's other spools; `fsync` is called with every descriptor that has to be
    on the disk; `clock` tells milliseconds since 1970.
    """

    def __init__(
        self,
        folder: ProcessFolder,
        instance: str,
        *,
        keyring: Keyring,
        room: Room,
        fsync: Sync = os.fsync,
        clock: Callable[[], int] = now_ms,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self.folder: Final = folder
        self.instance: Final = instance
        self.damages = 0
        """Places of its files that could not be read as they were written."""
        self._keys = SpoolKeys(keyring)
        self._room = room
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._disk = DiskThread(f"spool of {instance}")
        self._writer = SegmentWriter(folder, instance, self._keys, fsync=fsync)
        self._chain = Chain()
        self._reading: _Reading | None = None
        self._group_events = GROUP_EVENTS
        self._lock = threading.Lock()
        self._replaying = threading.Lock()
        self._waiting: list[_Write] = []
        self._segments: list[Segment] = []
        if folder.held:
            self._segments = [_measured(path) for path in folder.segments(instance)]
            room.occupy(sum(segment.size for segment in self._segments))

    def __bool__(self) -> bool:
        """Tell whether anything is left to be committed."""
        return bool(self._segments)

    def write(self, drafts: Sequence[Draft]) -> None:
        """Keep the drafts, all or none of them; when this returns, they are on the disk.

        What other threads write meanwhile is brought there by the same sync.
        Raises: SpoolFull; SpoolTimeout, after which it is unknown whether they are kept; OSError.
        """
        write = _Write(Payload(packed(self.instance, drafts), len(drafts), self._clock()))
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

    def records(self) -> Iterator[Sequence[Draft]]:
        """Yield what each write kept, as far as it can be read, in the order of writing.

        Raises: OSError; KeyMissing; Unreadable.
        """
        chain = copy(self._chain)
        for segment in self._ended():
            for found in scan(segment.path.read_bytes(), self._keys, chain).found:
                yield unpacked(found.payload, instance=self.instance)

    def replay(self, append: Append) -> Replayed:
        """Commit all that is kept. As `replay_some`, until nothing is left."""
        done = Replayed()
        while self:
            done = done + self.replay_some(append)
        return done

    def replay_some(self, append: Append) -> Replayed:
        """Commit one group of what is kept, in the order of writing.

        1. The oldest segment is read, once; it is ended first where it is still written to.
        2. A group of its events is committed.
        3. After its last, the segment is removed; one that is damaged, or that holds what the database won't take, is
           set aside and told.

        After a crash before 3 the segment is committed again, which `append` knows by the ids.
        Raises: what `append` raises; OSError; KeyMissing; Unreadable. What is not committed stays.
        """
        with self._replaying:
            reading = self._reading = self._reading or self._begin()
            if reading is None:
                return Replayed()
            group = reading.next_group(self._group_events)
            try:
                done = commit(group, append) if group else Replayed()
            except Exception:
                # Perhaps it was too much for the time that the database has.
                self._group_events = max(self._group_events // 2, 1)
                raise
            self._group_events = min(self._group_events * 2, GROUP_EVENTS)
            reading.done = reading.done + done
            del reading.left[: len(group)]
            if not reading.left:
                self._remove(reading)
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
        """Stop writing. What is left can be adopted with the folder, once that is let go."""
        with suppress(OSError):
            self._disk.run(self._writer.cut, timeout_seconds=self._timeout_seconds)
        self._disk.stop()
        self._room.give_back(self.figures().bytes)

    def _write_waiting(self) -> None:
        """Write all that waits with one sync; runs on the disk's thread."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        fitting: list[_Write] = []
        for write in waiting:
            try:
                self._room.take(write.payload.record_bytes)
            except OSError as error:
                write.error = error
            else:
                fitting.append(write)
        if not fitting:
            return
        try:
            segment = self._writer.append([write.payload for write in fitting])
        except OSError as error:
            for write in fitting:
                self._room.give_back(write.payload.record_bytes)
                write.error = error
            return
        with self._lock:
            if segment not in self._segments:
                self._segments.append(segment)
        for write in fitting:
            write.error = None

    def _ended(self) -> list[Segment]:
        """End the segment that is written to, and return all that there are, oldest first. Raises: OSError."""
        return self._disk.run(self._end_segment, timeout_seconds=self._timeout_seconds) if self._segments else []

    def _end_segment(self) -> list[Segment]:
        # Both at once, on the thread that writes: a segment begun in between would be removed while it is written to.
        self._writer.cut()
        with self._lock:
            return list(self._segments)

    def _begin(self) -> "_Reading | None":
        segments = self._ended()
        if not segments:
            return None
        chain = copy(self._chain)
        seen = scan(segments[0].path.read_bytes(), self._keys, chain)
        drafts = [draft for found in seen.found for draft in unpacked(found.payload, instance=self.instance)]
        return _Reading(segments[0], drafts, seen, chain)

    def _remove(self, reading: "_Reading") -> None:
        """Let go of a segment all of whose events are committed."""
        path, seen, done = reading.segment.path, reading.seen, reading.done
        if seen.torn_bytes:
            logger.warning("%s ends in %d bytes that were never acknowledged; they are cut off.", path, seen.torn_bytes)
        if seen.damages or done.refused:
            moved = self.folder.set_aside(path, why="damaged" if seen.damages else "refused")
            for damage in seen.damages:
                logger.error("%s is damaged at byte %d: %s.", path, damage.offset, damage.what)
            logger.error("%d events of %s are on record, and it is kept as %s.", done.events, path, moved)
            self.damages += len(seen.damages) + done.refused
        else:
            path.unlink(missing_ok=True)
        self._chain, self._reading = reading.chain, None
        with self._lock:
            self._segments.remove(reading.segment)
        self._room.give_back(reading.segment.size)


@dataclass(slots=True, eq=False)
class _Write:
    payload: Payload
    error: OSError | None = field(default_factory=lambda: OSError("The spool did not come to write it."))
    """Why it is not kept; None once it is."""


@dataclass(slots=True)
class _Reading:
    """A segment on its way into the journal."""

    segment: Segment
    left: list[Draft]
    seen: Scan
    chain: Chain
    """As it is after this segment."""
    done: Replayed = field(default_factory=Replayed)

    def next_group(self, most: int) -> list[Draft]:
        size = 0
        for count, draft in enumerate(self.left[:most]):
            size += len(draft.body)
            if size > GROUP_BYTES and count:
                return self.left[:count]
        return self.left[:most]


def _measured(path: Path) -> Segment:
    """Return a segment that another process has written; figures only, so what is damaged isn't looked for."""
    found = list(headers(path))
    return Segment(
        path,
        events=sum(header.events for header in found),
        size=path.stat().st_size,
        oldest_ms=found[0].written_ms if found else None,
    )
