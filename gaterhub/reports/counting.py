"""Counting by what may have any number of values, in bounded memory, and as tables that add up."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Generic, TypeVar

from gaterhub.reports.entries import Taken
from gaterhub.reports.structure import ENTRIES_MAX, Cell, Place

KEYS_MAX: Final = 20_000
"""Told apart; whoever attacks with a million names makes one more row of them."""
ROWS_MAX: Final = 200
"""Of a table; the others are one row together, so that every table adds up to its figure."""

K = TypeVar("K", bound=tuple[object, ...])


class Tally(Generic[K]):
    """How often each key came; beyond KEYS_MAX, new ones together."""

    def __init__(self, *, keys_max: int = KEYS_MAX) -> None:
        self._keys_max = keys_max
        self.counts: dict[K, int] = {}
        self.beyond = 0
        """How often something came that is not told apart."""

    def add(self, key: K, times: int = 1) -> None:
        if key in self.counts or len(self.counts) < self._keys_max:
            self.counts[key] = self.counts.get(key, 0) + times
        else:
            self.beyond += times

    @property
    def total(self) -> int:
        return sum(self.counts.values()) + self.beyond

    def rows(
        self, shown: Callable[[K], Sequence[Cell]], *, width: int, most: int = ROWS_MAX
    ) -> tuple[tuple[Cell, ...], ...]:
        """Return a row for each key, the most frequent first, its count last; `width` is how many cells a key has."""
        ordered = sorted(self.counts.items(), key=lambda each: (-each[1], tuple(map(str, each[0]))))
        rows: list[tuple[Cell, ...]] = [(*shown(key), count) for key, count in ordered[:most]]
        rest = sum(count for _, count in ordered[most:]) + self.beyond
        if rest:
            more = f"{len(ordered[most:]):,} others" if not self.beyond else f"{len(ordered[most:]):,} others and more"
            rows.append((more, *[""] * (width - 1), rest))
        return tuple(rows)


class Sample:
    """How many entries something is about, and the first of them."""

    def __init__(self, entries: Iterable[Taken] = ()) -> None:
        self.count = 0
        self._places: list[Place] = []
        for each in entries:
            self.add(each)

    def add(self, entry: Taken) -> None:
        self.count += 1
        if len(self._places) < ENTRIES_MAX:
            self._places.append(entry.place)

    @property
    def entries(self) -> tuple[Place, ...]:
        return tuple(self._places)
