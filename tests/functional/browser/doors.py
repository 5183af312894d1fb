"""Two hubs to show a thing on: SQLite and memory, one process; PostgreSQL and Redis, where two processes serve."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import empty_postgres, empty_redis
from tests.functional.conftest import Server, serving

MEMORY: Final = "memory"
REDIS: Final = "postgresql, redis, two processes"
IN_MEMORY: Final = pytest.mark.parametrize("processes", [MEMORY], indirect=True, scope="module")
IN_TWO_PROCESSES: Final = pytest.mark.parametrize("processes", [REDIS], indirect=True, scope="module")
"""For a test of a module on both, where one of them shows nothing that the other doesn't."""


@contextmanager
def two_doors(request: pytest.FixtureRequest, folder: Path) -> Iterator[tuple[Server, Server]]:
    """Serve the way that the fixture's parameter names, and give the process of the pages and the one of the events."""
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
