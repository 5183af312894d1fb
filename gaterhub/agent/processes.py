"""Processes that start and end on this host, found by looking again and again.

A process that starts and ends between two looks is never seen: Linux tells of those only to privileged
listeners.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

import psutil
from django.conf import settings

from gaterhub.agent.reading import Reading
from gaterhub.origin import plain, segment
from instances.schemas.lifecycle import process_started, process_stopped, processes_started

REUSE_LOOK_SECONDS: Final = 5.0
"""A number that went to another process between two looks shows only in its start time."""
TOLD_AT_ONCE: Final = 200
"""Processes described in one look; a build that starts thousands is told as a count."""
_SAME_START_SECONDS: Final = 0.05
"""Start times are read in ticks of 10 ms, so two readings of one may differ a little."""


@dataclass(frozen=True, slots=True)
class Process:
    """What may be told of a process. Its arguments are secret unless a setting says otherwise."""

    pid: int
    parent_pid: int
    name: str
    arguments: tuple[str, ...]
    user: str
    started_at_seconds: float
    of_the_kernel: bool = False


def look_at(pid: int) -> Process | None:
    """Describe a process, or return None for one that is gone."""
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            parent_pid = process.ppid()
            return Process(
                pid=pid,
                parent_pid=parent_pid,
                name=process.name(),
                arguments=tuple(_allowed(process.cmdline, [])),
                user=_allowed(process.username, ""),
                started_at_seconds=process.create_time(),
                # Linux starts all of its own threads from process 2.
                of_the_kernel=psutil.LINUX and 2 in (pid, parent_pid),
            )
    except psutil.Error:
        return None


def _allowed(read: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return read()
    except (psutil.AccessDenied, psutil.ZombieProcess, KeyError):
        # Not ours to see, or a user without a name.
        return otherwise


def started_at(pid: int) -> float | None:
    """Return when the process started, in seconds since 1970, or None for one that is gone."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


class ProcessWatch:
    """Remembers who ran at the last look. `clock` counts seconds, `now` seconds since 1970."""

    def __init__(
        self,
        *,
        pids: Callable[[], Iterable[int]] = psutil.pids,
        look: Callable[[int], Process | None] = look_at,
        started: Callable[[int], float | None] = started_at,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._pids, self._look, self._started = pids, look, started
        self._clock, self._now = clock, now
        self._known: dict[int, Process | None] | None = None
        self._next_reuse_look = self._clock() + REUSE_LOOK_SECONDS

    def sample(self) -> list[Reading]:
        """Return who started and who ended since the last call.

        1. The first call only takes note of who runs: nobody knows what happened before.
        2. Numbers that are gone have ended.
        3. Every few seconds, numbers whose start time changed have ended and started again.
        4. Numbers that are new have started.
        """
        running = set(self._pids())
        if self._known is None:
            self._known = {pid: self._look(pid) for pid in running}
            return []
        known = self._known
        ended = [pid for pid in known if pid not in running]
        if self._clock() >= self._next_reuse_look:
            self._next_reuse_look = self._clock() + REUSE_LOOK_SECONDS
            ended += [pid for pid, process in known.items() if pid in running and self._is_another(pid, process)]
        readings = [self._stopped(process) for pid in ended if (process := known.pop(pid)) and _is_told(process)]
        begun = sorted(running - known.keys())
        described = [self._look(pid) for pid in begun[:TOLD_AT_ONCE]]
        known.update(zip(begun, described, strict=False))
        known.update(dict.fromkeys(begun[TOLD_AT_ONCE:]))
        readings += [_started(process) for process in described if process is not None and _is_told(process)]
        if len(begun) > TOLD_AT_ONCE:
            readings.append(_uncounted(len(begun) - TOLD_AT_ONCE))
        return readings

    def _is_another(self, pid: int, process: Process | None) -> bool:
        if process is None:
            return False
        started = self._started(pid)
        return started is not None and abs(started - process.started_at_seconds) > _SAME_START_SECONDS

    def _stopped(self, process: Process) -> Reading:
        ended = self._now()
        runtime = max(ended - process.started_at_seconds, 0.0)
        stopped = process_stopped(**_described(process), runtime_seconds=round(runtime, 2))
        return Reading.of(stopped, timestamp_ms=int(ended * 1000))


def _is_told(process: Process) -> bool:
    """Leave out the kernel's workers, which come and go by the hundred and tell nobody anything."""
    return not process.of_the_kernel


def _started(process: Process) -> Reading:
    return Reading.of(process_started(**_described(process)), timestamp_ms=int(process.started_at_seconds * 1000))


def _uncounted(count: int) -> Reading:
    reason = f"More than {TOLD_AT_ONCE} processes started within one look."
    return Reading.of(processes_started(processes=count, reason=reason))


def _described(process: Process) -> dict[str, Any]:
    """Return what an event says of a process, as its type's builder takes it."""
    described: dict[str, Any] = {
        "component": segment(process.name),
        "pid": process.pid,
        "parent_pid": process.parent_pid,
        "name": plain(process.name),
        "user": plain(process.user),
        "started_at_ms": int(process.started_at_seconds * 1000),
    }
    if process.arguments:
        # Arguments may carry passwords, so their number has to do.
        described["executable"] = plain(PurePath(process.arguments[0]).name)
        described["argument_count"] = len(process.arguments) - 1
        if settings.GATERHUB_AGENT_COMMAND_LINES:
            described["command_line"] = plain(" ".join(process.arguments), at_most=4_000)
    return described
