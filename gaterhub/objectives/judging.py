"""Which events an objective is about, and whether one of them is good."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from instances.topics import Pattern

PATH_SEPARATOR: Final = "."


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a metric is held against its bound."""

    name: str
    words: str
    """Between metric and bound, in a sentence."""
    holds: Callable[[Any, Any], bool]
    numeric: bool = True
    """Whether the bound is a number; else a word, or true or false."""


_ROWS: Final = (
    Comparison("below", "below", operator.lt),
    Comparison("at_most", "at most", operator.le),
    Comparison("above", "above", operator.gt),
    Comparison("at_least", "at least", operator.ge),
    Comparison("is", "is", operator.eq, numeric=False),
    Comparison("is_not", "is not", operator.ne, numeric=False),
)
COMPARISONS: Final[Mapping[str, Comparison]] = {row.name: row for row in _ROWS}


@dataclass(frozen=True, slots=True)
class Definition:
    """What makes an event good or bad. Counts of one definition say nothing about another."""

    instance: str
    pattern: str
    event_type: str
    """Empty for all types."""
    metric: str
    """A field of `data`, else of `metadata`; one within another is named with a dot between them."""
    comparison: str
    bound: str

    @property
    def digest(self) -> str:
        """Stands for the definition beside what was counted by it."""
        said = (self.instance, self.pattern, self.event_type, self.metric, self.comparison, self.bound)
        return sha256(repr(said).encode()).hexdigest()[:32]

    @property
    def sentence(self) -> str:
        """What a good event has, such as "processing_time_ms below 100"."""
        return f"{self.metric} {COMPARISONS[self.comparison].words} {self.bound}"


class Judge:
    """A definition, made ready for many events."""

    def __init__(self, definition: Definition) -> None:
        comparison = COMPARISONS[definition.comparison]
        self.pattern = Pattern(definition.pattern)
        self.event_type = definition.event_type
        self._path = definition.metric.split(PATH_SEPARATOR)
        self._read = _number if comparison.numeric else _word
        self._bound: Any = float(definition.bound) if comparison.numeric else definition.bound
        self._holds = comparison.holds

    def is_good(self, data: Any, metadata: Any) -> bool | None:
        """Tell whether an event is good; None where it doesn't have the metric, and is neither good nor bad."""
        value = self._read(_at(data, self._path))
        if value is None:
            value = self._read(_at(metadata, self._path))
        return None if value is None else self._holds(value, self._bound)


def _at(payload: Any, path: list[str]) -> Any:
    for name in path:
        if not isinstance(payload, dict):
            return None
        payload = payload.get(name)
    return payload


def _number(value: Any) -> float | int | None:
    # To Python, true and false are numbers.
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _word(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return value if isinstance(value, str) else None
