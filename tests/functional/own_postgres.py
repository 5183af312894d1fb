"""A PostgreSQL of the test's own, which it may kill, stop, and start again from what is on its disk."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg
from psycopg import sql

from tests.conftest import missing
from tests.functional.conftest import END_SECONDS, START_SECONDS, free_port

_ANSWER_SECONDS: Final = 2
_USERS: Final = ("postgres", "nobody")
"""Whose processes they are where the tests are root's, whom PostgreSQL refuses to work for."""
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "fsync": "on",
    "synchronous_commit": "on",
}

SLOWLY: Final = {"synchronous_commit": "off", "wal_writer_delay": "10s"}
"""Has it say that a transaction is committed before it is on the disk, and take its time."""


class OwnPostgres:
    """Syncs before it says that a transaction is committed, as PostgreSQL does unless it is told otherwise."""

    def __init__(self) -> None:
        self._programs = _programs()
        # Not a folder of pytest's: another user's processes could not get there.
        self.folder: Final = Path(tempfile.mkdtemp(prefix="gaterhub-own-postgres-"))
        self._data = self.folder / "data"
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._as: dict[str, Any] = {"cwd": "/"}
        if os.geteuid() == 0:
            account = _account()
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self._as |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self.url = f"postgres://gaterhub@127.0.0.1:{self._port}/postgres"
        self._initialise()

    def start(self, *under: str, **settings: str) -> None:
        """Start from what is on the disk, and wait until it answers; the settings hold until it ends.

        `under` is a program that becomes it, once it has begun to trace it.
        """
        told = _SETTINGS | {"port": str(self._port)} | settings
        options = [word for name, value in told.items() for word in ("-c", f"{name}={value}")]
        command = [*under, str(self._programs / "postgres"), "-D", str(self._data), *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._as)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=_ANSWER_SECONDS).close()
                return
            except psycopg.OperationalError:
                assert self._process.poll() is None, self.log
                assert time.monotonic() < deadline, self.log
                time.sleep(0.05)

    def database(self, name: str) -> str:
        """Make another database, and return its URL."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"{self.url.rpartition('/')[0]}/{name}"

    def kill(self) -> None:
        """End all of its processes at once, as a loss of power does: none comes to write what it holds."""
        if self._process is None:
            return
        everyone = self._stopped()
        # Whoever traces it comes to an end by it, with everything written down.
        tracing = _tracers(everyone)
        for each in everyone:
            each.kill()
        self._process.wait(END_SECONDS)
        self._process = None
        deadline = time.monotonic() + END_SECONDS
        while any(_lives(each) for each in (*everyone, *tracing)):
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def stop(self) -> None:
        """Let it hang: its connections stay, and nothing answers."""
        self._stopped()

    def go_on(self) -> None:
        for each in self._everyone():
            each.send_signal(signal.SIGCONT)

    def remove(self) -> None:
        """End it, and forget all that it held."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4_000:]

    def _initialise(self) -> None:
        command = [
            *(str(self._programs / "initdb"), "--pgdata", str(self._data), "--username", "gaterhub"),
            *("--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=START_SECONDS, **self._as)
        assert done.returncode == 0, done.stderr

    def _everyone(self) -> list[psutil.Process]:
        assert self._process is not None
        first = psutil.Process(self._process.pid)
        return [first, *first.children(recursive=True)]

    def _stopped(self) -> list[psutil.Process]:
        """Stop its processes, those first that begin others, and return them."""
        seen: dict[int, psutil.Process] = {}
        while fresh := [each for each in self._everyone() if each.pid not in seen]:
            for each in fresh:
                each.send_signal(signal.SIGSTOP)
                seen[each.pid] = each
        return list(seen.values())


def _tracers(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    told = [Path(f"/proc/{each.pid}/status").read_text() for each in processes]
    pids = {int(text.partition("TracerPid:")[2].split()[0]) for text in told} - {0}
    return [psutil.Process(pid) for pid in pids]


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _programs() -> Path:
    """Return where the newest PostgreSQL has its programs; Debian keeps them off the PATH."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: [int(part) for part in path.parent.name.split(".") if part.isdecimal()])
    program = shutil.which("initdb")
    if program is None:
        missing("a PostgreSQL server's programs", "install PostgreSQL")
    return Path(program).resolve().parent


def _account() -> pwd.struct_passwd:
    known = {account.pw_name: account for account in pwd.getpwall()}
    found = next((known[name] for name in _USERS if name in known), None)
    if found is None:
        missing(
            f"a user that PostgreSQL may run as ({' or '.join(_USERS)})", "install it, or be another user than root"
        )
    return found
