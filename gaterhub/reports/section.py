"""What a section is: a row of the table, and what it makes for one report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gaterhub.reports.entries import JournalPart, Taken
from gaterhub.reports.naming import Names
from gaterhub.reports.period import Period
from gaterhub.reports.structure import Figure, Finding, Table
from instances.journal.router import ALIAS

Told = Callable[[str, int], None]
"""Takes what is done now, and that so many more entries of it are done."""


def _nobody(stage: str, done: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Making:
    """One report while it is made: what all of its sections know."""

    period: Period
    now: datetime
    parts: tuple[JournalPart, ...]
    """Of each journal that it is of, in the order of the catalog."""
    names: Names
    told: Told = field(default=_nobody)
    using: str = ALIAS

    @property
    def instances(self) -> tuple[str, ...]:
        return tuple(each.spec.name for each in self.parts)


@dataclass(frozen=True, slots=True)
class Result:
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    findings: Sequence[Finding] = ()


class Gatherer:
    """Gathers for one section. It is shown every entry of the period, and is asked once at the end."""

    def __init__(self, making: Making) -> None:
        self.making = making

    def take(self, entry: Taken) -> None:
        """Look at an entry; each journal's come in their order."""

    def work(self) -> int:
        """Return how many entries `result` goes through by itself, for who waits."""
        return 0

    def result(self) -> Result:
        """Return what is to be said of the period. Blocks on the database."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Section:
    """A row of the table of sections."""

    name: str
    title: str
    purpose: str
    begin: Callable[[Making], Any]
    """Returns a Gatherer for one report."""
