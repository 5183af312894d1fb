"""What every test may ask for: the services that may be missing here, and how long to go on."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import psycopg
import pytest
import redis
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.journals import PostgresJournals

ROOT = Path(__file__).resolve().parent.parent
SERVICES_ENV = ROOT / ".services" / "env"
"""Where `make services` notes the addresses of what it started."""

ALTERING = {
    "test_atomic",
    "test_guards",
    "test_appending",
    "test_grants",
    "test_custody",
    "test_backup",
    "test_verification",
    "test_models",
    "test_bundle_tampering",
}
"""Modules whose tests alter the journal's tables, triggers or roles."""

SOAKING = os.environ.get("GATERHUB_SOAK") == "1"

# A shared machine makes single examples slow at random, so no example has a deadline.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", settings.get_profile("suite"), max_examples=20_000)
settings.load_profile("soak" if SOAKING else "suite")


def missing(what: str, remedy: str = "run make services") -> NoReturn:
    """Skip the test, naming what it needs; fail it where GATERHUB_REQUIRE_SERVICES=1."""
    message = f"needs {what}: {remedy}"
    if os.environ.get("GATERHUB_REQUIRE_SERVICES") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def service_url(name: str) -> str | None:
    """Look an address up in the environment, then in what `make services` noted."""
    if value := os.environ.get(name):
        return value
    if SERVICES_ENV.exists():
        for line in SERVICES_ENV.read_text().splitlines():
            key, _, value = line.partition("=")
            if key == name:
                return value
    return None


@pytest.fixture(autouse=True)
def _configuration_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget what a test configured: the database rolls it back, and the process's memory of it has to follow."""
    # Models can be imported only once Django is set up, which is after this file is read.
    from gaterhub.acts.denials import DENIALS, LOGINS
    from gaterhub.acts.endings import ENDINGS
    from instances import config
    from instances.explorer.tally import forget_tallies
    from instances.schemas import loading, usage

    monkeypatch.setattr(config, "_snapshot", config._snapshot)
    monkeypatch.setattr(config, "_policies", config._policies)
    yield
    loading.forget()
    usage.forget()
    forget_tallies()
    for counted in (DENIALS, LOGINS, ENDINGS):
        counted.forget()


@pytest.fixture(scope="session")
def soaking() -> bool:
    """Tell whether this run is `make soak`, in which a fault test repeats its fault at the full count."""
    return SOAKING


@pytest.fixture(scope="session")
def _redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Find the test Redis and see that it answers, once a run; each of several workers has one of its own.

    Published messages know no database numbers: two workers on one Redis would hear each other's events.
    """
    url = service_url("GATERHUB_TEST_REDIS_URL")
    if url is None:
        missing("Redis")
    program = shutil.which("redis-server")
    if "PYTEST_XDIST_WORKER" in os.environ and program is not None:
        with own_redis(program, tmp_path_factory.mktemp("redis")) as server:
            yield server
        return
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2) as client:
            client.ping()
    except redis.RedisError as error:
        missing(f"Redis (the one at GATERHUB_TEST_REDIS_URL says: {error})")
    yield url.rsplit("/", 1)[0]


@contextmanager
def own_redis(program: str, folder: Path) -> Iterator[str]:
    """Run a Redis that keeps nothing, on a port of its own, and give its URL without a database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(port=port, socket_connect_timeout=2, socket_timeout=2) as client:
            for _ in range(200):
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    assert process.poll() is None
                    time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def empty_redis(server: str) -> Iterator[str]:
    """Give the URL of an empty database on that Redis that no other test run by this suite uses meanwhile."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    url = f"{server}/{int(worker.removeprefix('gw')) + 1}"
    with redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2) as client:
        client.flushdb()
        yield url
        client.flushdb()


@pytest.fixture
def redis_url(_redis_server: str) -> Iterator[str]:
    """Give the URL of an empty Redis database for one test."""
    with empty_redis(_redis_server) as url:
        yield url


@pytest.fixture(scope="session")
def _postgres_server() -> str:
    """Find the test PostgreSQL and see that it answers, once a run."""
    url = service_url("GATERHUB_TEST_DATABASE_URL")
    if url is None:
        missing("PostgreSQL")
    try:
        with psycopg.connect(url, connect_timeout=2):
            pass
    except psycopg.OperationalError as error:
        missing(f"PostgreSQL (the one at GATERHUB_TEST_DATABASE_URL says: {error})")
    return url


@contextmanager
def empty_postgres(server: str) -> Iterator[str]:
    """Give the URL of a new, empty database on that PostgreSQL, dropped afterwards."""
    name = f"gaterhub_test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    try:
        yield f"{server.rsplit('/', 1)[0]}/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            # Servers that the test started may still hold connections.
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def postgres_url(_postgres_server: str) -> Iterator[str]:
    """Give the URL of a new, empty PostgreSQL database, dropped after the test."""
    with empty_postgres(_postgres_server) as url:
        yield url


def made_hubs(run: str) -> Path:
    """Return where the workers of a run keep the hubs that others begin as copies of."""
    return Path(tempfile.gettempdir()) / f"made-hubs-{run}"


def drop_database(url: str) -> None:
    server, _, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        # Servers that a test started may still hold connections.
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let go of the hubs that workers share, once all of them are done."""
    if hasattr(session.config, "workerinput"):
        return
    workers = session.config.pluginmanager.get_plugin("dsession")
    shared = made_hubs(str(os.getpid()) if workers is None else workers.nodemanager.testrunuid)
    for database in shared.glob("*.database"):
        with suppress(psycopg.Error):
            drop_database(database.read_text())
    shutil.rmtree(shared, ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    from pytest_django.plugin import blocking_manager_key

    from tests.journals import leave_to_tests

    leave_to_tests(config.stash[blocking_manager_key])


@pytest.fixture(scope="session")
def _sqlite_journal_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.journals import make_sqlite_template

    return make_sqlite_template(tmp_path_factory.mktemp("journal") / "template.sqlite3")


@pytest.fixture(scope="session")
def _postgres_journals(_postgres_server: str) -> "Iterator[PostgresJournals]":
    from tests.journals import PostgresJournals, drop, make_postgres_template

    template = make_postgres_template(_postgres_server)
    journals = PostgresJournals(_postgres_server, template)
    yield journals
    journals.close()
    drop(_postgres_server, template)


@pytest.fixture(autouse=True)
def _journal_of_its_own(_sqlite_journal_template: Path, tmp_path: Path) -> Iterator[None]:
    """Give every test an empty journal, on SQLite, of which nothing was signed; `postgres_journal` is the other."""
    from django.test import override_settings

    from tests.journals import sqlite_journal

    nothing_signed = override_settings(GATERHUB_JOURNAL_STATE_DIR=str(tmp_path / "journal-state"))
    with nothing_signed, sqlite_journal(_sqlite_journal_template, _sqlite_journal_template.parent):
        yield


@pytest.fixture
def sequencer(_journal_of_its_own: None) -> Iterator[None]:
    """Have this process number and broadcast what is committed, as one that serves does."""
    from tests.sequencing import sequencing

    with sequencing():
        yield


@pytest.fixture
def postgres_journal(request: pytest.FixtureRequest, _postgres_journals: "PostgresJournals") -> Iterator[None]:
    """Give one test an empty journal on PostgreSQL."""
    with _postgres_journals.one(spent=request.path.stem in ALTERING):
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def journal(request: pytest.FixtureRequest) -> str:
    """Run the test twice: with an empty journal on SQLite, and on PostgreSQL."""
    if request.param == "postgresql":
        request.getfixturevalue("postgres_journal")
    return str(request.param)


CHROMIUM = ("chromium", "chromium-browser")


def found_chromium(*, whole: bool = False) -> str | None:
    """Return where Chromium is: its headless shell, which draws the same for a quarter of the CPU, or all of it."""
    shell = () if whole else ("chromium-headless-shell",)
    candidates = (os.environ.get("GATERHUB_TEST_CHROMIUM"), *shell, *CHROMIUM)
    return next((path for candidate in candidates if candidate and (path := shutil.which(candidate))), None)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Find the browser that the page tests drive."""
    return found_chromium() or missing("Chromium")


@pytest.fixture(scope="session")
def whole_chromium_path() -> str:
    """Find the browser for what its headless shell doesn't do, such as keep a page to come back to."""
    return found_chromium(whole=True) or missing("Chromium, not its headless shell alone")
