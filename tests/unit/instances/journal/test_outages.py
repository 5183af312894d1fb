"""A gap is remembered while it lasts, in memory and on the disk, and told once it is over."""

from copy import copy
from pathlib import Path

import pytest
from django.db import OperationalError

from instances.journal.gap import Gap
from instances.journal.outages import STATE, Outages
from instances.journal.spool.folder import ProcessFolder


class Clock:
    def __init__(self) -> None:
        self.ms = 1_000_000

    def __call__(self) -> int:
        return self.ms


class Journal:
    def __init__(self) -> None:
        self.told: list[Gap] = []
        self.out = False

    def write(self, gap: Gap) -> None:
        if self.out:
            raise OperationalError("the server closed the connection")
        self.told.append(copy(gap))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outages(tmp_path: Path, clock: Clock) -> Outages:
    return Outages("web-1", folder=ProcessFolder(tmp_path / "web-1"), clock=clock)


def _settle(outages: Outages) -> None:
    """Wait until the disk has what it was given."""
    outages._disk.run(lambda: None, timeout_seconds=60.0)


class TestOutages:
    def test_tells_when_why_and_how_many(self, outages: Outages, clock: Clock) -> None:
        outages.refused("audit", 2, "No space left on device")
        clock.ms += 500
        outages.refused("audit", 3, "something else")
        clock.ms += 500
        outages.mended("audit")
        journal = Journal()

        told = outages.tell("audit", journal.write)

        assert told == 1
        assert journal.told == [Gap("audit", "web-1", 1_000_000, "No space left on device", 5, 1_001_000)]
        assert not outages.waits("audit")

    def test_tells_a_gap_that_lasts_without_an_end(self, outages: Outages) -> None:
        outages.refused("audit", 1, "cause")
        journal = Journal()

        outages.tell("audit", journal.write)

        assert [gap.ended_ms for gap in journal.told] == [None]
        assert [gap.instance for gap in outages.open] == ["audit"]

    def test_keeps_the_instances_apart(self, outages: Outages) -> None:
        outages.refused("audit", 1, "cause")
        outages.refused("security", 1, "cause")
        outages.mended("audit")

        assert outages.waits("audit")
        assert not outages.waits("security")

    def test_tells_again_what_the_database_did_not_take(self, outages: Outages) -> None:
        outages.refused("audit", 1, "cause")
        outages.mended()
        journal = Journal()
        journal.out = True
        with pytest.raises(OperationalError):
            outages.tell("audit", journal.write)
        journal.out = False

        outages.tell("audit", journal.write)

        assert len(journal.told) == 1

    def test_goes_on_with_a_gap_that_closed_a_moment_ago(self, outages: Outages, clock: Clock) -> None:
        for _ in range(5):
            outages.refused("audit", 1, "cause")
            clock.ms += 1_000
            outages.mended()
            clock.ms += 1_000
        journal = Journal()

        outages.tell("audit", journal.write)

        assert [(gap.refused, gap.ended_ms) for gap in journal.told] == [(5, 1_009_000)]

    def test_begins_anew_after_a_while(self, outages: Outages, clock: Clock) -> None:
        for _ in range(2):
            outages.refused("audit", 1, "cause")
            outages.mended()
            clock.ms += 10_000
        journal = Journal()

        outages.tell("audit", journal.write)

        assert [gap.began_ms for gap in journal.told] == [1_000_000, 1_010_000]

    def test_never_ends_before_it_begins(self, outages: Outages, clock: Clock) -> None:
        outages.refused("audit", 1, "cause")
        clock.ms -= 3_600_000
        outages.mended()
        journal = Journal()

        outages.tell("audit", journal.write)

        assert [gap.ended_ms for gap in journal.told] == [1_000_000]


class TestAfterARestart:
    def test_the_next_process_tells_it(self, outages: Outages, clock: Clock, tmp_path: Path) -> None:
        outages.refused("audit", 4, "cause")
        _settle(outages)
        clock.ms += 60_000
        (dead := ProcessFolder(tmp_path / "web-1"))._lock = None
        later = Outages("web-2", folder=ProcessFolder(tmp_path / "web-2"), clock=clock)

        later.inherit(dead)

        journal = Journal()
        later.tell("audit", journal.write)
        assert journal.told == [Gap("audit", "web-1", 1_000_000, "cause", 4, 1_060_000)]
        assert not (tmp_path / "web-1" / STATE).exists()

    def test_and_the_one_after_that_if_it_dies_too(self, outages: Outages, clock: Clock, tmp_path: Path) -> None:
        outages.refused("audit", 4, "cause")
        _settle(outages)
        second = Outages("web-2", folder=ProcessFolder(tmp_path / "web-2"), clock=clock)
        second.inherit(ProcessFolder(tmp_path / "web-1"))
        third = Outages("web-3", folder=ProcessFolder(tmp_path / "web-3"), clock=clock)

        third.inherit(ProcessFolder(tmp_path / "web-2"))

        assert third.waits("audit")

    def test_nobody_tells_what_was_told(self, outages: Outages, clock: Clock, tmp_path: Path) -> None:
        outages.refused("audit", 4, "cause")
        outages.mended()
        outages.tell("audit", Journal().write)
        _settle(outages)

        assert not (tmp_path / "web-1" / STATE).exists()

    def test_what_can_t_be_read_is_kept_and_told(
        self, outages: Outages, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (dead := ProcessFolder(tmp_path / "dead")).ensure()
        (tmp_path / "dead" / STATE).write_bytes(b"{")

        outages.inherit(dead)

        assert "can't be read" in caplog.text
        assert (tmp_path / "aside" / f"dead.{STATE}.damaged").exists()

    def test_is_told_from_memory_where_the_disk_keeps_nothing(self, clock: Clock, tmp_path: Path) -> None:
        def fsync(descriptor: int) -> None:
            raise OSError(5, "Input/output error")

        outages = Outages("web-1", folder=ProcessFolder(tmp_path / "web-1", fsync=fsync), clock=clock, fsync=fsync)

        outages.refused("audit", 1, "cause")
        outages.mended()
        _settle(outages)

        assert outages.waits("audit")
