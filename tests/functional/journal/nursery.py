"""Processes of the hub that start at once and may be killed, because their parent has imported everything before."""

import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psutil

from tests.conftest import ROOT
from tests.functional.conftest import END_SECONDS, START_SECONDS


@dataclass(frozen=True, slots=True)
class Child:
    """A process of its own, with a session of the database, a port or what else it opened."""

    pid: int
    process: psutil.Process | None
    """Found when it began, None where it had ended by then: its number may be another's long before the tests end, who
    would be killed instead."""
    log: Path

    @property
    def lives(self) -> bool:
        try:
            return (
                self.process is not None and self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.NoSuchProcess:
            return False

    def signal(self, number: int) -> None:
        assert self.process is not None, self.log.read_text()
        self.process.send_signal(number)

    def wait(self) -> None:
        """Return when it has ended by itself."""
        if self.process is not None:
            with suppress(psutil.NoSuchProcess):
                self.process.wait(START_SECONDS)

    def kill(self) -> None:
        """End it by SIGKILL, and return when it is no more."""
        if self.process is not None:
            with suppress(psutil.NoSuchProcess):
                self.process.kill()
                self.process.wait(END_SECONDS)


class Nursery:
    """Forks them from one process, all with the same settings."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder: Final = folder
        self._children: list[Child] = []
        self._log = (folder / "nursery.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.functional.journal.forking"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            bufsize=1,
        )
        assert self._answer() == "ready", (folder / "nursery.log").read_text()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for child in self._children:
            child.kill()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(END_SECONDS)
        self._log.close()

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end, and return what it printed."""
        log = self._folder / f"{len(self._children)}-{arguments[0]}.log"
        status = self._ask(None, arguments, log, wait=True)
        assert status == 0, log.read_text()
        return log.read_text()

    def start(self, *arguments: str, module: str | None = None) -> Child:
        """Start a management command, or a module as a program; its output goes to a file of its own."""
        name = arguments[0] if module is None else module.rpartition(".")[2]
        log = self._folder / f"{len(self._children)}-{name}.log"
        pid = self._ask(module, arguments, log, wait=False)
        child = Child(pid, _process(pid), log)
        self._children.append(child)
        return child

    def _ask(self, module: str | None, arguments: tuple[str, ...], output: Path, *, wait: bool) -> int:
        assert self._process.stdin is not None
        wish = {"module": module, "arguments": arguments, "output": str(output), "wait": wait}
        self._process.stdin.write(json.dumps(wish) + "\n")
        return int(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None
