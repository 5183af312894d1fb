"""What is written to a spool is on the disk, comes back in order, and goes only once it is committed."""

import threading
from pathlib import Path

import pytest
from django.db import DataError, OperationalError

from instances.access.sealing import Keyring
from instances.journal.draft import Draft
from instances.journal.spool import KeyMissing, SpoolFull, SpoolTimeout
from instances.journal.spool import spool as spool_module
from instances.journal.spool.record import HEADER_BYTES, header_at
from tests.unit.instances.journal.spool.making import (
    KEYRING,
    Disk,
    JournalInMemory,
    adopted,
    die,
    numbered,
    resources,
    spool_at,
)


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.spool"))


def _all(spool: spool_module.Spool) -> list[str]:
    return [name for drafts in spool.records() for name in resources(drafts)]


class TestSpool:
    def test_gives_back_what_was_written_as_it_was(self, tmp_path: Path) -> None:
        spool = spool_at(tmp_path / "p")
        written = numbered(3)

        spool.write(written[:2])
        spool.write(written[2:])

        assert [draft for drafts in spool.records() for draft in drafts] == written

    def test_makes_nothing_on_the_disk_before_it_has_to(self, tmp_path: Path) -> None:
        spool = spool_at(tmp_path / "p")

        assert not spool
        assert list(tmp_path.iterdir()) == []

    def test_syncs_the_file_and_its_name_before_it_returns(self, tmp_path: Path) -> None:
        disk = Disk()
        spool = spool_at(tmp_path / "p", fsync=disk.fsync)

        spool.write(numbered(1))
        first = disk.syncs
        spool.write(numbered(500))

        assert first == 3  # The name of the folder, the name of the file, the record.
        assert disk.syncs == first + 1

    def test_keeps_nothing_readable_on_the_disk(self, tmp_path: Path) -> None:
        spool = spool_at(tmp_path / "p")

        spool.write(numbered(1))

        (file,) = _files(tmp_path / "p")
        assert b"delete_subscription" not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0
        assert (tmp_path / "p").stat().st_mode & 0o077 == 0

    def test_counts_what_it_holds(self, tmp_path: Path) -> None:
        spool = spool_at(tmp_path / "p")
        spool.write(numbered(2))
        spool.write(numbered(3))

        figures = spool.figures()

        assert figures.events == 5
        assert figures.bytes == sum(file.stat().st_size for file in _files(tmp_path / "p"))
        assert figures.oldest_ms is not None

    def test_needs_the_key_that_sealed(self, tmp_path: Path) -> None:
        spool = spool_at(tmp_path / "p")
        spool.write(numbered(1))
        die(spool)

        with pytest.raises(KeyMissing, match="GATERHUB_ENCRYPTION_KEYS_OLD"):
            adopted(tmp_path / "p", keyring=Keyring.of(b"x" * 32)).replay(JournalInMemory().append)

        assert len(_files(tmp_path / "p")) == 1

    def test_opens_what_an_older_key_sealed(self, tmp_path: Path) -> None:
        spool = spool_at(tmp_path / "p")
        spool.write(numbered(1))
        die(spool)

        later = adopted(tmp_path / "p", keyring=Keyring.of(b"x" * 32, KEYRING.sealing))

        assert _all(later) == ["r0"]

    def test_writes_what_threads_bring_at_once_with_few_syncs(self, tmp_path: Path) -> None:
        disk = Disk()
        first_sync, may_sync = threading.Event(), threading.Event()

        def fsync(descriptor: int) -> None:
            first_sync.set()
            assert may_sync.wait(60)
            disk.fsync(descriptor)

        spool = spool_at(tmp_path / "p", fsync=fsync)
        threads = [threading.Thread(target=spool.write, args=[numbered(1, start=each)]) for each in range(17)]
        threads[0].start()
        assert first_sync.wait(60)
        for thread in threads[1:]:
            thread.start()
        while len(spool._waiting) < 16:
            threading.Event().wait(0.001)
        may_sync.set()
        for thread in threads:
            thread.join(60)

        assert sorted(_all(spool)) == sorted(f"r{each}" for each in range(17))
        assert disk.syncs == 4  # Folder, file, the first record, and the sixteen others at once.


class TestFailingDisk:
    def test_a_failed_sync_acknowledges_nothing(self, tmp_path: Path) -> None:
        disk = Disk()
        spool = spool_at(tmp_path / "p", fsync=disk.fsync)
        disk.failing = True

        with pytest.raises(OSError, match="Input/output error"):
            spool.write(numbered(1))

        assert _all(spool) == []
        assert spool.figures().events == 0

    def test_after_a_failed_sync_a_new_file_is_written(self, tmp_path: Path) -> None:
        disk = Disk()
        spool = spool_at(tmp_path / "p", fsync=disk.fsync)
        spool.write(numbered(1))
        disk.failing = True
        with pytest.raises(OSError):
            spool.write(numbered(1, start=1))
        disk.failing = False

        spool.write(numbered(1, start=2))

        assert len(_files(tmp_path / "p")) == 2
        assert _all(spool) == ["r0", "r2"]

    def test_a_record_that_failed_and_stayed_is_no_damage(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        disk = Disk()
        spool = spool_at(tmp_path / "p", fsync=disk.fsync)
        spool.write(numbered(1))
        disk.failing = True
        monkeypatch.setattr("os.ftruncate", _refused)
        with pytest.raises(OSError):
            spool.write(numbered(1, start=1))
        disk.failing = False
        spool.write(numbered(1, start=2))
        journal = JournalInMemory()

        spool.replay(journal.append)

        # Whether it was taken is unknown to its publisher, so it may be there.
        assert resources(list(journal.kept.values())) == ["r0", "r1", "r2"]
        assert spool.damages == 0

    def test_a_disk_that_fails_for_long_leaves_no_file_for_each_attempt(self, tmp_path: Path) -> None:
        disk = Disk()
        spool = spool_at(tmp_path / "p", fsync=disk.fsync)
        spool.write(numbered(1))
        disk.failing = True

        for each in range(20):
            with pytest.raises(OSError):
                spool.write(numbered(1, start=each))

        assert len(_files(tmp_path / "p")) == 1

    def test_a_folder_that_could_not_be_made_is_made_later(self, tmp_path: Path) -> None:
        disk = Disk()
        disk.failing = True
        spool = spool_at(tmp_path / "root" / "p", fsync=disk.fsync)
        with pytest.raises(OSError):
            spool.write(numbered(1))
        disk.failing = False

        spool.write(numbered(1))

        assert _all(spool) == ["r0"]

    def test_a_hanging_disk_is_waited_for_no_longer_than_that(self, tmp_path: Path) -> None:
        hangs = threading.Event()
        spool = spool_at(tmp_path / "p", fsync=lambda _: _wait(hangs), timeout_seconds=0.05)

        with pytest.raises(SpoolTimeout):
            spool.write(numbered(1))
        with pytest.raises(SpoolTimeout):
            spool.write(numbered(1))
        hangs.set()

    def test_what_waited_in_vain_is_not_written_later(self, tmp_path: Path) -> None:
        hangs = threading.Event()
        spool = spool_at(tmp_path / "p", fsync=lambda _: _wait(hangs), timeout_seconds=0.05)
        for each in range(3):
            with pytest.raises(SpoolTimeout):
                spool.write(numbered(1, start=each))
        hangs.set()
        spool._timeout_seconds = 60.0

        spool.write(numbered(1, start=9))

        assert _all(spool)[-1] == "r9"
        assert "r1" not in _all(spool)
        assert "r2" not in _all(spool)


class TestFullSpool:
    def test_refuses_what_does_not_fit_and_says_how_much_it_holds(self, tmp_path: Path) -> None:
        spool = spool_at(tmp_path / "p", max_bytes=3_000)

        with pytest.raises(SpoolFull, match="GATERHUB_SPOOL_MAX_BYTES") as refused:
            _fill(spool)

        assert refused.value.used_bytes == sum(file.stat().st_size for file in _files(tmp_path / "p")) <= 3_000
        assert _all(spool) == ["r0", "r1"]

    def test_has_room_again_once_it_is_replayed(self, tmp_path: Path) -> None:
        spool = spool_at(tmp_path / "p", max_bytes=3_000)
        with pytest.raises(SpoolFull):
            _fill(spool)

        spool.replay(JournalInMemory().append)
        spool.write(numbered(1))

        assert _all(spool) == ["r0"]


class TestReplay:
    def test_commits_in_the_order_of_writing_in_groups(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("instances.journal.spool.writer.SEGMENT_BYTES", 200_000)
        spool, journal = spool_at(tmp_path / "p"), JournalInMemory()
        for start in range(0, 1_200, 100):
            spool.write(numbered(100, start=start))

        done = spool.replay(journal.append)

        assert resources(list(journal.kept.values())) == [f"r{each}" for each in range(1_200)]
        assert done.events == 1_200
        assert max(journal.groups) <= 500
        assert _files(tmp_path / "p") == []
        assert not spool

    def test_keeps_everything_until_it_is_committed(self, tmp_path: Path) -> None:
        spool, journal = spool_at(tmp_path / "p"), JournalInMemory()
        spool.write(numbered(2))
        journal.out = OperationalError("the server closed the connection")

        with pytest.raises(OperationalError):
            spool.replay(journal.append)

        assert _all(spool) == ["r0", "r1"]
        journal.out = None
        spool.replay(journal.append)
        assert resources(list(journal.kept.values())) == ["r0", "r1"]

    def test_asks_for_less_at_once_of_a_database_that_failed(self, tmp_path: Path) -> None:
        spool, journal = spool_at(tmp_path / "p"), JournalInMemory()
        spool.write(numbered(400))
        journal.out = OperationalError("canceling statement due to statement timeout")
        for _ in range(3):
            with pytest.raises(OperationalError):
                spool.replay_some(journal.append)
        journal.out = None

        spool.replay(journal.append)

        assert journal.groups[0] == 62
        assert len(journal.kept) == 400

    def test_twice_adds_nothing(self, tmp_path: Path) -> None:
        spool, journal = spool_at(tmp_path / "p"), JournalInMemory()
        spool.write(numbered(3))
        (file,) = _files(tmp_path / "p")
        before = file.read_bytes()
        spool.replay(journal.append)
        die(spool)
        file.write_bytes(before)  # As if it had died between the commit and the removal.

        adopted(tmp_path / "p").replay(journal.append)

        assert len(journal.kept) == 3

    def test_what_is_written_meanwhile_is_neither_lost_nor_in_the_way(self, tmp_path: Path) -> None:
        spool, journal = spool_at(tmp_path / "p"), JournalInMemory()
        spool.write(numbered(1))

        def append(publications: list[list[Draft]]) -> list[object]:
            if not journal.kept:
                spool.write(numbered(1, start=1))
            return journal.append(publications)

        spool.replay_some(append)  # type: ignore[arg-type]

        assert _all(spool) == ["r1"]
        spool.replay(journal.append)
        assert resources(list(journal.kept.values())) == ["r0", "r1"]

    def test_a_conflict_becomes_an_entry_of_its_own(self, tmp_path: Path) -> None:
        spool, journal = spool_at(tmp_path / "p"), JournalInMemory()
        [mine, other] = numbered(2)
        journal.kept[mine.id] = other
        spool.write([mine])

        done = spool.replay(journal.append)

        assert done.conflicts == 1
        [first, second] = journal.kept.values()
        assert first is other
        assert second.resource == mine.resource
        assert str(mine.id).encode() in second.body

    def test_sets_aside_what_the_database_will_never_take(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        spool, journal = spool_at(tmp_path / "p"), JournalInMemory()
        spool.write(numbered(9))

        def append(publications: list[list[Draft]]) -> list[object]:
            if any(draft.resource == "r4" for [draft] in publications):
                raise DataError("value too long")
            return journal.append(publications)

        done = spool.replay(append)  # type: ignore[arg-type]

        assert (done.events, done.refused) == (8, 1)
        assert len(journal.kept) == 8
        assert [each.name for each in (tmp_path / "aside").iterdir()] == ["p.audit-00000001.spool.refused"]
        assert "won't take the event" in caplog.text
        assert not spool


def test_what_was_set_aside_can_be_replayed_from_a_folder_without_a_lock(tmp_path: Path) -> None:
    spool, journal = spool_at(tmp_path / "p"), JournalInMemory()
    spool.write(numbered(2))
    die(spool)
    (file,) = _files(tmp_path / "p")
    again = tmp_path / "again-0-0"
    again.mkdir()
    file.rename(again / "audit-00000001.spool")

    adopted(again).replay(journal.append)

    assert resources(list(journal.kept.values())) == ["r0", "r1"]


def _fill(spool: spool_module.Spool) -> None:
    for each in range(100):
        spool.write(numbered(1, start=each))


def _refused(descriptor: int, size: int) -> None:
    raise OSError(5, "Input/output error")


def _wait(event: threading.Event) -> None:
    event.wait(60)


def test_a_header_says_how_long_its_record_is(tmp_path: Path) -> None:
    spool = spool_at(tmp_path / "p")
    spool.write(numbered(1))
    (file,) = _files(tmp_path / "p")
    data = file.read_bytes()

    header = header_at(data, 0)

    assert header is not None
    assert HEADER_BYTES + header.length == header.size == len(data)
