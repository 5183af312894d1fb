"""Several serving processes under one parent, which starts a new one where one has died."""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

logger = logging.getLogger(__name__)

QUICK_DEATH_SECONDS: Final = 2.0
"""A child that dies sooner is started anew only after as long a pause, so that a broken one keeps no core busy."""
LAST_WORD_SECONDS: Final = 20.0
"""For children to drain; then they are killed."""


class Workers:
    """Forks before anything has a thread or a connection. `serve(number)` runs in each child, from 0 on."""

    def __init__(self, count: int, serve: Callable[[int], None]) -> None:
        self._count = count
        self._serve = serve
        self._children: dict[int, tuple[int, float]] = {}
        self._stopping: int | None = None

    def run(self) -> None:
        """Keep the children running until SIGTERM or SIGINT, and then until all have drained."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        for number in range(self._count):
            self._start(number)
        while self._children:
            try:
                pid, status = os.waitpid(-1, 0)
            except InterruptedError:
                continue
            except ChildProcessError:
                return
            number, started = self._children.pop(pid)
            if self._stopping is None:
                logger.error("Process %d (%d) ended with status %d and is started anew.", number, pid, status)
                if time.monotonic() - started < QUICK_DEATH_SECONDS:
                    time.sleep(QUICK_DEATH_SECONDS)
                self._start(number)
        signal.alarm(0)

    def _start(self, number: int) -> None:
        if self._stopping is not None:
            return
        pid = os.fork()
        if pid:
            self._children[pid] = (number, time.monotonic())
            return
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(name, signal.SIG_DFL)
        # A child ends here, and never returns into the parent's code.
        os._exit(self._serve_to_the_end(number))

    def _serve_to_the_end(self, number: int) -> int:
        """Return the exit status of a child whose serving has ended, however it did."""
        try:
            self._serve(number)
        except KeyboardInterrupt:
            return 0
        except SystemExit as ending:
            return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
        except Exception:
            logger.exception("Process %d failed.", number)
            return 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
        return 0

    def _stop(self, number: int, frame: FrameType | None) -> None:
        first = self._stopping is None
        self._stopping = number
        self._send(number)
        if first:
            signal.signal(signal.SIGALRM, lambda *_: self._send(signal.SIGKILL))
            signal.alarm(int(LAST_WORD_SECONDS))

    def _send(self, number: int) -> None:
        for pid in list(self._children):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
