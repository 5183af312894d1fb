"""The section about the journal: evidence in, numbered, out to subscribers, and verified."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.benchmarks import systems
from tests.benchmarks.clients import RunFailed
from tests.benchmarks.journal.bars import SEQUENCED_A_SECOND
from tests.benchmarks.journal.databases import postgres_database, postgres_server
from tests.benchmarks.journal.findings import (
    ANOTHER,
    POSTGRESQL,
    SAME,
    SQLITE,
    Acknowledged,
    Broadcast,
    KeptUp,
    Worked,
)
from tests.benchmarks.plan import OURS, OURS_REDIS
from tests.benchmarks.processes import python
from tests.benchmarks.runner import Runner
from tests.benchmarks.systems import Started

BROADCAST_RATE: Final = 100.0
"""Events a second, published one by one."""
PROCESSES: Final = 2
"""Of a hub that writes to PostgreSQL: one for each core of a small machine."""
SPARE_SECONDS: Final = 240.0
"""A program of the journal's may take this long beside its measured time, on a machine that is busy."""


def measure_journal(runner: Runner) -> None:
    """Measure the journal on PostgreSQL, where there is one, and its writers on SQLite as well."""
    server = postgres_server()
    if server is None:
        runner.results.notes.append(
            "left out: the journal on PostgreSQL, because none answers at GATERHUB_TEST_DATABASE_URL"
        )
    else:
        with postgres_database(server) as url:
            _measure_postgres(runner, url)
        if systems.redis_is_installed():
            with postgres_database(server) as url:
                _measure_two_processes(runner, url)
        else:
            runner.results.notes.append(
                f"left out: commit to broadcast, {ANOTHER}, because there is no {systems.REDIS_SERVER}"
            )
    if runner.has_time():
        environment, _ = systems.make_site(runner.processes)
        _append(runner, SQLITE, environment)


def _measure_postgres(runner: Runner, url: str) -> None:
    environment, token = systems.make_site(runner.processes, journal_url=url)
    # Before the writers: PostgreSQL tidies up for a minute after half a million entries.
    served = systems.serve_site(OURS, environment, token, runner.processes, runner.cores)
    _broadcast(runner, SAME, served, served)
    systems.stop(served, runner.processes)
    _append(runner, POSTGRESQL, environment)
    served = systems.serve_site(OURS, environment, token, runner.processes, runner.cores)
    _sequence(runner, environment)
    systems.stop(served, runner.processes)
    _verify(runner, environment)


def _measure_two_processes(runner: Runner, url: str) -> None:
    """Have the first process lead, and publish and follow at the second."""
    first = systems.start(OURS_REDIS, runner.processes, runner.cores, journal_url=url)
    second = systems.start_beside(first, runner.processes, runner.cores)
    _broadcast(runner, ANOTHER, second, second)
    systems.stop(second, runner.processes)
    systems.stop(first, runner.processes)


def _append(runner: Runner, database: str, environment: Mapping[str, str]) -> None:
    size = runner.size
    orders = {
        "database": database,
        "rounds": size.rounds,
        "seconds": size.journal_seconds,
        "paced_seconds": size.paced_seconds,
        # SQLite has one writer at a time, and a hub on it one process.
        "processes": 1 if database == SQLITE else PROCESSES,
    }
    found = _run(runner, "appending", orders, environment)
    journal = runner.results.journal
    journal.numbered[database] = Worked(**found["numbered"])
    for row in found["runs"]:
        run = Acknowledged(**row)
        journal.acknowledged.append(run)
        runner.say(f"{database}, 16 writers, {run.way}: {run.rate:,.0f} entries/s, p99 {run.p99_ms:.1f} ms")
    runner.results.notes.append(f"{database}, where the journal was: {found['durable']}")


def _broadcast(runner: Runner, where: str, publish: Started, follow: Started) -> None:
    orders = {
        "where": where,
        "publish_url": publish.base_url,
        "follow_url": follow.base_url,
        "token": publish.token,
        "rate": BROADCAST_RATE,
        "seconds": runner.size.paced_seconds,
    }
    found = Broadcast(**runner.generate("journal.broadcasting", orders, seconds=runner.size.paced_seconds))
    runner.results.journal.broadcasts.append(found)
    runner.say(f"commit to broadcast, {where}: p50 {found.p50_ms:.1f} ms, p99 {found.p99_ms:.1f} ms")


def _sequence(runner: Runner, environment: Mapping[str, str]) -> None:
    orders = {"rate": SEQUENCED_A_SECOND, "seconds": runner.size.journal_seconds}
    found = runner.results.journal.kept_up = KeptUp(**_run(runner, "sequencing", orders, environment))
    runner.say(
        f"{found.rate:,.0f} entries/s appended: backlog up to {found.longest_backlog:,}, "
        f"empty {found.empty_after_seconds:.2f} s after"
    )


def _verify(runner: Runner, environment: Mapping[str, str]) -> None:
    found = runner.results.journal.verified = Worked(**_run(runner, "verifying", {}, environment))
    runner.say(f"{found.entries:,} entries verified: {found.rate:,.0f} entries/s")


def _run(runner: Runner, module: str, orders: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Run one of the journal's programs against a site, on whichever core is free, as its database is.

    Raises:
        RunFailed: an entry was lost, or not taken.
    """
    output = runner.processes.run(
        python("-m", f"tests.benchmarks.journal.{module}"),
        core=None,
        environment=environment,
        orders=json.dumps(orders),
        seconds=SPARE_SECONDS,
    )
    found: dict[str, Any] = json.loads(output)
    if "failed" in found:
        raise RunFailed(found["failed"])
    return found
