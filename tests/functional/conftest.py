"""A real hub for the functional tests: `manage.py serve` as a process of its own, ended by a real signal."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, Protocol
from zlib import crc32

import psycopg
import pytest

from tests.conftest import ROOT, drop_database, empty_postgres, empty_redis, made_hubs
from tests.functional.doors import MEMORY, REDIS

START_SECONDS = 60
"""Generous: a shared machine may take its time to start a process."""
END_SECONDS = 40

OPERATOR: Final = "olga"
PASSWORD: Final = "a-long-password-of-olga"
ALIKE: Final = frozenset(
    {
        "REDIS_URL",
        "GATERHUB_ANONYMOUS_CONNECTIONS",
        "GATERHUB_HTTPS",
        "GATERHUB_LOGIN_ATTEMPTS",
        "GATERHUB_TRUSTED_PROXIES",
    }
)
"""Settings that leave a hub's tables, and what its commands write into them, as they are without."""
APART: Final = frozenset({"DATABASE_URL", "JOURNAL_DATABASE_URL"})
"""Settings that have them elsewhere."""
RUN: Final = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
"""What all workers of a run have in common."""
TEMPLATE: Final = f"gaterhub_made_{RUN}"
"""The database of a hub that was just made, on the PostgreSQL of the tests."""


@dataclass(frozen=True)
class Operator:
    """A superuser of the server under test."""

    name: str
    password: str


class Reachable(Protocol):
    """A hub as its clients see it."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def token(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def ws_url(self) -> str: ...


@dataclass
class Server:
    port: int
    token: str
    operator: Operator
    environment: dict[str, str] = field(repr=False)
    process: subprocess.Popen[bytes]
    log: Path
    host: str = "127.0.0.1"

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/"

    @property
    def ws_url(self) -> str:
        return f"ws://{self.host}:{self.port}/ws/v1/"

    def manage(self, *arguments: str, text: str | None = None) -> str:
        """Run a management command on the server's settings, and return what it prints."""
        return _manage(self.environment, *arguments, text=text)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the process by a signal, and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(END_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _manage(environment: dict[str, str], *arguments: str, text: str | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.process.poll() is None, server.log.read_text()
        try:
            with urllib.request.urlopen(f"{server.url}readyz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"The server was not ready in {START_SECONDS} s:\n{server.log.read_text()}")


def environment_of(folder: Path, settings: dict[str, str]) -> dict[str, str]:
    """Return what the processes of a hub in that folder are started with."""
    return {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "a-functional-test-" + "0123456789abcdef" * 3,
        "GATERHUB_ENV_FILE": "",
        "GATERHUB_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "gaterhub.settings",
    } | settings


def made(folder: Path, settings: dict[str, str]) -> str:
    """Make a hub's databases and its operator, and return a token: by the commands that everybody uses."""
    database = settings.get("DATABASE_URL")
    more = settings.keys() - ALIKE
    if more <= {"DATABASE_URL"}:
        finished, token = _made_for_all(None if database is None else database.rpartition("/")[0])
        shutil.copytree(finished, folder, dirs_exist_ok=True)
        if database is not None:
            _copy_database(TEMPLATE, database)
        return token
    if more & APART:
        return _made(environment_of(folder, settings))
    finished, token = _made_for_all(None)
    shutil.copytree(finished, folder, dirs_exist_ok=True)
    # Such as the tables of single sign-on.
    _manage(environment_of(folder, settings), "migrate", "--verbosity", "0")
    return token


@cache
def _made_for_all(server: str | None) -> tuple[Path, str]:
    """Return what all begin with that begin alike: made by the first worker of a run, on SQLite or on a PostgreSQL."""
    shared = made_hubs(RUN)
    shared.mkdir(exist_ok=True)
    # Some tests have a PostgreSQL of their own.
    name = "sqlite" if server is None else f"postgresql-{crc32(server.encode()):08x}"
    folder, kept = shared / name, shared / f"{name}.token"
    with (shared / f"{name}.lock").open("w") as lock:
        # The others wait here, and find it made.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            folder.mkdir()
            settings: dict[str, str] = {}
            if server is not None:
                settings["DATABASE_URL"] = f"{server}/{TEMPLATE}"
                _copy_database("template1", settings["DATABASE_URL"])
                (shared / f"{name}.database").write_text(settings["DATABASE_URL"])
            token = _made(environment_of(folder, settings))
            kept.write_text(token)
        return folder, kept.read_text()


def _copy_database(template: str, database: str) -> None:
    """Put a copy of the template, to which nobody is connected, in the place of a database."""
    drop_database(database)
    server, _, name = database.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())


def _made(environment: dict[str, str]) -> str:
    _manage(environment, "migrate", "--verbosity", "0")
    _manage(
        environment | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD},
        *("createsuperuser", "--no-input", "--username", OPERATOR, "--email", "olga@hub.example"),
    )
    return _manage(environment, "create_token", "gater-1").strip()


@contextmanager
def serving(
    folder: Path,
    *options: str,
    settings: dict[str, str] | None = None,
    like: Server | None = None,
    program: Sequence[str] = ("manage.py",),
    port: int | None = None,
) -> Iterator[Server]:
    """Serve from an empty database in the folder, or from the same as another server."""
    if like is None:
        environment = environment_of(folder, settings or {})
        operator, token = Operator(OPERATOR, PASSWORD), made(folder, settings or {})
    else:
        environment, operator, token = like.environment | (settings or {}), like.operator, like.token
    port = free_port() if port is None else port
    log = folder / f"serve-{port}.log"
    command: Sequence[str] = [sys.executable, *program, "serve", "--port", str(port), *options]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    server = Server(port, token, operator, environment, process, log)
    try:
        wait_until_ready(server)
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a hub on SQLite and memory, one process, that the tests of a run share."""
    with serving(tmp_path_factory.mktemp("hub")) as server:
        yield server


@pytest.fixture(scope="module", params=[MEMORY, REDIS])
def processes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    """Give a hub of either kind by two of its doors, which in memory are the same process."""
    folder = tmp_path_factory.mktemp("doors")
    if request.param == MEMORY:
        with serving(folder) as server:
            yield server, server
        return
    with (
        empty_redis(request.getfixturevalue("_redis_server")) as redis_url,
        empty_postgres(request.getfixturevalue("_postgres_server")) as database_url,
        serving(folder, settings={"REDIS_URL": redis_url, "DATABASE_URL": database_url}) as first,
        serving(folder, like=first) as second,
    ):
        yield first, second
