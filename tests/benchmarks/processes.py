"""The processes a benchmark starts: pinned to a core, logged to a file, and ended whatever happens."""

import contextlib
import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_SECONDS = 40.0
STOP_TIMEOUT_SECONDS = 8.0
_PR_SET_PDEATHSIG = 1


class StartFailed(Exception):
    """A process did not come up."""


@dataclass(frozen=True)
class Cores:
    """Which core carries the server with its Redis, and which the generator."""

    server: int
    generator: int

    @classmethod
    def choose(cls) -> "Cores":
        """Take the first and the last core this process may use."""
        allowed = sorted(os.sched_getaffinity(0))
        return cls(server=allowed[0], generator=allowed[-1])


@dataclass(frozen=True)
class Running:
    """A started process and where it listens."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    log: Path


class Processes:
    """Owns every process of a benchmark; leaving the context ends those that still run, and no other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: list[Running] = []

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_: object) -> None:
        for running in reversed(self._running[:]):
            self.stop(running)

    def start(
        self, name: str, command: Sequence[str], *, port: int, core: int, environment: Mapping[str, str]
    ) -> Running:
        """Start a server and wait until its port answers.

        Raises:
            StartFailed: it ended, or took too long; the message has the end of its log.
        """
        log = self.folder / f"{name.replace(' ', '-').replace('+', '-')}-{port}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: _settle_in(core),  # noqa: PLW1509  # The benchmark has one thread.
            )
        running = Running(name, process, port, log)
        self._running.append(running)
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise StartFailed(f"{name} did not start:\n{tail_of(log)}")
            time.sleep(0.05)
        return running

    def stop(self, running: Running) -> None:
        """End a process that this object started, with its children: asked first, then killed."""
        self._running.remove(running)
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.process.wait(STOP_TIMEOUT_SECONDS)
                if number == signal.SIGTERM:
                    # The leader is gone; a child that ignored the signal is not waited for.
                    continue
                return

    def run(
        self,
        command: Sequence[str],
        *,
        core: int | None,
        environment: Mapping[str, str],
        orders: str,
        seconds: float,
    ) -> str:
        """Run a command to its end, hand it orders on standard input, and return its standard output.

        Without a core it may use all of them.
        Raises:
            StartFailed: it ended with neither success nor a finding, or took longer than it may.
        """
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: _settle_in(core),  # noqa: PLW1509  # The benchmark has one thread.
        )
        try:
            output, errors = process.communicate(orders, timeout=seconds)
        except subprocess.TimeoutExpired as expired:
            raise StartFailed(f"{' '.join(command)} took longer than {seconds:.0f} s") from expired
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if not output:
            raise StartFailed(f"{' '.join(command)} ended with {process.returncode}:\n{errors[-2000:]}")
        return output


def free_port() -> int:
    """Find a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def plain_environment(**more: str) -> dict[str, str]:
    """Make an environment without anything of the caller's that could configure a server."""
    names = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", **more}


def python(*arguments: str) -> list[str]:
    """Write a command line for this interpreter."""
    return [sys.executable, *arguments]


def tail_of(log: Path) -> str:
    """Return the end of a log file."""
    return log.read_text(errors="replace")[-3000:]


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def _settle_in(core: int | None) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    # Should the benchmark itself be killed, the kernel ends what it started.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
