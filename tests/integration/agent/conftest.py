"""The agent inside a process with the ten instances, and a follower of what it publishes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from instances import config
from instances.batch import from_message
from instances.catalog import INSTANCES
from instances.groups import all_streams, group_of
from instances.supervisor import start_instances, stop_instances

Event = dict[str, Any]


class Follower:
    """Receives every event of all instances from the channel layer, and keeps those that nobody has asked for yet."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._more = asyncio.Condition()

    async def take(self, batch: list[Event]) -> None:
        async with self._more:
            self._events += batch
            self._more.notify_all()

    async def first(self, wanted: Callable[[Event], bool]) -> Event:
        """Return the first event that is wanted, waiting for it as long as a slow machine may need."""
        async with asyncio.timeout(30), self._more:
            while True:
                for event in self._events:
                    if wanted(event):
                        return event
                await self._more.wait()

    @property
    def events(self) -> list[Event]:
        """What has arrived so far."""
        return list(self._events)

    async def on(self, topic: str) -> Event:
        return await self.first(lambda event: event["topic"] == topic)


@pytest.fixture
async def follower(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Follower]:
    """Start the instances on the test's loop, and follow them all."""
    # The configuration is read from the database in another thread, which must not touch the test's.
    monkeypatch.setattr(config, "refresh_in_thread", lambda: None)
    broker = (await start_instances()).broker
    follower = Follower()

    async def follow(alias: str) -> None:
        channel = await broker.new_channel(alias)
        for spec in INSTANCES:
            if spec.delivery.layer == alias:
                for stream in all_streams(spec):
                    await broker.join(alias, group_of(stream), channel)
        ready.release()
        while True:
            message = await broker.receive(alias, channel)
            await follower.take([json.loads(each.wire) for each in from_message(message).events])

    ready = asyncio.Semaphore(0)
    aliases = {spec.delivery.layer for spec in INSTANCES}
    following = [asyncio.create_task(follow(alias)) for alias in aliases]
    for _ in aliases:
        await ready.acquire()
    yield follower
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)
    await stop_instances()
