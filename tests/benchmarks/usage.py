"""What processes have used: CPU time and resident memory, read from the kernel."""

import contextlib
import time
from collections.abc import Sequence

import psutil


def cpu_seconds(process_ids: Sequence[int]) -> float:
    """Add up the CPU time, user and system, that these processes and their living children have used.

    Read from each process's own CPU clock (clock_getcpuclockid(3)): the sum that /proc shows as utime +
    stime, without its rounding to ticks of 10 ms.
    """
    return sum(time.clock_gettime(_cpu_clock_of(process.pid)) for process in _tree(process_ids))


def resident_bytes(process_ids: Sequence[int]) -> int:
    """Add up the resident memory of these processes and their living children."""
    total = 0
    for process in _tree(process_ids):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total


def machine_cpu_seconds() -> float:
    """Return the CPU time that all processes of this machine have used, in ticks of 10 ms a core."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system


def _cpu_clock_of(process_id: int) -> int:
    """Name the kernel's CPU clock of a process; 2 asks for the scheduler's nanoseconds (posix-timers.h)."""
    return (~process_id << 3) | 2


def _tree(process_ids: Sequence[int]) -> list[psutil.Process]:
    processes = [psutil.Process(process_id) for process_id in process_ids]
    return processes + [child for process in processes for child in process.children(recursive=True)]
