"""A thread that works on the journal's database, and that can be left behind when the database hangs."""

import concurrent.futures
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

from django.db import InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from instances.answers import cut
from instances.journal.router import ALIAS

T = TypeVar("T")

IDLE_SECONDS: Final = 60.0
"""A thread without work so long ends, and its connection with it."""


class DatabaseHung(Exception):
    """The database gave no answer in time; whether it did what it was asked is unknown."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The database gave no answer within {seconds:g} s.")


class DatabaseThread:
    """Does one piece of work after the other with a connection of its own, which lives as long as it works."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], concurrent.futures.Future[Any]] | None] | None = None
        self._connection: BaseDatabaseWrapper | None = None
        self._starting = threading.Lock()

    def do(self, work: Callable[[], T], *, timeout_seconds: float) -> T:
        """Have it done, and return or raise what it does. Raises: DatabaseHung, after which a new thread takes over."""
        done: concurrent.futures.Future[T] = concurrent.futures.Future()
        with self._starting:
            if self._work is None:
                self._work = queue.SimpleQueue()
                threading.Thread(target=self._run, args=(self._work,), name=self._name, daemon=True).start()
            self._work.put((work, done))
        try:
            return done.result(timeout_seconds)
        except concurrent.futures.TimeoutError:
            if done.done():
                return done.result()
            self.leave_behind()
            raise DatabaseHung(timeout_seconds) from None

    def leave_behind(self) -> None:
        """Cut the thread's connection, so that it ends whatever it waits for; the next work begins with a new one."""
        with self._starting:
            work, self._work = self._work, None
            connection, self._connection = self._connection, None
        if work is not None:
            work.put(None)
        if connection is not None:
            cut(connection)

    def _run(self, work: "queue.SimpleQueue[tuple[Callable[[], Any], concurrent.futures.Future[Any]] | None]") -> None:
        connection = connections[ALIAS]
        with self._starting:
            if self._work is work:
                self._connection = connection
        try:
            while True:
                try:
                    item = work.get(timeout=IDLE_SECONDS)
                except queue.Empty:
                    if self._ends(work):
                        return
                    continue
                if item is None:
                    return
                self._do(connection, *item)
        finally:
            with suppress(Exception):  # A connection that was cut says so in its own way.
                connection.close()

    def _ends(self, work: "queue.SimpleQueue[Any]") -> bool:
        with self._starting:
            if not work.empty():
                return False
            if self._work is work:
                self._work = self._connection = None
            return True

    @staticmethod
    def _do(connection: BaseDatabaseWrapper, work: Callable[[], Any], done: concurrent.futures.Future[Any]) -> None:
        if not done.set_running_or_notify_cancel():
            return
        fresh = connection.connection is None
        try:
            try:
                result = work()
            except (OperationalError, InterfaceError):
                # A connection that the server closed since its last use says so only now, before anything was done.
                if fresh or connection.connection is None or connection.is_usable():
                    raise
                connection.close()
                result = work()
        except BaseException as error:  # noqa: BLE001  Whoever waits raises it.
            if isinstance(error, OperationalError | InterfaceError):
                with suppress(Exception):  # It is gone one way or the other.
                    connection.close()
            done.set_exception(error)
        else:
            done.set_result(result)
