"""Hubs whose processes, database and disk the tests break, on PostgreSQL and on SQLite."""

import shutil
from collections.abc import Iterator

import pytest

from tests.functional.journal.hub import Hub, hub
from tests.functional.own_postgres import OwnPostgres
from tests.functional.own_redis import OwnRedis


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnPostgres]:
    own = OwnPostgres()
    try:
        own.start()
        yield own
    finally:
        own.remove()


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRedis]:
    own = OwnRedis(tmp_path_factory.mktemp("redis"))
    own.start()
    try:
        yield own
    finally:
        own.kill()


@pytest.fixture(scope="session")
def postgres_hub(
    request: pytest.FixtureRequest, postgres: OwnPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hub]:
    """Give a hub whose journal alone is on the test's own PostgreSQL, without a process yet; with Redis where it is."""
    settings = {"JOURNAL_DATABASE_URL": postgres.url}
    if shutil.which("redis-server"):
        settings["REDIS_URL"] = request.getfixturevalue("redis").url
    with hub(tmp_path_factory.mktemp("hub"), **settings) as made:
        yield made


@pytest.fixture(scope="session")
def sqlite_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Give a hub whose journal is a file, without a process yet."""
    with hub(tmp_path_factory.mktemp("hub")) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def any_hub(request: pytest.FixtureRequest) -> Hub:
    """Run the test twice: with a journal on SQLite, and on PostgreSQL."""
    found: Hub = request.getfixturevalue("sqlite_hub" if request.param == "sqlite" else "postgres_hub")
    return found
