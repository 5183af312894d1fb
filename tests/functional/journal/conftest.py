"""Hubs whose processes, database and disk the tests break, on PostgreSQL and on SQLite."""

from collections.abc import Iterator

import pytest

from tests.functional.journal.hub import Hub, hub
from tests.functional.own_postgres import OwnPostgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnPostgres]:
    own = OwnPostgres()
    try:
        own.start()
        yield own
    finally:
        own.remove()


@pytest.fixture(scope="session")
def postgres_hub(postgres: OwnPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Give a hub whose journal alone is on the test's own PostgreSQL, without a process yet."""
    with hub(tmp_path_factory.mktemp("hub"), JOURNAL_DATABASE_URL=postgres.url) as made:
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
