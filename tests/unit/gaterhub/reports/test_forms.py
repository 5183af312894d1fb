"""The three forms of any report say the same, and no cell of the CSV starts a formula."""

import csv
import io
import json
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaterhub.csv_cells import guarded
from gaterhub.reports.forms import csv_of, document_of, html_of, json_of
from gaterhub.reports.structure import (
    Column,
    Document,
    Figure,
    Finding,
    Gathered,
    Place,
    ReportedJournal,
    Severity,
    Table,
    severities,
)
from gaterhub.templatetags.reports import cell

DANGEROUS: Final = "=+-@\t\r\n ;,\"'<&\u200b\ufeff\uff1d\uff0b\uff0d\uff20\u2212"
text = st.one_of(st.text(max_size=12), st.text(DANGEROUS + "SUM(1)", max_size=8)).map(
    lambda said: re.sub("[\x00\ud800-\udfff]", "", said)
)
names = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
numbers = st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e6, 1e6, allow_nan=False))
cells = st.one_of(st.none(), text, numbers)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    width = draw(st.integers(1, 4))
    columns = tuple(Column(f"c{number}", draw(text)) for number in range(width))
    row = st.tuples(*[cells] * width)
    return Table(draw(names), draw(text), columns, tuple(draw(st.lists(row, max_size=4))))


def findings() -> st.SearchStrategy[Finding]:
    place = st.builds(Place, st.sampled_from(["audit", "security"]), st.integers(0, 10**9), st.just("0" * 8))
    return st.builds(
        Finding,
        names,
        st.sampled_from(Severity),
        text,
        text,
        st.integers(1, 10**6),
        st.lists(place, max_size=3).map(tuple),
    )


sections = st.builds(
    Gathered,
    names,
    text,
    text,
    st.lists(st.builds(Figure, names, text, numbers), max_size=3).map(tuple),
    st.lists(tables(), max_size=3).map(tuple),
    st.lists(findings(), max_size=3).map(tuple),
)


def document(*told: Gathered) -> Document:
    return Document(
        1, "0.1.0", "r-1", "evidence", "Evidence review", "All of it.", "2026-02-01T00:00:00Z",
        "2026-03-01T00:00:00Z", "2026-03-01T01:00:00Z", "user:anna", (ReportedJournal("audit", 7, False),),
        severities(told), told,
    )  # fmt: skip


documents = st.lists(sections, max_size=3, unique_by=lambda each: each.name).map(lambda told: document(*told))


def all_numbers(said: Document) -> Counter[float]:
    """Return every number that figures and tables of the structure hold."""
    return Counter(
        float(value)
        for section in said.sections
        for value in (
            *(figure.value for figure in section.figures),
            *(value for table in section.tables for row in table.rows for value in row),
        )
        if isinstance(value, int | float)
    )


class Page(HTMLParser):
    """Reads figures, cells and findings out of a report's page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.figures: list[str] = []
        self.findings: list[tuple[str, str]] = []
        self._into: list[str] | None = None
        self._figure = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        said = dict(attrs)
        self._figure = self._figure or "data-figure" in said
        if tag == "td":
            self.cells.append("")
            self._into = self.cells
        if tag == "dd" and self._figure:
            self.figures.append("")
            self._into = self.figures
        if "data-kind" in said:
            self.findings.append((said["data-severity"], said["data-kind"]))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "dd"):
            self._into = None
        if tag == "dl":
            self._figure = False

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data


def rows_of(text: str) -> list[list[str]]:
    # As a file has it: what a cell holds of line ends stays.
    return list(csv.reader(io.StringIO(text, newline="")))


class TestForms:
    @settings(max_examples=20)
    @given(documents)
    def test_have_equal_figures_and_findings(self, said: Document) -> None:
        kept = json.loads(json_of(said))
        lines, page = rows_of(csv_of(said)), Page(html_of(said, sha256="0" * 64))

        assert document_of(json_of(said)) == said
        expected = [
            value
            for section in said.sections
            for value in (
                *(figure.value for figure in section.figures),
                *(value for table in section.tables for row in table.rows for value in row),
            )
        ]
        assert sorted(page.figures + page.cells) == sorted(cell(value) for value in expected)
        spread = [
            value
            for section in kept["sections"]
            for value in (
                *(figure["value"] for figure in section["figures"]),
                *(value for table in section["tables"] for row in table["rows"] for value in row),
            )
        ]
        assert Counter(float(value) for value in spread if isinstance(value, int | float)) == all_numbers(said)
        found = Counter((each.severity, each.kind) for section in said.sections for each in section.findings)
        assert Counter(page.findings) == found
        told = Counter(
            (section["findings"][number]["severity"], section["findings"][number]["kind"])
            for section in kept["sections"]
            for number in range(len(section["findings"]))
        )
        assert told == found
        of_csv = Counter(
            (line[2], line[3])
            for line in lines
            if line[1] == "findings" and line[0] != "report" and line[2] != "severity"
        )
        assert of_csv == found

    @settings(max_examples=30)
    @given(documents)
    def test_have_every_number_of_a_table_as_a_number_in_the_csv(self, said: Document) -> None:
        lines = csv_of(said)

        # A number stands without quotes; a text never does.
        unquoted = re.findall(r"(?:^|,)(-?\d[^,\"\r\n]*)(?=,|\r\n)", re.sub(r'"(?:[^"]|"")*"', '""', lines))
        beside = [7, *said.findings.values(), 1, *(each.count for one in said.sections for each in one.findings)]
        assert Counter(map(float, unquoted)) == all_numbers(said) + Counter(map(float, beside))

    @settings(max_examples=60)
    @given(documents)
    def test_have_no_cell_of_the_csv_that_starts_a_formula(self, said: Document) -> None:
        text = csv_of(said)

        for delimiter in ",;\t":
            for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
                for each in line:
                    assert _is_harmless(each, delimiter), (delimiter, each)

    @pytest.mark.parametrize(
        ("said", "written"),
        [
            ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "\t'=1"),
            ("  =1", "'  =1"), ("\u200b=1", "'\u200b=1"), ("\uff1d1", "'\uff1d1"), ("\u22121", "'\u22121"),
            ("a;=1", "a;'=1"), ("a\r\n=1", "a\r\n'=1"), ('a;"=1', "a;'\"=1"),
            ("a; b", "a; b"), ("ada@example.com", "ada@example.com"),
            ("2026-10-01", "2026-10-01"), ("", ""), ("a=b", "a=b"),
        ],
    )  # fmt: skip
    def test_set_a_quote_before_what_would_be_a_formula(self, said: str, written: str) -> None:
        assert guarded(said) == written

    def test_escape_what_is_html(self) -> None:
        bad = '<script>alert("x")</script>'
        said = document(Gathered("one", bad, bad, (), (), (Finding("a", Severity.HIGH, bad, bad),)))

        assert "<script>" not in html_of(said, sha256="0" * 64)


def _is_harmless(text: str, delimiter: str) -> bool:
    """Tell whether a spreadsheet takes a cell for a text or a number."""
    plain = text.lstrip(" \t\r\n\ufeff\u200b")
    if delimiter != ",":
        # What stands between two quotes of ours, split where it was not meant to be.
        plain = plain.lstrip('"')
    return plain[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20\u2212") or not plain or _is_number(plain, delimiter)


def _is_number(text: str, delimiter: str) -> bool:
    try:
        float(text.split(",", maxsplit=1)[0] if delimiter != "," else text)
    except ValueError:
        return False
    return True
