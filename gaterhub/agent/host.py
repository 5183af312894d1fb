"""What psutil and the standard library say about this host, as plain values.

psutil's tuples have other fields on other systems, so they are handed on by name, and a meter takes what is
there.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import psutil

Counters = Mapping[str, float]

PSEUDO_FILESYSTEMS: Final = frozenset({"squashfs", "iso9660", "erofs"})
"""Images that are full by nature; their 100 % would be no news."""


@dataclass(frozen=True, slots=True)
class Filesystem:
    """One mounted filesystem and its room. `free_bytes` is what an ordinary user may still write."""

    mountpoint: str
    device: str
    type: str
    total_bytes: int
    used_bytes: int
    free_bytes: int
    inodes: int
    """0 where the filesystem counts none."""
    free_inodes: int


@dataclass(frozen=True, slots=True)
class Interface:
    """Whether a network interface is up, and its speed; 0 where it tells none."""

    up: bool
    megabits_per_second: int


def cpu_times() -> Counters:
    """Return the seconds that all processors together have spent in each mode since boot."""
    return dict(psutil.cpu_times()._asdict())


def cpu_times_each() -> list[Counters]:
    """Return the same for each processor."""
    return [dict(times._asdict()) for times in psutil.cpu_times(percpu=True)]


def load_average() -> tuple[float, float, float] | None:
    """Return the load over 1, 5 and 15 minutes, where the system counts it."""
    try:
        return os.getloadavg()
    except (AttributeError, OSError):
        return None


def memory() -> Counters:
    return dict(psutil.virtual_memory()._asdict())


def swap() -> Counters:
    return dict(psutil.swap_memory()._asdict())


def filesystems() -> list[Filesystem]:
    """Return the filesystems on disks, one for each device, and always the root.

    Network filesystems are left out: asking about a dead one can take for ever.
    """
    found: dict[str, Filesystem] = {}
    for partition in sorted(psutil.disk_partitions(all=False), key=lambda partition: len(partition.mountpoint)):
        if partition.fstype not in PSEUDO_FILESYSTEMS and partition.device not in found:
            filesystem = _filesystem(partition.mountpoint, partition.device, partition.fstype)
            if filesystem is not None:
                found[partition.device] = filesystem
    # In a container the root is an overlay, which is on no list of disks.
    if all(filesystem.mountpoint != "/" for filesystem in found.values()):
        root = _filesystem("/", "", "")
        if root is not None:
            found[""] = root
    return list(found.values())


def _filesystem(mountpoint: str, device: str, type_name: str) -> Filesystem | None:
    try:
        room = os.statvfs(mountpoint)
    except OSError:
        # Unmounted since the list was read, or not ours to look at.
        return None
    unit = room.f_frsize
    return Filesystem(
        mountpoint=mountpoint,
        device=device,
        type=type_name,
        total_bytes=room.f_blocks * unit,
        used_bytes=(room.f_blocks - room.f_bfree) * unit,
        free_bytes=room.f_bavail * unit,
        inodes=room.f_files,
        free_inodes=room.f_favail,
    )


def disk_counters() -> dict[str, Counters]:
    """Return what each whole disk has read and written since boot, without disks that never did either."""
    try:
        each = psutil.disk_io_counters(perdisk=True, nowrap=True)
    except (RuntimeError, OSError, NotImplementedError):
        return {}
    busy = {name: dict(io._asdict()) for name, io in (each or {}).items() if io.read_count or io.write_count}
    # The kernel lists a disk and its partitions; counting both would count everything twice.
    return {name: io for name, io in busy.items() if not any(_is_partition_of(name, disk) for disk in busy)}


def _is_partition_of(name: str, disk: str) -> bool:
    if name == disk or not name.startswith(disk):
        return False
    rest = name.removeprefix(disk)
    return (rest.removeprefix("p") if disk[-1].isdigit() else rest).isdigit()


def network_counters() -> dict[str, Counters]:
    """Return what each interface has sent and received since boot; interfaces that never did are left out."""
    each = psutil.net_io_counters(pernic=True, nowrap=True)
    return {name: dict(io._asdict()) for name, io in each.items() if io.packets_recv or io.packets_sent}


def interfaces() -> dict[str, Interface]:
    return {name: Interface(stats.isup, stats.speed) for name, stats in psutil.net_if_stats().items()}
