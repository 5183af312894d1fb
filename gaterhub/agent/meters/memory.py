"""How much memory and swap is in use."""

import time
from collections.abc import Callable
from typing import Final

from gaterhub.agent import host
from gaterhub.agent.meters.rates import Rates
from gaterhub.agent.reading import Reading, ratio

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
        sizes = {f"{name}_bytes": int(memory[name]) for name in _SIZES if name in memory}
        # What can be had without swapping counts as free: caches that give way are no shortage.
        data = {"utilisation_ratio": ratio(memory["total"] - memory["available"], memory["total"]), **sizes}
        readings = [Reading("metrics", "performance_metrics:memory", "memory_usage", data)]
        swap = self._swap()
        if swap["total"] > 0:
            readings.append(self._swap_reading(swap))
        return readings

    def _swap_reading(self, swap: host.Counters) -> Reading:
        data: dict[str, float] = {
            "utilisation_ratio": ratio(swap["used"], swap["total"]),
            "total_bytes": int(swap["total"]),
            "used_bytes": int(swap["used"]),
            "free_bytes": int(swap["free"]),
        }
        change = self._rates.change("swap", swap, at_seconds=self._clock())
        if change is not None:
            for counter, field in (("sin", "swapped_in"), ("sout", "swapped_out")):
                rate = change.per_second(counter)
                if rate is not None:
                    data[f"{field}_bytes_per_second"] = rate
        return Reading("metrics", "performance_metrics:swap", "swap_usage", data)
