"""A torn end is cut off, and any other damage is told and kept; `test_reading` tries each byte."""

from pathlib import Path

import pytest

from instances.journal.spool.spool import Spool
from tests.unit.instances.journal.spool.making import JournalInMemory, adopted, die, numbered, resources, spool_at


def _written(path: Path, groups: int) -> tuple[Path, list[int]]:
    """Write groups of two into a spool whose process dies then; return its file, and where each record ends."""
    spool = spool_at(path)
    ends = []
    for each in range(groups):
        spool.write(numbered(2, start=2 * each))
        ends.append(spool.figures().bytes)
    die(spool)
    (file,) = path.glob("*.spool")
    return file, ends


def _replayed(path: Path) -> tuple[Spool, list[str]]:
    spool, journal = adopted(path), JournalInMemory()
    spool.replay(journal.append)
    return spool, resources(list(journal.kept.values()))


def _aside(path: Path) -> list[str]:
    return sorted(each.name for each in (path.parent / "aside").glob("*"))


class TestTornEnd:
    def test_is_cut_off_wherever_it_is_torn(self, tmp_path: Path) -> None:
        file, ends = _written(tmp_path / "p", 3)
        whole = file.read_bytes()

        for length in (ends[1], ends[1] + 1, ends[1] + 67, ends[1] + 68, ends[2] - 1):
            file.write_bytes(whole[:length])

            spool, found = _replayed(tmp_path / "p")

            assert found == ["r0", "r1", "r2", "r3"], length
            assert spool.damages == 0, length
            die(spool)

    def test_of_zeros_that_the_file_system_left_is_cut_off(self, tmp_path: Path) -> None:
        file, _ = _written(tmp_path / "p", 2)
        file.write_bytes(file.read_bytes() + bytes(4096))

        spool, found = _replayed(tmp_path / "p")

        assert found == ["r0", "r1", "r2", "r3"]
        assert spool.damages == 0

    def test_is_told_in_the_log(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        file, _ = _written(tmp_path / "p", 2)
        file.write_bytes(file.read_bytes()[:-1])

        _replayed(tmp_path / "p")

        assert "never acknowledged" in caplog.text


class TestDamage:
    def test_of_any_byte_of_any_record_is_told_and_hides_no_other(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        file, ends = _written(tmp_path / "p", 3)
        whole = file.read_bytes()

        for position in (0, 5, ends[0] + 17, ends[0] + 69, ends[2] - 1):
            broken = bytearray(whole)
            broken[position] ^= 0x10
            file.write_bytes(broken)

            spool, found = _replayed(tmp_path / "p")

            hit = next(number for number, end in enumerate(ends) if position < end)
            assert found == [f"r{each}" for each in range(6) if each // 2 != hit], position
            assert spool.damages >= 1, position
            assert _aside(tmp_path / "p") == ["p.audit-00000001.spool.damaged"], position
            die(spool)
        assert "is damaged at byte" in caplog.text

    def test_a_damaged_file_is_kept_as_it_is(self, tmp_path: Path) -> None:
        file, _ = _written(tmp_path / "p", 2)
        broken = bytearray(file.read_bytes())
        broken[200] ^= 1
        file.write_bytes(broken)

        _replayed(tmp_path / "p")

        assert (tmp_path / "aside" / "p.audit-00000001.spool.damaged").read_bytes() == broken

    def test_a_record_that_was_taken_out_is_told(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        file, ends = _written(tmp_path / "p", 3)
        whole = file.read_bytes()
        file.write_bytes(whole[: ends[0]] + whole[ends[1] :])

        spool, found = _replayed(tmp_path / "p")

        assert found == ["r0", "r1", "r4", "r5"]
        assert spool.damages == 1
        assert "the records 2 to 2 are missing" in caplog.text

    def test_records_in_another_order_are_told(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        file, ends = _written(tmp_path / "p", 3)
        whole = file.read_bytes()
        file.write_bytes(whole[: ends[0]] + whole[ends[1] :] + whole[ends[0] : ends[1]])

        spool, found = _replayed(tmp_path / "p")

        assert sorted(found) == [f"r{each}" for each in range(6)]
        assert spool.damages >= 1
        assert "doesn't follow" in caplog.text

    def test_a_file_that_was_taken_out_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr("instances.journal.spool.writer.SEGMENT_BYTES", 1)
        spool = spool_at(tmp_path / "p")
        for each in range(3):
            spool.write(numbered(1, start=each))
        die(spool)
        sorted((tmp_path / "p").glob("*.spool"))[1].unlink()

        spool, found = _replayed(tmp_path / "p")

        assert found == ["r0", "r2"]
        assert "missing" in caplog.text
