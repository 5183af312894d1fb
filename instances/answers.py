"""How long a database is waited for: one that hangs answers nothing, not even a time-out of its own."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from sqlite3 import ProgrammingError
from threading import Timer

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def answered_within(seconds: float, *, using: str = "default") -> Iterator[None]:
    """Let what is asked inside fail as if the connection were lost, once it takes longer than that.

    SQLite has no server that could hang, and its locks have a time-out of their own.
    """
    connection = connections[using]
    if connection.vendor != "postgresql":
        yield
        return
    timer = Timer(seconds, cut, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def cut(connection: BaseDatabaseWrapper) -> None:
    """End a connection from another thread than its own: what waits for an answer of the server gets an error."""
    raw = connection.connection
    descriptor = getattr(getattr(raw, "pgconn", None), "socket", -1)
    if connection.vendor == "sqlite" and raw is not None:
        # It may have been closed a moment ago, and waits for nothing then.
        with suppress(ProgrammingError):
            raw.interrupt()
    elif descriptor >= 0:
        # A duplicate: closing ours must not close the descriptor under the driver.
        with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as way:
            way.shutdown(socket.SHUT_RDWR)
