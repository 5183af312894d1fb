"""Where evidence goes while the journal's database is out."""

from collections.abc import Callable, Sequence
from typing import Final

from instances.journal.committer import Fallback, NowhereKept
from instances.journal.draft import Draft
from instances.spec import InstanceSpec


class SpoolFirst:
    """What a process has of it."""

    def waits(self, spec: InstanceSpec) -> bool:
        return False

    def keep(self, spec: InstanceSpec, drafts: Sequence[Draft]) -> None:
        raise NowhereKept("The journal's database is out.")

    def replay(self, spec: InstanceSpec, append: Callable[[Sequence[Sequence[Draft]]], object]) -> None:
        append([])


_fallback: Final[Fallback] = SpoolFirst()


def fallback() -> Fallback:
    return _fallback
