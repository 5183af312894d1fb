"""The two hubs that a thing is shown on: SQLite and memory, one process; PostgreSQL and Redis, where two serve."""

from typing import Final

import pytest

MEMORY: Final = "memory"
REDIS: Final = "postgresql, redis, two processes"
IN_MEMORY: Final = pytest.mark.parametrize("processes", [MEMORY], indirect=True, scope="module")
IN_TWO_PROCESSES: Final = pytest.mark.parametrize("processes", [REDIS], indirect=True, scope="module")
"""For a test of a module on both, where one of them shows nothing that the other doesn't."""
