import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from instances.journal.memory import Forgetful, Memory, Signed

SIGNED = Signed(generation=1, size=20, root=b"r" * 32, signed_ms=1_800_000_000_000)


class TestMemory:
    def test_remembers_in_another_process(self, tmp_path: Path) -> None:
        Memory(tmp_path / "state").keep("audit", SIGNED)
        Memory(tmp_path / "state").keep("security", replace(SIGNED, size=3))

        assert Memory(tmp_path / "state").last("audit") == SIGNED
        assert Memory(tmp_path / "state").last("security") == replace(SIGNED, size=3)

    def test_knows_nothing_at_first(self, tmp_path: Path) -> None:
        assert Memory(tmp_path / "state").last("audit") is None

    @pytest.mark.parametrize("older", [{"size": 19}, {"size": 19, "signed_ms": 1_900_000_000_000}, {"signed_ms": 1}])
    def test_never_goes_back(self, tmp_path: Path, older: dict[str, int]) -> None:
        """Two leaders may overlap for a moment; the slower one must not make the file forget."""
        memory = Memory(tmp_path)
        memory.keep("audit", SIGNED)
        memory.keep("audit", replace(SIGNED, **older))  # type: ignore[arg-type]

        assert memory.last("audit") == SIGNED

    def test_goes_to_a_log_that_was_accepted_later(self, tmp_path: Path) -> None:
        memory = Memory(tmp_path)
        memory.keep("audit", SIGNED)
        memory.keep("audit", replace(SIGNED, generation=2, size=12))

        assert memory.last("audit") == replace(SIGNED, generation=2, size=12)

    def test_is_on_the_disk_before_it_returns(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        synced: list[str] = []
        real = os.fsync

        def fsync(fd: int) -> None:
            synced.append(Path(f"/proc/self/fd/{fd}").readlink().name)
            real(fd)

        monkeypatch.setattr(os, "fsync", fsync)

        Memory(tmp_path / "state").keep("audit", SIGNED)

        assert [name.partition(".")[0] for name in synced] == ["signed", "state"]

    def test_stays_whole_where_the_disk_is_full(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        memory = Memory(tmp_path)
        memory.keep("audit", SIGNED)

        def full(fd: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(Forgetful, match="No space left on device"):
            memory.keep("audit", replace(SIGNED, size=30))

        assert memory.last("audit") == SIGNED
        assert [path.name for path in tmp_path.iterdir()] == ["signed.json"]

    @pytest.mark.parametrize("text", ["", "[]", "{", '{"audit": {}}', '{"audit": {"size": "x"}}'])
    def test_takes_no_damaged_file_for_knowing_nothing(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "signed.json").write_text(text)

        with pytest.raises(Forgetful, match="doesn't say what was signed last"):
            Memory(tmp_path).last("audit")

    def test_takes_no_root_of_another_length(self, tmp_path: Path) -> None:
        row = {"generation": 1, "size": 1, "root": "00", "signed_ms": 1}
        (tmp_path / "signed.json").write_text(json.dumps({"audit": row}))

        with pytest.raises(Forgetful):
            Memory(tmp_path).last("audit")
