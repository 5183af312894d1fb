"""Threads on which the journal is read for whoever may wait only so long: a database that hangs holds nobody up."""

import os
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from django.db import connections

from instances.journal.database_thread import DatabaseThread
from instances.journal.router import ALIAS

T = TypeVar("T")

ANSWER_SECONDS: Final = 5.0
"""For all statements of a question together; one alone has the database's own time-out."""
IDLE_MAX: Final = 8
"""Kept with their connections for the next questions, until they were idle for a minute."""


_idle: list[tuple[object, DatabaseThread]] = []
"""Each with the database that it is connected to."""
_lock = threading.Lock()


def ask(question: Callable[[], T], *, timeout_seconds: float = ANSWER_SECONDS) -> T:
    """Return what the question returns, or raise what it raises, on a thread of its own. Raises: DatabaseHung."""
    database = _database()
    thread = _taken(database)
    try:
        return thread.do(question, timeout_seconds=timeout_seconds)
    finally:
        with _lock:
            _idle.append((database, thread))
            del _idle[:-IDLE_MAX]


def _taken(database: object) -> DatabaseThread:
    with _lock:
        for position in range(len(_idle) - 1, -1, -1):
            if _idle[position][0] == database:
                return _idle.pop(position)[1]
    return DatabaseThread("journal-question")


def _database() -> object:
    said = connections.settings[ALIAS]
    return tuple(str(said.get(name)) for name in ("ENGINE", "HOST", "PORT", "NAME"))


def _forget_after_fork() -> None:
    global _lock
    _idle.clear()
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_forget_after_fork)
