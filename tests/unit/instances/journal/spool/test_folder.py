"""Whoever lives keeps its folder, and what the dead leave goes to exactly one."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from instances.journal.spool.adoption import adopt
from instances.journal.spool.folder import NotHeld, ProcessFolder, folder_name
from tests.unit.instances.journal.spool.making import (
    JournalInMemory,
    adopted,
    die,
    numbered,
    resources,
    spool_at,
)

_WRITER = """
import sys
from collections.abc import Callable
from pathlib import Path
from tests.unit.instances.journal.spool.making import numbered, spool_at
spool = spool_at(Path(sys.argv[1]))
number = 0
while True:
    spool.write(numbered(1, start=number))
    print(number, flush=True)
    number += 1
"""
_SETUP = """
import os, django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()
"""


def _python(code: str, path: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _SETUP + code, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[5],
    )


class TestKilledProcess:
    @pytest.mark.parametrize("after", [1, 40, 200])
    def test_loses_nothing_that_it_acknowledged(self, tmp_path: Path, after: int) -> None:
        with _python(_WRITER, tmp_path / "p") as writer:
            assert writer.stdout is not None
            told = [writer.stdout.readline() for _ in range(after)]
            writer.send_signal(signal.SIGKILL)
            told += writer.stdout.readlines()
        acknowledged = [f"r{line.strip()}" for line in told if line.endswith("\n")]
        journal = JournalInMemory()

        spool = adopted(tmp_path / "p")
        spool.replay(journal.append)

        found = resources(list(journal.kept.values()))
        assert found[: len(acknowledged)] == acknowledged
        assert len(found) <= len(acknowledged) + 1
        assert spool.damages == 0


class TestAdoption:
    def test_takes_what_a_dead_process_left(self, tmp_path: Path) -> None:
        spool = spool_at(tmp_path / "p")
        spool.write(numbered(1))
        die(spool)

        assert [folder.path for folder in adopt(tmp_path)] == [tmp_path / "p"]

    def test_leaves_the_living_alone(self, tmp_path: Path) -> None:
        spool = spool_at(tmp_path / "p")
        spool.write(numbered(1))

        assert adopt(tmp_path) == []

    def test_leaves_a_living_other_process_alone(self, tmp_path: Path) -> None:
        with _python(_WRITER, tmp_path / "p") as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            living = adopt(tmp_path)
            writer.kill()
            writer.stdout.read()
            writer.wait()
        dead = adopt(tmp_path)

        assert living == []
        assert len(dead) == 1

    def test_goes_to_one_of_those_that_try_at_once(self, tmp_path: Path) -> None:
        for each in range(40):
            spool = spool_at(tmp_path / f"p{each}")
            spool.write(numbered(1))
            die(spool)
        start, begin = os.pipe()
        told, tell = os.pipe()
        over, end = os.pipe()

        children = [_forked(lambda: _adopt_and_tell(tmp_path, (start, begin), tell, (over, end))) for _ in range(4)]
        os.close(begin)
        taken = [int(os.read(told, 4)) for _ in children]
        os.close(end)
        for child in children:
            os.waitpid(child, 0)

        assert sum(taken) == 40

    def test_passes_on_when_the_adopter_dies_too(self, tmp_path: Path) -> None:
        spool = spool_at(tmp_path / "p")
        spool.write(numbered(1))
        die(spool)
        [first] = adopt(tmp_path)
        assert adopt(tmp_path) == []

        first.forget()

        assert len(adopt(tmp_path)) == 1

    def test_removes_an_empty_folder(self, tmp_path: Path) -> None:
        folder = ProcessFolder(tmp_path / "p")
        folder.ensure()
        folder.forget()

        assert adopt(tmp_path) == []
        assert list(tmp_path.iterdir()) == []

    def test_takes_the_oldest_first(self, tmp_path: Path) -> None:
        for node, started in (("b", 1), ("a", 2), ("c", 0)):
            spool = spool_at(tmp_path / folder_name(node, 7, started))
            spool.write(numbered(1))
            die(spool)

        assert [folder.path.name[0] for folder in adopt(tmp_path)] == ["c", "b", "a"]

    def test_ignores_what_was_set_aside(self, tmp_path: Path) -> None:
        (tmp_path / "aside").mkdir()
        (tmp_path / "aside" / "x.damaged").write_bytes(b"x")

        assert adopt(tmp_path) == []
        assert not (tmp_path / "aside" / "lock").exists()

    def test_finds_nothing_where_there_is_no_folder(self, tmp_path: Path) -> None:
        assert adopt(tmp_path / "none") == []


class TestProcessFolder:
    def test_is_removed_when_nothing_is_left_in_it(self, tmp_path: Path) -> None:
        folder = ProcessFolder(tmp_path / "p")
        folder.ensure()

        folder.let_go()

        assert list(tmp_path.iterdir()) == []

    def test_a_forked_child_neither_writes_to_it_nor_holds_it(self, tmp_path: Path) -> None:
        folder = ProcessFolder(tmp_path / "p")
        folder.ensure()
        told, tell = os.pipe()
        over, end = os.pipe()
        child = _forked(lambda: _write_and_tell(folder, tell, (over, end)))
        answer = os.read(told, 10)
        (tmp_path / "p" / "audit-00000001.spool").write_bytes(b"")

        folder.forget()  # The parent dies, and the child lives on.
        taken = ProcessFolder(tmp_path / "p").take()
        os.close(end)
        os.waitpid(child, 0)

        assert answer == b"refused"
        assert taken


def _forked(do: Callable[[], None]) -> int:
    """Do it in a child, which ends then; return its id."""
    child = os.fork()
    if child == 0:
        try:
            do()
        finally:
            os._exit(0)
    return child


def _wait_until_closed(pipe: tuple[int, int]) -> None:
    os.close(pipe[1])
    os.read(pipe[0], 1)


def _adopt_and_tell(root: Path, start: tuple[int, int], tell: int, over: tuple[int, int]) -> None:
    _wait_until_closed(start)
    adopted = adopt(root)
    os.write(tell, b"%4d" % len(adopted))
    _wait_until_closed(over)


def _write_and_tell(folder: ProcessFolder, tell: int, over: tuple[int, int]) -> None:
    try:
        folder.ensure()
        os.write(tell, b"wrote")
    except NotHeld:
        os.write(tell, b"refused")
    _wait_until_closed(over)
