from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaterhub.agent.logs import files
from gaterhub.agent.logs.files import FollowedFile, LogFiles, reading_of_line


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    path.write_text("yesterday\n")
    return path


@pytest.fixture
def followed(path: Path) -> FollowedFile:
    file = FollowedFile(path)
    assert file.lines() == []
    return file


def write(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


class TestFollowedFile:
    def test_begins_at_the_end(self, path: Path, followed: FollowedFile) -> None:
        write(path, "one\ntwo\n")

        assert followed.lines() == ["one", "two"]
        assert followed.lines() == []

    def test_waits_for_the_end_of_a_line(self, path: Path, followed: FollowedFile) -> None:
        write(path, "hal")
        assert followed.lines() == []
        write(path, "f\n\nnext\n")

        assert followed.lines() == ["half", "next"]

    def test_follows_a_rotation_without_losing_a_line(self, path: Path, followed: FollowedFile) -> None:
        write(path, "last of the old\n")
        path.rename(path.with_suffix(".log.1"))
        path.write_text("first of the new\n")

        assert followed.lines() == ["last of the old", "first of the new"]
        write(path, "second\n")
        assert followed.lines() == ["second"]

    def test_reads_a_rotated_file_to_its_end_before_the_new_one(
        self, path: Path, followed: FollowedFile, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "READ_AT_ONCE_BYTES", 8)
        write(path, "one\ntwo\nthree\n")
        path.rename(path.with_suffix(".log.1"))
        path.write_text("new\n")

        assert [followed.lines() for _ in range(2)] == [["one", "two"], ["three", "new"]]

    def test_reads_on_in_a_rotated_file_until_there_is_a_new_one(self, path: Path, followed: FollowedFile) -> None:
        old = path.rename(path.with_suffix(".log.1"))
        write(old, "still here\n")

        assert followed.lines() == ["still here"]
        path.write_text("new\n")
        assert followed.lines() == ["new"]

    def test_reads_a_truncated_file_from_its_start(self, path: Path, followed: FollowedFile) -> None:
        path.write_text("anew\n")

        assert followed.lines() == ["anew"]

    def test_finds_a_file_that_comes_later_from_its_start(self, tmp_path: Path) -> None:
        file = FollowedFile(tmp_path / "later.log")
        assert file.lines() == []
        (tmp_path / "later.log").write_text("first\n")

        assert file.lines() == ["first"]

    def test_skips_to_the_end_of_a_flood_and_says_so(
        self,
        path: Path,
        followed: FollowedFile,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setattr(files, "READ_AT_ONCE_BYTES", 25)
        monkeypatch.setattr(files, "BEHIND_MAX_BYTES", 100)
        write(path, "".join(f"line {number:04}\n" for number in range(50)))

        lines = followed.lines()

        assert lines == ["line 0048", "line 0049"]
        assert "500 bytes" in caplog.text

    def test_reads_no_more_at_once_than_it_may(
        self, path: Path, followed: FollowedFile, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "READ_AT_ONCE_BYTES", 10)
        write(path, "one\ntwo\nthree\nfour\n")

        assert followed.lines() == ["one", "two"]
        assert followed.lines() == ["three", "four"]

    def test_cuts_a_line_without_an_end(
        self, path: Path, followed: FollowedFile, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "LINE_MAX_BYTES", 10)
        write(path, "a" * 30)
        assert followed.lines() == ["a" * 10]
        write(path, "a" * 30 + "\nnext\n")

        assert followed.lines() == ["next"]

    def test_bears_bytes_that_are_no_text(self, path: Path, followed: FollowedFile) -> None:
        with path.open("ab") as file:
            file.write(b"\xff\xfe ok\n")

        assert followed.lines() == ["\ufffd\ufffd ok"]

    @given(st.lists(st.sampled_from(["write", "rotate", "truncate", "look"]), max_size=30))
    def test_tells_every_line_once_in_order_whatever_happens(
        self, tmp_path_factory: pytest.TempPathFactory, steps: list[str]
    ) -> None:
        """As long as it looks before each rotation and truncation, which lose what nobody has read."""
        path = tmp_path_factory.mktemp("log") / "x.log"
        path.touch()
        file = FollowedFile(path)
        file.lines()
        told: list[str] = []
        count = 0
        for step in steps:
            told += file.lines()
            if step == "write":
                write(path, f"{count}\n")
                count += 1
            elif step == "rotate":
                path.rename(path.with_suffix(".1"))
                path.touch()
            elif step == "truncate":
                told += file.lines()
                path.write_text("")
                told += file.lines()
        told += file.lines()
        file.close()

        assert told == [str(number) for number in range(count)]


class TestReadingOfLine:
    def test_reads_syslogs_iso_form(self) -> None:
        line = "2023-01-01T00:00:00.250000+00:00 vm sshd[812]: [error] fatal: no hostkeys"

        reading = reading_of_line(line, Path("/var/log/syslog"), own_pid=1)

        assert reading is not None
        assert reading.topic == "logs:sshd:error"
        assert reading.timestamp_ms == 1_672_531_200_250
        assert reading.data["message"] == "[error] fatal: no hostkeys"
        assert (reading.data["pid"], reading.data["file"]) == (812, "/var/log/syslog")

    def test_reads_syslogs_traditional_form(self) -> None:
        reading = reading_of_line("Jan  1 00:00:00 vm kernel: eth0 up", Path("/var/log/kern.log"), own_pid=1)

        assert reading is not None
        assert (reading.topic, reading.timestamp_ms) == ("logs:kernel:info", None)

    def test_names_the_service_of_any_other_line_by_its_file(self) -> None:
        reading = reading_of_line("12:00 ERROR no stock", Path("/srv/orders.log"), own_pid=1)

        assert reading is not None
        assert (reading.topic, reading.data["message"]) == ("logs:orders:error", "12:00 ERROR no stock")

    def test_leaves_out_what_this_process_wrote(self) -> None:
        line = "2023-01-01T00:00:00+00:00 vm gaterhub[812]: hello"

        assert reading_of_line(line, Path("/var/log/syslog"), own_pid=812) is None

    def test_bears_a_date_that_is_none(self) -> None:
        reading = reading_of_line("2023-99-99T00:00:00Z vm a: b", Path("x.log"), own_pid=1)

        assert reading is not None
        assert reading.timestamp_ms is None


class TestLogFiles:
    def test_follow_each_file_once(self, tmp_path: Path) -> None:
        a, b = tmp_path / "a.log", tmp_path / "b.log"
        a.touch()
        b.touch()
        logs = LogFiles([str(a), a, b])
        logs.sample()
        write(a, "from a\n")
        write(b, "WARNING from b\n")

        assert [each.topic for each in logs.sample()] == ["logs:a:info", "logs:b:warning"]
