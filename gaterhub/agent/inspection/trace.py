"""What keeps a process busy, and how well its event loop keeps up."""

import time
from typing import Any, Final

import psutil

from gaterhub.agent.inspection.loop_delay import LoopDelay
from gaterhub.agent.inspection.memory import allowed
from gaterhub.agent.reading import Reading
from gaterhub.origin import plain
from instances.schemas.diagnostics import performance_trace

THREADS_SHOWN: Final = 20


class Trace:
    """Remembers the processor time of the last look, so that each tells what was used since."""

    def __init__(self, delays: LoopDelay | None = None) -> None:
        self._delays = delays
        self._last: dict[int, tuple[float, float]] = {}

    def readings(self, process: psutil.Process, *, deep: bool) -> list[Reading]:
        """Return one reading; a deep one lists the busiest threads."""
        now = time.monotonic()
        times = process.cpu_times()
        used = times.user + times.system
        data: dict[str, Any] = {
            "process": plain(process.name()),
            "pid": process.pid,
            "cpu_user_seconds": round(times.user, 2),
            "cpu_system_seconds": round(times.system, 2),
            "running_seconds": round(time.time() - process.create_time(), 1),
            "threads": process.num_threads(),
        }
        before = self._last.get(process.pid)
        self._last = {process.pid: (now, used)}
        if before is not None and now > before[0]:
            # Of one processor: two busy threads make 2.
            data["processors_used"] = round((used - before[1]) / (now - before[0]), 4)
        switches = allowed(process.num_ctx_switches)
        if switches is not None:
            data["context_switches"] = {"voluntary": switches.voluntary, "involuntary": switches.involuntary}
        if self._delays is not None and process.pid == psutil.Process().pid:
            delays = self._delays.take()
            data["loop_delay"] = {
                "slowest_ms": delays.slowest_ms,
                "mean_ms": delays.mean_ms,
                "looks": delays.looks,
            }
        if deep:
            data["busiest_threads"] = _threads(process)
        return [Reading.of(performance_trace(**data))]


def _threads(process: psutil.Process) -> list[dict[str, Any]] | None:
    threads = allowed(process.threads)
    if threads is None:
        return None
    busiest = sorted(threads, key=lambda each: each.user_time + each.system_time, reverse=True)[:THREADS_SHOWN]
    return [
        {"thread_id": each.id, "user_seconds": each.user_time, "system_seconds": each.system_time} for each in busiest
    ]
