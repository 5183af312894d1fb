"""From counters that only grow to rates."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """How much counters grew between two looks."""

    seconds: float
    grown: Mapping[str, float]

    def per_second(self, counter: str) -> float | None:
        """Return the rate, or None for a counter that isn't kept here or was set back, as after a restart."""
        grown = self.grown.get(counter)
        return None if grown is None or grown < 0 else round(grown / self.seconds, 3)


class Rates:
    """Remembers the last look at each set of counters."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, Mapping[str, float]]] = {}

    def change(self, name: str, counters: Mapping[str, float], *, at_seconds: float) -> Change | None:
        """Return the growth since the last look, or None on the first."""
        before = self._last.get(name)
        self._last[name] = at_seconds, counters
        if before is None or at_seconds <= before[0]:
            return None
        grown = {key: value - before[1][key] for key, value in counters.items() if key in before[1]}
        return Change(at_seconds - before[0], grown)

    def keep_only(self, names: Collection[str]) -> None:
        """Forget whatever isn't named: a disk that was pulled must not leave its counters to a later one."""
        self._last = {name: last for name, last in self._last.items() if name in names}
