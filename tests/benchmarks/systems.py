"""Starts the servers under test, each with a Redis of its own where it needs one."""

import secrets
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.plan import System
from tests.benchmarks.processes import (
    ROOT,
    Cores,
    Processes,
    Running,
    StartFailed,
    free_port,
    plain_environment,
    python,
)

# The commands that prepare a site's database get this long each.
PREPARE_TIMEOUT_SECONDS = 120
REDIS_SERVER = "redis-server"
# By a system's `server`, what is run by the interpreter: as in production, and with the history off.
OUR_PROGRAMS = {
    "serve": [str(ROOT / "manage.py")],
    "history off": ["-m", "tests.benchmarks.counting", "off"],
    "offsets only": ["-m", "tests.benchmarks.counting", "offsets"],
}


@dataclass(frozen=True)
class Started:
    """A server that runs, and what a client must know to talk to it."""

    system: System
    server: Running
    redis: Running | None
    token: str
    # What configures ours, so that a second process can serve the same site.
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """Name the server's WebSocket origin."""
        return f"ws://127.0.0.1:{self.server.port}"

    @property
    def dialect(self) -> str:
        """Name how it is spoken to."""
        return "gaterhub" if self.system.ours else "textbook"

    @property
    def server_pids(self) -> list[int]:
        """List the server's process."""
        return [self.server.process.pid]

    @property
    def redis_pids(self) -> list[int]:
        """List its Redis's process, if it has one."""
        return [self.redis.process.pid] if self.redis else []


def redis_is_installed() -> bool:
    """Say whether a redis-server can be started."""
    return shutil.which(REDIS_SERVER) is not None


def start(system: System, processes: Processes, cores: Cores, *, journal_url: str = "") -> Started:
    """Start a system on the server's core and wait until it answers; ours keeps its journal at the given URL.

    Raises:
        StartFailed: it did not come up.
    """
    redis = _start_redis(system, processes, cores) if system.needs_redis else None
    redis_url = f"redis://127.0.0.1:{redis.port}/0" if redis else ""
    if system.ours:
        environment, token = make_site(processes, redis_url, journal_url=journal_url)
        return Started(system, _serve(system, processes, cores, environment), redis, token, environment)
    return Started(system, _start_textbook(system, processes, cores, redis_url), redis, "")


def serve_site(system: System, environment: dict[str, str], token: str, processes: Processes, cores: Cores) -> Started:
    """Start our system, which needs no Redis, for a site that was made before.

    Raises:
        StartFailed: it did not come up.
    """
    return Started(system, _serve(system, processes, cores, environment), None, token, environment)


def start_beside(first: Started, processes: Processes, cores: Cores) -> Started:
    """Start a second process of our system that shares site, Redis and core with the first; stop it before that one.

    Raises:
        StartFailed: it did not come up.
    """
    server = _serve(first.system, processes, cores, first.environment)
    return Started(first.system, server, None, first.token, first.environment)


def limited_token(started: Started, grants: Sequence[str]) -> str:
    """Make a token of the site's that may do only what the grants say."""
    options = [option for grant in grants for option in ("--grant", grant)]
    return _manage(started.environment, "create_token", "bench-limited", *options).strip()


def operator(started: Started) -> tuple[str, str]:
    """Make an account that may do everything, and return its name and password."""
    name, password = "bench-operator", "a-long-password-of-the-bench"
    environment = started.environment | {"DJANGO_SUPERUSER_PASSWORD": password}
    _manage(environment, "createsuperuser", "--no-input", "--username", name, "--email", "bench@hub.example")
    return name, password


def stop(started: Started, processes: Processes) -> None:
    """Stop a server and its Redis."""
    processes.stop(started.server)
    if started.redis:
        processes.stop(started.redis)


def _start_redis(system: System, processes: Processes, cores: Cores) -> Running:
    port = free_port()
    command = [REDIS_SERVER, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    # It shares the server's core: what a server gives its Redis to do is part of what it costs.
    name = f"Redis of {system.name}"
    folder = str(processes.folder)
    return processes.start(
        name, [*command, "--dir", folder], port=port, core=cores.server, environment=plain_environment()
    )


def _start_textbook(system: System, processes: Processes, cores: Cores, redis_url: str) -> Running:
    port = free_port()
    application = "tests.benchmarks.textbook.asgi:application"
    where = ["--port", str(port), application]
    if system.server == "daphne":
        command = python("-m", "daphne", "--bind", "127.0.0.1", "--verbosity", "0", *where)
    else:
        options = ["--host", "127.0.0.1", "--loop", "uvloop", "--http", "httptools", "--lifespan", "off"]
        options += ["--ws", "websockets-sansio", "--ws-per-message-deflate", "false"]
        command = python("-m", "uvicorn", *options, "--no-access-log", "--log-level", "warning", *where)
    environment = plain_environment(
        DJANGO_SETTINGS_MODULE="tests.benchmarks.textbook.settings",
        TEXTBOOK_LAYER=system.layer,
        TEXTBOOK_REDIS_URL=redis_url,
    )
    return processes.start(system.name, command, port=port, core=cores.server, environment=environment)


def make_site(processes: Processes, redis_url: str = "", *, journal_url: str = "") -> tuple[dict[str, str], str]:
    """Make a site's databases, and return what configures the site and a token for it.

    Raises:
        StartFailed: they could not be made.
    """
    folder = processes.folder / f"site-{free_port()}"
    folder.mkdir()
    environment = _our_environment(folder, redis_url)
    if journal_url:
        environment["JOURNAL_DATABASE_URL"] = journal_url
    _manage(environment, "migrate", "--verbosity", "0")
    return environment, _manage(environment, "create_token", "bench").strip()


def _serve(system: System, processes: Processes, cores: Cores, environment: dict[str, str]) -> Running:
    port = free_port()
    command = python(*OUR_PROGRAMS[system.server], "serve", "--host", "127.0.0.1", "--port", str(port))
    return processes.start(system.name, command, port=port, core=cores.server, environment=environment)


def _our_environment(folder: Path, redis_url: str) -> dict[str, str]:
    """Configure a site as in production, without TLS: nobody runs a benchmark with DEBUG on."""
    environment = plain_environment(
        DJANGO_SETTINGS_MODULE="gaterhub.settings",
        # A developer's .env must not change what is measured.
        GATERHUB_ENV_FILE="",
        GATERHUB_DATA_DIR=str(folder),
        DEBUG="0",
        SECRET_KEY=secrets.token_urlsafe(50),
        ALLOWED_HOSTS="127.0.0.1",
        DATABASE_URL=f"sqlite:///{folder / 'site.sqlite3'}",
    )
    if redis_url:
        environment["REDIS_URL"] = redis_url
    return environment


def _manage(environment: dict[str, str], *arguments: str) -> str:
    """Run a management command and return what it printed.

    Raises:
        StartFailed: it failed.
    """
    command = python(str(ROOT / "manage.py"), *arguments)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PREPARE_TIMEOUT_SECONDS,
    )
    if done.returncode:
        raise StartFailed(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout
