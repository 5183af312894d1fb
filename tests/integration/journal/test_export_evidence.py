"""The command that writes a bundle and puts it on record."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from instances.journal.offline import verify
from instances.publishing.publish import PublishError, PublishResult
from tests.integration.journal.bundling import (
    build_days,
    vkey,
)


@pytest.fixture
def earlier(journal: str) -> str:
    """A journal of two days, and a checkpoint from between."""
    return build_days()


class TestCommand:
    @pytest.fixture
    def told(self, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        told: list[Any] = []

        def publish_event(event: Any, *, publisher: str) -> PublishResult:
            told.append(event)
            return PublishResult(True, "id")

        monkeypatch.setattr("gaterhub.acts.exports.publish_event", publish_event)
        return told

    def test_writes_a_bundle_and_puts_it_on_record(self, earlier: str, tmp_path: Path, told: list[Any]) -> None:
        path, out = tmp_path / "bundle.zip", io.StringIO()

        call_command("export_evidence", "audit", out=path, index_to=9, personal=True, reason="Review", stdout=out)

        assert verify.check(path, keys=[vkey()]).status == verify.VALID
        assert path.stat().st_mode & 0o777 == 0o600
        assert "holds 10 entries of gaterhub.test/audit" in out.getvalue()
        (event,) = told
        assert (event.event_type, event.data["record_count"], event.data["resource"]) == (
            "data_exported",
            10,
            "journal/audit",
        )
        assert [each.name for each in tmp_path.iterdir()] == ["bundle.zip"]

    def test_leaves_nothing_behind_where_it_can_not_be_recorded(
        self, earlier: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refused = PublishResult(False, None, PublishError("unavailable", "The journal is out.", True))
        monkeypatch.setattr("gaterhub.acts.exports.publish_event", lambda event, publisher: refused)

        with pytest.raises(CommandError, match=r"could not be put on record: The journal is out"):
            call_command("export_evidence", "audit", out=tmp_path / "bundle.zip")

        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["alerts"], "not sealed"),
            (["audit", "--topic", "a*"], r"\*"),
            (["audit", "--from", "yesterday"], "no time"),
            (["audit", "--from", "2026-02-30"], "no time"),
            (["audit", "--pinned-checkpoint", "/nowhere"], "No such file"),
        ],
    )
    def test_refuses_what_can_not_be(
        self, earlier: str, tmp_path: Path, told: list[Any], arguments: list[str], says: str
    ) -> None:
        with pytest.raises(CommandError, match=says):
            call_command("export_evidence", *arguments, "--out", str(tmp_path / "bundle.zip"))

        assert (told, list(tmp_path.iterdir())) == ([], [])

    def test_writes_over_nothing(self, earlier: str, tmp_path: Path, told: list[Any]) -> None:
        (tmp_path / "there.zip").write_text("mine")

        with pytest.raises(CommandError, match="not written over"):
            call_command("export_evidence", "audit", out=tmp_path / "there.zip")

        assert (tmp_path / "there.zip").read_text() == "mine"
