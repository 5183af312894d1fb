"""Starting a verification in a process of its own, which goes on when the one that started it ends."""

import os
import subprocess  # nosec B404  No shell, and no argument that somebody typed.
import sys
import time
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Final

from django.conf import settings

from instances.journal.verification_state import Run, kept_runs

COMMAND: Final = "verify_journal"
PERMISSION: Final = "journal.verify_journal"
"""To have journals verified by the hub, which reads all of them for it."""
Start = Callable[[Sequence[str]], int | None]
"""Starts a command, and returns the number of its process, where it has one."""


class Running(Exception):
    """That a verification is running on this host, and another would only slow it down."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"The verification {run.name} is running.")
        self.run = run


def start_process(arguments: Sequence[str]) -> int:
    """Run a management command in a session of its own, without what this process has open, and return its number.

    Raises: OSError.
    """
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    process = subprocess.Popen(  # noqa: S603  # nosec B603
        command,
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=os.environ,
    )
    # So that it is no zombie when it has ended.
    Thread(target=process.wait, name=arguments[0], daemon=True).start()
    return process.pid


def start(
    instances: Sequence[str], *, by: str, clock: Callable[[], float] = time.time, process: Start | None = None
) -> Run:
    """Have journals verified, and return the run to be watched. Raises: Running; OSError."""
    for run in kept_runs():
        if run.is_running:
            raise Running(run)
    now_ms = int(clock() * 1000)
    run = Run(f"admin-{now_ms}", started_ms=now_ms, updated_ms=now_ms, pid=0, by=by)
    run.keep()
    (process or start_process)([COMMAND, *instances, "--run", run.name])
    return run
