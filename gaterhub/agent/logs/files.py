"""Log files, followed through rotation and truncation."""

import logging
import os
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from gaterhub.agent.logs.record import level_in, record_reading
from gaterhub.agent.reading import Reading

logger = logging.getLogger(__name__)

USUAL_FILES: Final = (
    "/var/log/syslog",
    "/var/log/messages",
    "/var/log/kern.log",
    "/var/log/daemon.log",
    "/var/log/dpkg.log",
)
"""Where Debian, Red Hat and their kin keep what isn't in the journal; log-ins only by a deliberate setting."""
READ_AT_ONCE_BYTES: Final = 256 * 1024
BEHIND_MAX_BYTES: Final = 8 * 1024 * 1024
"""A file that grew by more between two looks is read from near its end: yesterday's flood is no news."""
LINE_MAX_BYTES: Final = 32 * 1024

# What rsyslog writes: an ISO 8601 time (Debian 12) or the traditional one, then host, program and its number.
_SYSLOG: Final = re.compile(
    r"(?:(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d))"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)"
    r" \S+ (?P<program>[^\s:\[]+)(?:\[(?P<pid>\d+)\])?: (?P<message>.*)",
    re.DOTALL,
)


class FollowedFile:
    """One file by its path, whichever file stands there."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._file: BinaryIO | None = None
        self._rest = b""
        self._looked = False
        self._cutting = False

    def lines(self) -> list[str]:
        """Return the whole lines that came since the last call; none on the first, which finds the end.

        1. Read on in the file that is open.
        2. When that is exhausted and another file stands at the path, it was rotated: read that one too.
        3. A file shorter than what was read was truncated: read it from its start.
        """
        lines: list[str] = []
        if self._file is None:
            self._open(at_end=not self._looked)
        self._looked = True
        if self._file is None:
            return lines
        self._find_place()
        chunk = self._read(lines)
        if len(chunk) < READ_AT_ONCE_BYTES and self._was_replaced():
            self.close()
            self._open(at_end=False)
            if self._file is not None:
                self._read(lines)
        return lines

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._rest, self._cutting = None, b"", False

    def _open(self, *, at_end: bool) -> None:
        try:
            self._file = self.path.open("rb", buffering=0)
        except OSError:
            # Not there yet, or no longer: the next look may find it.
            return
        if at_end:
            self._file.seek(0, os.SEEK_END)

    def _find_place(self) -> None:
        assert self._file is not None
        size, place = os.fstat(self._file.fileno()).st_size, self._file.tell()
        if size < place:
            self._file.seek(0)
            self._rest, self._cutting = b"", False
        elif size - place > BEHIND_MAX_BYTES:
            logger.warning("%s grew by %d bytes at once; only its end is read.", self.path, size - place)
            self._file.seek(size - READ_AT_ONCE_BYTES)
            # The place is most likely in the middle of a line.
            self._rest, self._cutting = b"", True

    def _read(self, lines: list[str]) -> bytes:
        assert self._file is not None
        chunk = self._file.read(READ_AT_ONCE_BYTES) or b""
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        if self._cutting and whole:
            del whole[0]
            self._cutting = False
        lines += [line[:LINE_MAX_BYTES].decode("utf-8", "replace") for line in whole if line.strip()]
        if len(self._rest) > LINE_MAX_BYTES:
            # A line without an end is told by its beginning, and the remainder is passed over.
            if not self._cutting:
                lines.append(self._rest[:LINE_MAX_BYTES].decode("utf-8", "replace"))
            self._rest, self._cutting = b"", True
        return chunk

    def _was_replaced(self) -> bool:
        assert self._file is not None
        try:
            there = self.path.stat()
        except OSError:
            return False
        here = os.fstat(self._file.fileno())
        return (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)


class LogFiles:
    """Several files as one sampler."""

    def __init__(self, paths: Iterable[str | Path], *, own_pid: int | None = None) -> None:
        self._files = [FollowedFile(path) for path in dict.fromkeys(map(Path, paths))]
        self._own_pid = own_pid or os.getpid()

    def sample(self) -> list[Reading]:
        """Return the records that were written since the last call."""
        return [
            reading
            for file in self._files
            for line in file.lines()
            if (reading := reading_of_line(line, file.path, own_pid=self._own_pid)) is not None
        ]


def usual_files(paths: Sequence[str] = USUAL_FILES) -> list[str]:
    """Return those of the usual files that this process may read."""
    return [path for path in paths if os.access(path, os.R_OK)]


def reading_of_line(line: str, path: Path, *, own_pid: int) -> Reading | None:
    """Return a line as a reading; None for what syslog took from this process, which tells that itself.

    A line in syslog's form names its program; of any other the file's name says whose it is. A line that
    states no level is `info`.
    """
    fields: dict[str, Any] = {"file": str(path)}
    found = _SYSLOG.fullmatch(line)
    if found is None:
        return record_reading(path.stem, level_in(line) or "info", line, source="file", fields=fields)
    if found["pid"]:
        if int(found["pid"]) == own_pid:
            return None
        fields["pid"] = int(found["pid"])
    message = found["message"]
    return record_reading(
        found["program"],
        level_in(message) or "info",
        message,
        source="file",
        timestamp_ms=_milliseconds(found["iso"]),
        fields=fields,
    )


def _milliseconds(iso: str | None) -> int | None:
    """Return the time of a line; None for the traditional form, which knows neither year nor zone."""
    if iso is None:
        return None
    try:
        return int(datetime.fromisoformat(iso).timestamp() * 1000)
    except ValueError:
        return None
