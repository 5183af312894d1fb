"""`manage.py compliance_report`: its three forms, its ends, and what it says of bad input."""

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from gaterhub.reports import making
from gaterhub.reports.models import ComplianceReport
from gaterhub.reports.structure import Document
from instances.journal.committers import stop_committers
from tests.seeded_month import plant

pytestmark = pytest.mark.django_db

MONTH = ("--month", "2026-02")


@pytest.fixture(autouse=True)
def _committers() -> Iterator[None]:
    yield
    stop_committers()


def called(*arguments: str) -> tuple[int, str, str]:
    """Return how the command ended, and what it wrote on either stream."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command("compliance_report", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        status = int(str(ended.code))
    return status, out.getvalue(), err.getvalue()


class TestTheCommand:
    def test_writes_the_json_that_is_kept_and_ends_with_1_where_something_is_found(self) -> None:
        plant(entries=200)

        status, out, err = called(*MONTH)

        row = ComplianceReport.objects.get()
        assert (status, out, row.state) == (1, row.document, "finished")
        assert hashlib.sha256(out.encode()).hexdigest() in err
        assert f"{row.finding_count} findings" in err
        assert "person-" not in out
        assert row.made_by_kind == "os"

    def test_ends_with_0_where_nothing_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def nothing(*sections: Any) -> dict[str, int]:
            return {"high": 0, "medium": 0, "low": 0}

        monkeypatch.setattr(making, "severities", nothing)

        assert called(*MONTH)[0] == 0

    def test_writes_a_page_that_needs_nothing_else_to_a_file_of_its_owners(self, tmp_path: Path) -> None:
        plant(entries=200)
        path = tmp_path / "february.html"

        assert called(*MONTH, "--output", str(path), "--personal")[0] == 1

        page = path.read_text(encoding="utf-8")
        assert path.stat().st_mode & 0o777 == 0o600
        assert page.startswith("<!doctype html>")
        assert "person-" in page
        assert "<style>" in page
        assert not any(part in page for part in ("<link", "<script", "src=", 'href="/'))
        assert "{" not in page.partition("</style>")[2]

    def test_writes_csv_by_the_files_name(self, tmp_path: Path) -> None:
        path = tmp_path / "february.csv"

        called(*MONTH, "--output", str(path))

        assert path.read_bytes().startswith(b'"report","about","what","value"\r\n')

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("--month", "2026-2"), "--month: A month is"),
            (("--from", "2026-02-01"), "--to: Say when"),
            (("--month", "2026-02", "--report", "nothing"), "There is no report 'nothing'; there is evidence"),
            (("--run", "019abcde-0000-7000-8000-000000000000"), "no such report"),
        ],
    )
    def test_ends_with_2_for_bad_input(self, arguments: tuple[str, ...], says: str) -> None:
        with pytest.raises(CommandError, match=says) as refused:
            called(*arguments)

        assert refused.value.returncode == 2
        assert not ComplianceReport.objects.exists()

    def test_writes_over_no_file(self, tmp_path: Path) -> None:
        path = tmp_path / "there.csv"
        path.touch()

        with pytest.raises(CommandError, match="there already") as refused:
            called(*MONTH, "--output", str(path))

        assert (refused.value.returncode, path.read_bytes()) == (2, b"")
        assert not ComplianceReport.objects.exists(), "nothing is made for nothing"

    def test_says_that_the_report_is_there_where_the_file_can_not_be(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match=r"is made, but .* can't be written: No such file") as refused:
            called(*MONTH, "--output", str(tmp_path / "no" / "folder.json"))

        assert refused.value.returncode == 2
        assert ComplianceReport.objects.get().state == "finished"

    def test_makes_one_that_the_pages_asked_for(self) -> None:
        row = ComplianceReport.objects.create(
            name="evidence", begins="2026-02-01T00:00:00Z", ends="2026-03-01T00:00:00Z", instances=["audit"],
            made_by_kind="user", made_by="anna", asked_at="2026-03-01T01:00:00Z", updated_at="2126-03-01T01:00:00Z",
        )  # fmt: skip

        assert called("--run", str(row.pk)) == (0, "", "")

        row.refresh_from_db()
        assert (row.state, json.loads(row.document)["made_by"]) == ("finished", "user:anna")

    def test_ends_with_2_where_it_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*arguments: Any, **words: Any) -> Document:
            raise KeyError("x")

        monkeypatch.setattr("gaterhub.reports.running.make", fail)

        with pytest.raises(CommandError, match=r"was not made\. A fault of the hub's") as refused:
            called(*MONTH)

        assert refused.value.returncode == 2
