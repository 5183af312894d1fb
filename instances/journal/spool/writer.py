"""The writing end of a spool: records to the end of a file, on the disk before anybody hears that they are kept."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from instances.journal.spool.folder import SUFFIX, ProcessFolder, Sync
from instances.journal.spool.keys import SpoolKeys
from instances.journal.spool.record import BEGINNING, OVERHEAD_BYTES, chained, seal

SEGMENT_BYTES: Final = 8 * 1024 * 1024
"""A file is removed as a whole once all of it is committed, so a small one gives room back early."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What one record is to hold."""

    packed: bytes
    events: int
    written_ms: int

    @property
    def record_bytes(self) -> int:
        return OVERHEAD_BYTES + len(self.packed)


@dataclass(slots=True, eq=False)
class Segment:
    """A file of records, as far as they are acknowledged."""

    path: Path
    events: int = 0
    size: int = 0
    oldest_ms: int | None = None


class SegmentWriter:
    """Appends records to segments of a folder. All calls belong on one thread.

    After a write or a sync that failed, the file is never written to again: what the system holds of it in memory may
    be other than what is on the disk, and a later sync would not say so. The next record begins a new one.
    """

    def __init__(self, folder: ProcessFolder, instance: str, keys: SpoolKeys, *, fsync: Sync = os.fsync) -> None:
        self._folder = folder
        self._instance = instance
        self._keys = keys
        self._fsync = fsync
        self._number = 0
        self._previous = BEGINNING
        self._segments_made = 0
        self._open: tuple[int, Segment] | None = None

    def append(self, payloads: Sequence[Payload]) -> Segment:
        """Write a record for each payload at once, and bring them onto the disk; return the segment they are in.

        Raises: OSError; then none is acknowledged.
        """
        self._folder.ensure()
        descriptor, segment = self._open or self._begin()
        number, previous = self._number, self._previous
        records: list[bytes] = []
        for payload in payloads:
            number += 1
            record = seal(
                payload.packed,
                number=number,
                previous=previous,
                events=payload.events,
                written_ms=payload.written_ms,
                keys=self._keys,
            )
            previous = chained(record)
            records.append(record)
        written = b"".join(records)
        try:
            _write_all(descriptor, written)
            self._fsync(descriptor)
        except OSError:
            # What was not acknowledged is taken back where the disk still allows it; else its number is given again.
            with suppress(OSError):
                os.ftruncate(descriptor, segment.size)
            self.cut()
            if not segment.size:
                # Nothing in it was acknowledged, and a disk that fails for hours would leave a file for each attempt.
                with suppress(OSError):
                    segment.path.unlink()
            raise
        self._number, self._previous = number, previous
        segment.size += len(written)
        segment.events += sum(payload.events for payload in payloads)
        if segment.oldest_ms is None:
            segment.oldest_ms = payloads[0].written_ms
        if segment.size >= SEGMENT_BYTES:
            self.cut()
        return segment

    def cut(self) -> None:
        """End the segment: what comes next begins a new one."""
        if self._open is not None:
            descriptor, _ = self._open
            self._open = None
            with suppress(OSError):
                os.close(descriptor)

    def _begin(self) -> tuple[int, Segment]:
        self._segments_made += 1
        path = self._folder.path / f"{self._instance}-{self._segments_made:08d}{SUFFIX}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            # A file whose name is lost in a power cut is lost with all that was synced into it.
            self._folder.sync_names()
        except OSError:
            os.close(descriptor)
            with suppress(OSError):
                path.unlink()
            raise
        self._open = descriptor, Segment(path)
        return self._open


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
