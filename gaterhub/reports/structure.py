"""What a report says, before it has a form: figures, tables and findings, of which HTML, CSV and JSON are made."""

from enum import StrEnum
from typing import Final

from msgspec import Struct, field

SCHEMA_VERSION: Final = 1
"""Of the JSON. Keys are only added to a version; one that goes, or means something else, makes the next."""
ENTRIES_MAX: Final = 10
"""That a finding links to; it says how many there are."""

Cell = str | int | float | None
"""Times are text, as RFC 3339 has them in UTC."""


class Severity(StrEnum):
    """How much a finding weighs, in the words of auditors."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Figure(Struct, frozen=True):
    """One value with what it means."""

    name: str
    title: str
    value: Cell
    unit: str = ""


class Column(Struct, frozen=True):
    name: str
    title: str
    number: bool = False
    """Whether its cells are numbers, which stand to the right."""


class Table(Struct, frozen=True):
    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    none: str = "Nothing."
    """What is said where it has no row."""


class Place(Struct, frozen=True):
    """An entry of a journal that a finding is about."""

    instance: str
    index: int
    id: str


class Finding(Struct, frozen=True):
    """Something that somebody has to look at."""

    kind: str
    severity: Severity
    says: str
    remedy: str
    """What to do."""
    count: int = 1
    """How many times it was found; entries, where it is about entries."""
    entries: tuple[Place, ...] = ()
    """The first of them."""


class Gathered(Struct, frozen=True):
    """What a section says of the period."""

    name: str
    title: str
    purpose: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    findings: tuple[Finding, ...] = ()


class ReportedJournal(Struct, frozen=True):
    """A journal that a report is of, and how persons are shown of it."""

    instance: str
    entries: int
    """That the hub took in the period."""
    personal: bool
    """Whether persons and addresses are in the clear; else they are numbered, each `[redacted]`."""


class Document(Struct, frozen=True):
    """A whole report."""

    schema_version: int
    hub_version: str
    id: str
    report: str
    title: str
    purpose: str
    begins: str = field(name="from")
    ends: str = field(name="to")
    """Exclusive."""
    made_at: str
    made_by: str
    journals: tuple[ReportedJournal, ...]
    findings: dict[str, int]
    """How many of each severity."""
    sections: tuple[Gathered, ...]


def severities(sections: tuple[Gathered, ...]) -> dict[str, int]:
    """Return how many findings of each severity there are, the gravest first."""
    found = [each.severity for section in sections for each in section.findings]
    return {severity.value: found.count(severity) for severity in Severity}
