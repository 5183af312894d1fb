"""The CSV of a report in a real spreadsheet, which is told to evaluate formulas: none is there."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from gaterhub.reports.forms import csv_of
from gaterhub.reports.structure import Column, Document, Figure, Finding, Gathered, Severity, Table

FILTER: Final = "CSV:{separator},34,76,1,,0,false,true,false,false,false,-1,true"
"""Separated so, quoted by ", UTF-8, from line 1, numbers in quotes recognised as such, formulas evaluated."""
ATTACKS: Final = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", " =1+1", "\u00a0=1+1", "\u200b=1+1", "\ufeff=1+1",
    "\uff1d1+1", "\uff0b1+1", "x;=1+1", "x\t=1+1", "x\n=1+1", '"=1+1', '";=1+1', "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.org/","x")',
)  # fmt: skip


@pytest.fixture(scope="module")
def soffice() -> str:
    found = shutil.which("soffice")
    if found is None:
        pytest.skip("needs LibreOffice: apt-get install libreoffice-calc")
    return found


def opened(soffice: str, folder: Path, text: str, *, separator: str) -> str:
    """Return the document that the spreadsheet makes of a CSV, as flat XML."""
    path = folder / "report.csv"
    path.write_text(text, encoding="utf-8-sig", newline="")
    subprocess.run(
        [
            soffice, f"-env:UserInstallation=file://{folder / 'profile'}", "--headless", "--convert-to", "fods",
            f"--infilter={FILTER.format(separator=ord(separator))}", "--outdir", str(folder), str(path),
        ],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    return (folder / "report.fods").read_text(encoding="utf-8")


def formulas(document: str) -> list[str]:
    return re.findall(r'table:formula="([^"]*)"', document)


def report() -> Document:
    columns = (Column("what", "=1+1"), Column("number", "Number", number=True))
    rows = tuple((attack, number) for number, attack in enumerate(ATTACKS, -3))
    return Document(
        1, "0.1.0", "r-1", "evidence", "Evidence review", "All.", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z",
        "2026-03-01T01:00:00Z", "user:=1+1", (), {"high": 1},
        (
            Gathered(
                "one", "One", "One.", (Figure("a", "+1+1", -7), Figure("b", "Percent", 99.25, "%")),
                (Table("t", "T", columns, rows),),
                tuple(Finding("kind", Severity.HIGH, attack, attack) for attack in ATTACKS),
            ),
        ),
    )  # fmt: skip


class TestLibreOffice:
    def test_finds_no_formula_in_a_report_however_it_is_split(self, soffice: str, tmp_path: Path) -> None:
        text = csv_of(report())

        plain = opened(soffice, tmp_path, text, separator=",")

        assert formulas(plain) == []
        assert 'office:value="-7"' in plain, "numbers are numbers"
        assert 'office:value="99.25"' in plain
        assert formulas(opened(soffice, tmp_path, text, separator=";")) == []

    def test_would_find_one_in_a_csv_without_the_guard(self, soffice: str, tmp_path: Path) -> None:
        assert len(formulas(opened(soffice, tmp_path, '"one","=1+1"\r\n', separator=","))) == 1
