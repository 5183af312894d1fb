"""How full the filesystems are, and what the disks read and write."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from gaterhub.agent import host
from gaterhub.agent.meters.rates import Rates
from gaterhub.agent.reading import Reading, ratio
from gaterhub.origin import plain, segment
from instances.schemas.metrics import disk_io, disk_usage, throughput

_RATES: Final = (
    ("read_bytes", "read_bytes_per_second"),
    ("write_bytes", "written_bytes_per_second"),
    ("read_count", "reads_per_second"),
    ("write_count", "writes_per_second"),
)


def filesystem_readings(
    filesystems: Callable[[], Sequence[host.Filesystem]] = host.filesystems,
) -> list[Reading]:
    """Return the room on each filesystem."""
    return [_room(filesystem) for filesystem in filesystems()]


def _room(filesystem: host.Filesystem) -> Reading:
    # Blocks kept back for root are neither used nor free; for everybody else they are as good as used.
    usable = filesystem.used_bytes + filesystem.free_bytes
    inodes = filesystem.inodes
    usage = disk_usage(
        mount=segment(filesystem.mountpoint),
        mountpoint=plain(filesystem.mountpoint),
        device=plain(filesystem.device),
        filesystem=filesystem.type,
        utilisation_ratio=ratio(filesystem.used_bytes, usable),
        total_bytes=filesystem.total_bytes,
        used_bytes=filesystem.used_bytes,
        free_bytes=filesystem.free_bytes,
        inode_utilisation_ratio=ratio(inodes - filesystem.free_inodes, inodes) if inodes else None,
    )
    return Reading.of(usage)


class DiskMeter:
    def __init__(
        self,
        *,
        counters: Callable[[], dict[str, host.Counters]] = host.disk_counters,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._counters, self._clock = counters, clock
        self._rates = Rates()

    def sample(self) -> list[Reading]:
        """Return what each disk did since the last call, and all of them together."""
        now = self._clock()
        counters = self._counters()
        self._rates.keep_only(counters)
        readings = []
        total = dict.fromkeys((field for _, field in _RATES), 0.0)
        for name, values in counters.items():
            change = self._rates.change(name, values, at_seconds=now)
            if change is None:
                continue
            rates: dict[str, Any] = {field: change.per_second(counter) for counter, field in _RATES}
            for field, rate in rates.items():
                total[field] += rate or 0.0
            busy = change.grown.get("busy_time", -1.0)
            traffic = disk_io(
                disk=segment(name),
                device=name,
                **rates,
                busy_ratio=ratio(busy / 1000, change.seconds) if busy >= 0 else None,
            )
            readings.append(Reading.of(traffic))
        if readings:
            rounded: dict[str, Any] = {field: round(rate, 3) for field, rate in total.items()}
            readings.append(Reading.of(throughput(service="disk", devices=len(readings), **rounded)))
        return readings
