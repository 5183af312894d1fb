"""Positions between two runs."""

from pathlib import Path

import pytest
from django.core.management.base import CommandError

from gaterhub.tailing.resume_file import ResumeFile

HERE = {"health.process_health": "k3f9:41"}


class TestResumeFile:
    def test_gives_back_what_was_saved(self, tmp_path: Path) -> None:
        ResumeFile(tmp_path / "kept", "health", "*").save(HERE)

        assert ResumeFile(tmp_path / "kept", "health", "*").load() == HERE
        assert [each.name for each in tmp_path.iterdir()] == ["kept"]

    def test_has_nothing_before_the_first_run(self, tmp_path: Path) -> None:
        assert ResumeFile(tmp_path / "kept", "health", "*").load() == {}

    def test_is_not_written_while_nothing_changes(self, tmp_path: Path) -> None:
        file = ResumeFile(tmp_path / "kept", "health", "*")
        file.save(HERE)
        (tmp_path / "kept").unlink()

        file.save(dict(HERE))

        assert not (tmp_path / "kept").exists()

    def test_of_another_pattern_is_refused(self, tmp_path: Path) -> None:
        ResumeFile(tmp_path / "kept", "health", "*").save(HERE)

        with pytest.raises(CommandError, match=r"keeps the positions of \* of health"):
            ResumeFile(tmp_path / "kept", "health", "a:*").load()

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"instance": "health", "pattern": "*", "positions": 3}'])
    def test_that_was_spoilt_is_refused(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "kept").write_text(text)

        with pytest.raises(CommandError, match="is no file of positions"):
            ResumeFile(tmp_path / "kept", "health", "*").load()

    def test_that_cannot_be_written_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="can't be kept"):
            ResumeFile(tmp_path / "nowhere" / "kept", "health", "*").save(HERE)
