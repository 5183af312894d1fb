"""How busy the processors are."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from gaterhub.agent import host
from gaterhub.agent.meters.rates import Change, Rates
from gaterhub.agent.reading import Reading, ratio
from instances.schemas.metrics import cpu_usage

# Linux counts a guest's time in user and nice as well, so adding these would count it twice.
_COUNTED_ELSEWHERE: Final = frozenset({"guest", "guest_nice"})
_WAITING: Final = frozenset({"idle", "iowait"})
_MODES: Final = ("user", "system", "nice", "iowait", "irq", "softirq", "steal")


class CpuMeter:
    def __init__(
        self,
        *,
        times: Callable[[], host.Counters] = host.cpu_times,
        times_each: Callable[[], Sequence[host.Counters]] = host.cpu_times_each,
        load: Callable[[], tuple[float, float, float] | None] = host.load_average,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._times, self._times_each, self._load, self._clock = times, times_each, load, clock
        self._rates = Rates()

    def sample(self) -> list[Reading]:
        """Return one reading of what the processors did since the last call; none on the first."""
        now = self._clock()
        total = self._rates.change("all", self._times(), at_seconds=now)
        each = [
            self._rates.change(str(number), times, at_seconds=now) for number, times in enumerate(self._times_each())
        ]
        if total is None:
            return []
        spent = _spent(total)
        shares: dict[str, Any] = {
            f"{mode}_ratio": ratio(total.grown[mode], spent) for mode in _MODES if mode in total.grown
        }
        load_1m, load_5m, load_15m = self._load() or (None, None, None)
        usage = cpu_usage(
            utilisation_ratio=_busy(total),
            **shares,
            utilisation_ratio_each=[_busy(change) for change in each if change is not None],
            processors=len(each),
            load_1m=_rounded(load_1m),
            load_5m=_rounded(load_5m),
            load_15m=_rounded(load_15m),
            interval_seconds=round(total.seconds, 3),
        )
        return [Reading.of(usage)]


def _spent(change: Change) -> float:
    # The kernel's iowait may run backwards by a tick; a negative share would be nonsense.
    return sum(max(seconds, 0.0) for mode, seconds in change.grown.items() if mode not in _COUNTED_ELSEWHERE)


def _busy(change: Change) -> float:
    spent = _spent(change)
    waiting = sum(max(change.grown.get(mode, 0.0), 0.0) for mode in _WAITING)
    return ratio(spent - waiting, spent)


def _rounded(load: float | None) -> float | None:
    return None if load is None else round(load, 2)
