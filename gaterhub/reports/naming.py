"""How persons and addresses are written in a report: in the clear, or numbered where its maker may not read them."""

from collections.abc import Collection

from instances.journal.columns import REDACTED
from instances.journal.models import UNKNOWN

_SAYS_NOTHING = REDACTED | {UNKNOWN, ""}


class Names:
    """Writes names of one report. The same person has the same number all through it, and another one in the next."""

    def __init__(self, clear: Collection[str]) -> None:
        """`clear` are the instances whose personal fields the maker may read."""
        self._clear = frozenset(clear)
        self._numbers: dict[str, int] = {}

    def shown(self, instance: str, name: str) -> str:
        """Return a person or an address of that instance as the report may write it."""
        if name in _SAYS_NOTHING or instance in self._clear:
            return name or UNKNOWN
        return f"[redacted] {self._numbers.setdefault(name, len(self._numbers) + 1)}"
