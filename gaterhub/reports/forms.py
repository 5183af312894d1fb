"""The three forms of a report, all made of the same structure, so that no two can say different things."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from gaterhub.csv_cells import guarded
from gaterhub.reports.structure import Cell, Document, Finding, Gathered

FORMATS: Final = ("html", "csv", "json")
STYLE: Final = "gaterhub/report.css"

_FINDING_COLUMNS: Final = ("severity", "kind", "count", "finding", "what to do", "entries")


# --- JSON ------------------------------------------------------------------------------------------------------------


def json_of(document: Document) -> bytes:
    """Return the report as it is kept and hashed."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


document_of: Final = msgspec.json.Decoder(Document).decode
"""Return what `json_of` gave."""


# --- CSV -------------------------------------------------------------------------------------------------------------


def csv_of(document: Document) -> str:
    """Return the report as CSV, by RFC 4180: blocks of lines, whose first two cells say of what they are.

    The first line of a block names its columns. No cell can start a formula; numbers stay numbers.
    """
    text = io.StringIO()
    # Whatever is text is quoted, so that what separates cells elsewhere is part of them here.
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    for row in _lines(document):
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue()


def _lines(document: Document) -> Iterator[Sequence[Cell]]:
    yield from _block("report", "about", ("what", "value"), _about(document))
    yield from _block(
        "report",
        "findings",
        ("severity", "findings"),
        tuple((name, count) for name, count in document.findings.items()),
    )
    for section in document.sections:
        figures = tuple((each.title, each.value, each.unit) for each in section.figures)
        yield from _block(section.name, "figures", ("figure", "value", "unit"), figures)
        for table in section.tables:
            yield from _block(section.name, table.name, [column.title for column in table.columns], table.rows)
        found = tuple(_finding(each) for each in section.findings)
        yield from _block(section.name, "findings", _FINDING_COLUMNS, found)


def _block(section: str, part: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    yield (section, part, *columns)
    for row in rows:
        # `csv` would write None as an empty text in quotes, and so would it be read.
        yield (section, part, *("" if cell is None else cell for cell in row))


def _about(document: Document) -> tuple[tuple[str, Cell], ...]:
    return (
        ("report", document.title),
        ("id", document.id),
        ("from", document.begins),
        ("to (exclusive)", document.ends),
        ("made at", document.made_at),
        ("made by", document.made_by),
        ("hub version", document.hub_version),
        ("schema version", document.schema_version),
        *(
            (
                f"entries of {each.instance}, persons {'in the clear' if each.personal else 'redacted'}",
                each.entries,
            )
            for each in document.journals
        ),
    )


def _finding(finding: Finding) -> tuple[Cell, ...]:
    entries = " ".join(f"{each.instance}/{each.index}" for each in finding.entries)
    return finding.severity.value, finding.kind, finding.count, finding.says, finding.remedy, entries


# --- HTML ------------------------------------------------------------------------------------------------------------


def html_of(document: Document, *, sha256: str) -> str:
    """Return the report as a page that needs nothing beside it, to be kept, sent or printed."""
    found = finders.find(STYLE)
    assert isinstance(found, str)
    style = Path(found).read_text(encoding="utf-8")
    return render_to_string(
        "reports/alone.html", {"document": document, "sha256": sha256, "style": style, "alone": True} | shown(document)
    )


class Group(NamedTuple):
    """Findings of which the same is to be done."""

    severity: str
    remedy: str
    found: list[tuple[Gathered, Finding]]


def shown(document: Document) -> dict[str, Any]:
    """Return what the templates show beside the document itself: the findings, the gravest first."""
    groups: dict[tuple[str, str, str], Group] = {}
    for severity in document.findings:
        for section in document.sections:
            for each in section.findings:
                if each.severity == severity:
                    key = severity, each.kind, each.remedy
                    groups.setdefault(key, Group(severity, each.remedy, [])).found.append((section, each))
    return {"groups": list(groups.values()), "count": sum(document.findings.values())}
