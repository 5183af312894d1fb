"""A thread of its own for a disk, so that nobody waits for it longer than they may."""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, TypeVar

T = TypeVar("T")

TIMEOUT_SECONDS: Final = 0.5


class SpoolTimeout(OSError):
    """A disk that did not answer in time; whether the record is on it is unknown."""

    def __init__(self, waited_seconds: float) -> None:
        super().__init__(f"The disk of the spool gave no answer in {waited_seconds:g} s.")


class DiskThread:
    """Does one job after the other. It is a daemon: a disk that hangs keeps no process from ending."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._busy_since: float | None = None

    def run(self, job: Callable[[], T], *, timeout_seconds: float = TIMEOUT_SECONDS) -> T:
        """Do the job there and return what it returns. Raises: SpoolTimeout; what the job raises.

        A job that waited in vain is not begun any more; one that was begun goes on.
        """
        since = self._busy_since
        if since is not None and time.monotonic() - since > timeout_seconds:
            # It hangs already: whoever comes now needn't wait to learn that.
            raise SpoolTimeout(timeout_seconds)
        answer: Future[T] = Future()
        self._start()
        self._jobs.put((answer, job))
        try:
            return answer.result(timeout_seconds)
        except TimeoutError:
            if answer.done() and not answer.cancelled():
                return answer.result()
            answer.cancel()
            raise SpoolTimeout(timeout_seconds) from None

    def post(self, job: Callable[[], object]) -> None:
        """Have the job done there some time, without waiting for it; what it raises is nobody's."""
        self._start()
        self._jobs.put((Future(), job))

    def stop(self) -> None:
        """End the thread once it has done what it was given."""
        self._jobs.put(None)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while (given := self._jobs.get()) is not None:
            answer, job = given
            if not answer.set_running_or_notify_cancel():
                continue
            self._busy_since = time.monotonic()
            try:
                result = job()
            except BaseException as error:  # noqa: BLE001  Whoever asked for the job is told.
                answer.set_exception(error)
            else:
                answer.set_result(result)
            finally:
                self._busy_since = None
