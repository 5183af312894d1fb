"""Both adapters of streams, under one name."""

from collections.abc import AsyncIterator

import pytest

from instances.streams import Streams
from instances.streams.memory import MemoryStreams
from instances.streams.redis import RedisStreams
from tests.unit.instances.streams.making import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "redis"])
async def streams(request: pytest.FixtureRequest, clock: Clock) -> AsyncIterator[Streams]:
    adapter: Streams
    if request.param == "memory":
        adapter = MemoryStreams(clock=clock)
    else:
        adapter = RedisStreams(request.getfixturevalue("redis_url"), timeout_seconds=5.0, clock=clock)
    yield adapter
    await adapter.close()
