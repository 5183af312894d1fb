"""What `make check` makes of pip-audit's answer."""

import json
import subprocess
import sys
from typing import Any

import pytest

from scripts import audit
from tests.conftest import ROOT

CLEAN = {"name": "django", "version": "5.2.19", "vulns": []}
HOLE = {"id": "CVE-2026-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}
HOLED = {"name": "holed", "version": "1.0", "vulns": [HOLE]}
UNKNOWN = {"name": "own", "skip_reason": "Dependency not found and could not be audited"}


def written(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": list(packages), "fixes": []})


class TestVerdict:
    def test_fails_on_a_known_hole(self) -> None:
        lines, status = audit.verdict(written(CLEAN, HOLED, UNKNOWN))

        assert (lines, status) == (["pip-audit: holed 1.0 has CVE-2026-1, fixed in 1.1"], 1)

    def test_passes_where_none_is_known(self) -> None:
        assert audit.verdict(written(CLEAN)) == (["pip-audit: nothing known against 1 packages"], 0)

    @pytest.mark.parametrize("answer", [None, "", "Traceback", "[]", "{}", written(UNKNOWN)])
    def test_says_in_one_line_that_nobody_answered(self, answer: str | None) -> None:
        (line,), status = audit.verdict(answer)

        assert status == 0
        assert line.startswith("pip-audit: skipped, ")

    def test_says_about_how_many_nobody_answered(self) -> None:
        (line,), status = audit.verdict(written(CLEAN, UNKNOWN))

        assert (line, status) == ("pip-audit: nothing known against 1 packages, no answer about 1", 0)


class TestAsked:
    def test_waits_no_longer_than_it_says(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(audit, "ALL_SECONDS", 0.001)

        assert audit.asked(audit.LOCKS) is None

    def test_reads_the_locks(self, tmp_path: Any) -> None:
        """Without asking anybody: pip-audit says how many packages it would ask about."""
        command = [sys.executable, "-m", "pip_audit", "--requirement", "requirements.lock", "--require-hashes"]
        done = subprocess.run(
            [*command, "--disable-pip", "--dry-run", "--progress-spinner", "off", "--cache-dir", str(tmp_path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )

        assert "would have audited" in done.stderr
        assert int(done.stderr.split("would have audited ")[1].split()[0]) > 30
