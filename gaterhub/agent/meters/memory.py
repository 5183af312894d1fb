"""How much memory and swap is in use."""

import time
from collections.abc import Callable
from typing import Any, Final

from gaterhub.agent import host
from gaterhub.agent.meters.rates import Rates
from gaterhub.agent.reading import Reading, ratio
from instances.schemas.metrics import memory_usage, swap_usage

_SIZES: Final = (
    "total",
    "available",
    "used",
    "free",
    "active",
    "inactive",
    "buffers",
    "cached",
    "shared",
    "slab",
)


class MemoryMeter:
    def __init__(
        self,
        *,
        memory: Callable[[], host.Counters] = host.memory,
        swap: Callable[[], host.Counters] = host.swap,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._memory, self._swap, self._clock = memory, swap, clock
        self._rates = Rates()

    def sample(self) -> list[Reading]:
        """Return memory, and swap where the host has any."""
        memory = self._memory()
        sizes: dict[str, Any] = {f"{name}_bytes": int(memory[name]) for name in _SIZES if name in memory}
        # What can be had without swapping counts as free: caches that give way are no shortage.
        in_use = ratio(memory["total"] - memory["available"], memory["total"])
        readings = [Reading.of(memory_usage(utilisation_ratio=in_use, **sizes))]
        swap = self._swap()
        if swap["total"] > 0:
            readings.append(self._swap_reading(swap))
        return readings

    def _swap_reading(self, swap: host.Counters) -> Reading:
        change = self._rates.change("swap", swap, at_seconds=self._clock())
        usage = swap_usage(
            utilisation_ratio=ratio(swap["used"], swap["total"]),
            total_bytes=int(swap["total"]),
            used_bytes=int(swap["used"]),
            free_bytes=int(swap["free"]),
            swapped_in_bytes_per_second=None if change is None else change.per_second("sin"),
            swapped_out_bytes_per_second=None if change is None else change.per_second("sout"),
        )
        return Reading.of(usage)
