"""The table of reports, and the sections that they are made of. A new report is a row here."""

from dataclasses import dataclass
from typing import Final

from gaterhub.reports.section import Section
from gaterhub.reports.sections import (
    completeness,
    coverage,
    failed_logins,
    gaps,
    integrity,
    operations,
    regulations,
    violations,
)

NAME_MAX_CHARACTERS: Final = 50


@dataclass(frozen=True, slots=True)
class Report:
    """A kind of report."""

    name: str
    title: str
    purpose: str
    sections: tuple[Section, ...]


_ROWS: Final = (
    Report(
        "evidence",
        "Evidence review",
        "What the journals tell of a period: whether it is complete and intact, who failed to get in, who changed "
        "what, and what was missed.",
        (
            coverage.SECTION,
            failed_logins.SECTION,
            operations.SECTION,
            violations.SECTION,
            completeness.SECTION,
            regulations.SECTION,
            integrity.SECTION,
            gaps.SECTION,
        ),
    ),
)


def _by_name(rows: tuple[Report, ...]) -> dict[str, Report]:
    table = {row.name: row for row in rows}
    if len(table) != len(rows):
        raise RuntimeError("A report is declared twice in gaterhub/reports/table.py.")
    for row in rows:
        if len({each.name for each in row.sections}) != len(row.sections):
            raise RuntimeError(f"A section is declared twice in the report {row.name}.")
    return table


REPORTS: Final = _by_name(_ROWS)
DEFAULT: Final = _ROWS[0].name
