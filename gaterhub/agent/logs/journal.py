"""The systemd journal, followed through `journalctl`."""

import asyncio
import json
import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gaterhub.agent.backoff import Backoff
from gaterhub.agent.logs.record import level_of_priority, record_reading
from gaterhub.agent.reading import Reading
from gaterhub.origin import plain

logger = logging.getLogger(__name__)

FIELDS: Final = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_SYSTEMD_UNIT,_COMM,_PID"
LINE_MAX_BYTES: Final = 1024 * 1024
"""An entry may carry a core dump; one longer than this is passed over and counted."""
JOURNALS: Final = (Path("/var/log/journal"), Path("/run/log/journal"))
ENDS_WITHIN_SECONDS: Final = 2.0


def is_readable(journals: Sequence[Path] = JOURNALS) -> bool:
    """Tell whether there is a journal that this process may follow."""
    if shutil.which("journalctl") is None:
        return False
    return any(os.access(file, os.R_OK) for folder in journals for file in folder.glob("*/*.journal"))


def reading_of(entry: Mapping[str, Any], *, own_pid: int) -> Reading | None:
    """Return an entry of `journalctl --output=json` as a reading; None for what this process has written.

    This process's records come through its log handler. Its standard error ends in the journal too, and every
    line that the agent writes about publishing would otherwise be published, and be written about.
    """
    pid = str(entry.get("_PID", ""))
    if pid == str(own_pid):
        return None
    message = _text(entry.get("MESSAGE"))
    if message is None:
        return None
    unit = str(entry.get("_SYSTEMD_UNIT") or "")
    service = entry.get("SYSLOG_IDENTIFIER") or entry.get("_COMM") or unit.removesuffix(".service") or "kernel"
    fields: dict[str, Any] = {}
    if pid.isdecimal():
        fields["pid"] = int(pid)
    if unit:
        fields["unit"] = plain(unit)
    microseconds = str(entry.get("__REALTIME_TIMESTAMP", ""))
    return record_reading(
        str(service),
        level_of_priority(entry.get("PRIORITY")),
        message,
        source="journal",
        timestamp_ms=int(microseconds) // 1000 if microseconds.isdecimal() else None,
        fields=fields,
    )


def _text(message: object) -> str | None:
    """Return the message as text: journalctl writes one that isn't UTF-8 as an array of bytes."""
    if isinstance(message, str):
        return message
    if isinstance(message, list):
        try:
            return bytes(message).decode("utf-8", "replace")
        except (TypeError, ValueError):
            return None
    return None


class Journal:
    """Follows the journal from now on; starts `journalctl` again whenever it ends."""

    def __init__(
        self,
        put: Callable[[list[Reading]], None],
        *,
        command: Sequence[str] = ("journalctl", "--follow", "--lines=0", "--quiet", "--output=json"),
        backoff: Backoff | None = None,
        own_pid: int | None = None,
    ) -> None:
        self.passed_over = 0
        self._put = put
        self._command = (*command, f"--output-fields={FIELDS}")
        self._backoff = backoff or Backoff()
        self._own_pid = own_pid or os.getpid()

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                await self._follow()
            except OSError as error:
                logger.warning("The journal can't be followed: %s", error)
            await asyncio.sleep(self._backoff.failed())

    async def _follow(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=LINE_MAX_BYTES,
        )
        assert process.stdout is not None
        try:
            async for line in self._lines(process.stdout):
                self._take(line)
                self._backoff.succeeded()
        finally:
            await _end(process)
        logger.warning("journalctl ended (%s) and is started again.", process.returncode)

    async def _lines(self, stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
        while True:
            try:
                line = await stream.readline()
            except ValueError:
                # Longer than the limit; the reader has thrown away what it held of it.
                self.passed_over += 1
                continue
            if not line:
                return
            yield line

    def _take(self, line: bytes) -> None:
        try:
            entry = json.loads(line)
        except ValueError:
            # The rest of an entry that was too long.
            return
        if isinstance(entry, dict):
            reading = reading_of(entry, own_pid=self._own_pid)
            if reading is not None:
                self._put([reading])


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(ENDS_WITHIN_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
