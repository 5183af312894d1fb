import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from instances.journal import bundle_run
from instances.journal.bundle import Exported, Selection
from instances.journal.bundle_run import KEPT_SECONDS, AnotherRuns, BundleRun, forget_old, read_run, runs_of, start
from instances.topics import Pattern

NOW = 1_700_000_000.0
"""Long ago, so that the files that tests write are no older."""


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.DATA_DIR = tmp_path
    # What runs and what is old is told by the time that a test names.
    monkeypatch.setattr("instances.journal.run_file.time.time", lambda: NOW)
    return tmp_path / "bundles"


@pytest.fixture
def started() -> list[Sequence[str]]:
    return []


def begun(
    started: list[Sequence[str]], selection: Selection | None = None, *, by_id: int = 7, now: float = NOW, **more: Any
) -> BundleRun:
    said = {"personal": False, "reason": None} | more
    return start(
        "audit",
        selection or Selection(),
        by="user:vera",
        by_id=by_id,
        address="203.0.113.7",
        clock=lambda: now,
        process=started.append,
        **said,
    )


def aged(path: Path, seconds: float) -> None:
    os.utime(path, (NOW - seconds, NOW - seconds))


class TestStart:
    def test_runs_the_command_with_the_selection(self, started: list[Sequence[str]]) -> None:
        wanted = Selection(
            topic=Pattern("audit_trail:*"),
            event_type="user_action",
            received_from_ms=1_700_000_000_123,
            received_to_ms=1_700_000_001_000,
            index_from=0,
            index_to=9,
        )
        run = begun(started, wanted, personal=True, reason="yearly review")

        assert started == [
            [
                "export_evidence",
                "audit",
                f"--out={run.path}",
                f"--run={run.name}",
                "--topic=audit_trail:*",
                "--event-type=user_action",
                "--from=2023-11-14T22:13:20.123000+00:00",
                "--to=2023-11-14T22:13:21+00:00",
                "--index-from=0",
                "--index-to=9",
                "--reason=yearly review",
                "--personal",
            ]
        ]

    def test_passes_nothing_that_somebody_typed_for_another_option(self, started: list[Sequence[str]]) -> None:
        begun(started, reason="--out=/etc/passwd")

        assert "--reason=--out=/etc/passwd" in started[0]

    def test_is_kept_for_the_process_and_its_watchers(self, started: list[Sequence[str]], folder: Path) -> None:
        run = begun(started)

        assert read_run(run.name) == run
        assert run.is_running
        assert folder.stat().st_mode & 0o077 == 0

    def test_is_refused_while_one_of_the_same_person_runs(self, started: list[Sequence[str]]) -> None:
        first = begun(started)
        with pytest.raises(AnotherRuns) as refused:
            begun(started)
        assert refused.value.run == first

        begun(started, by_id=8)
        first.failed("It was interrupted.", now=NOW)
        begun(started)
        assert len(started) == 3


class TestBundleRun:
    def test_tells_how_far_it_is_once_a_second(self, started: list[Sequence[str]]) -> None:
        run = begun(started)

        run.told(10, 200, now=NOW + 0.5)
        assert read_run(run.name).done == 0  # type: ignore[union-attr]
        run.told(50, 200, now=NOW + 1.0)

        kept = read_run(run.name)
        assert kept is not None
        assert (kept.done, kept.percent) == (50, 25)

    def test_ends_with_what_it_holds(self, started: list[Sequence[str]]) -> None:
        run = begun(started)
        run.made(Exported("hub.test/audit", 9, 1, count=3), 4_096, now=NOW)

        kept = read_run(run.name)
        assert kept is not None
        assert (kept.is_running, kept.percent, kept.size_bytes) == (False, 100, 4_096)
        assert kept.exported is not None
        assert kept.exported["count"] == 3

    def test_has_ended_where_its_process_is_silent(self, started: list[Sequence[str]]) -> None:
        run = begun(started, now=NOW - 61)

        assert not run.is_running

    def test_is_seen_by_the_person_alone_the_latest_first(self, started: list[Sequence[str]]) -> None:
        first = begun(started, now=NOW - 100)
        second = begun(started)
        begun(started, by_id=8)

        assert [run.name for run in runs_of(7)] == [second.name, first.name]

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"form": 2}', '{"form": 1, "name": "x"}'])
    def test_is_none_where_its_file_is_none(self, folder: Path, text: str) -> None:
        folder.mkdir()
        (folder / "torn.json").write_text(text)

        assert read_run("torn") is None
        assert runs_of(7) == []

    @pytest.mark.parametrize("name", ["../journal", "UPPER", "", "a" * 61])
    def test_has_a_name_that_leads_nowhere_else(self, name: str) -> None:
        with pytest.raises(ValueError, match="small letters"):
            read_run(name)


class TestForgetting:
    def test_takes_what_was_there_for_long_enough(self, started: list[Sequence[str]], folder: Path) -> None:
        old, fresh = begun(started), begun(started, by_id=8)
        for run in (old, fresh):
            run.path.write_bytes(b"zip")
        aged(old.path, KEPT_SECONDS + 1)
        aged(old.path.with_suffix(".json"), KEPT_SECONDS + 1)
        aged(fresh.path, KEPT_SECONDS - 1)
        aged(fresh.path.with_suffix(".json"), KEPT_SECONDS - 1)

        forget_old(NOW)

        assert sorted(each.name for each in folder.iterdir()) == [f"{fresh.name}.json", f"{fresh.name}.zip"]

    def test_takes_what_a_killed_process_left_and_leaves_what_one_is_writing(self, folder: Path) -> None:
        for name, age in (("dead", KEPT_SECONDS + 1), ("alive", 5)):
            inside = folder / f".bundle.zip.{name}" / "personal.jsonl"
            inside.parent.mkdir(parents=True)
            inside.write_text("salted")
            aged(inside, age)
            aged(inside.parent, KEPT_SECONDS + 1)

        forget_old(NOW)

        assert [each.name for each in folder.iterdir()] == [".bundle.zip.alive"]

    def test_does_nothing_where_nothing_was_ever_made(self) -> None:
        bundle_run.forget_those_of_now()
