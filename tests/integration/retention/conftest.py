"""Streams on a loop of their own, as in a serving process, and an operator at the admin."""

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from instances import config
from instances.broker import Broker
from instances.catalog import find
from instances.event import compact, now_ms, prepare
from instances.models import RetentionPolicy, RetentionPolicyChange
from instances.retention import preview
from instances.streams import Position
from instances.streams.memory import MemoryStreams
from instances.streams.redis import RedisStreams


class Hub:
    """Where the events are, and a way to have some that came long ago."""

    def __init__(self, loop: asyncio.AbstractEventLoop, broker: Broker) -> None:
        self.loop = loop
        self.broker = broker

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def publish(self, instance: str, topic: str, *, count: int = 1, age_seconds: int = 0) -> None:
        body = compact(json.dumps({"topic": topic, "event_type": "tested"}))
        events = [prepare(find(instance), body, publisher_json=b'"test"') for _ in range(count)]
        for event in events:
            event.received_ms = now_ms() - age_seconds * 1000
        self.run(self.broker.append(instance, [events], config.effective(instance).keeps))

    def kept(self, stream: str) -> int:
        epoch = self.run(self.broker.past(stream))[-1]
        batch = self.run(self.broker.read(stream, Position(epoch, 0), limit=500)).batch
        return 0 if batch is None else len(batch.events)


@pytest.fixture(params=["memory", "redis"])
def hub(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Give the streams that the admin asks, in memory and in Redis."""
    url = request.getfixturevalue("redis_url") if request.param == "redis" else None
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def made() -> Broker:
        return Broker(streams=MemoryStreams() if url is None else RedisStreams(url, timeout_seconds=5.0))

    hub = Hub(loop, asyncio.run_coroutine_threadsafe(made(), loop).result(5))
    monkeypatch.setattr(preview, "home", lambda: hub)
    yield hub
    hub.run(hub.broker.close())
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(autouse=True)
def _no_policies_again() -> Iterator[None]:
    yield
    RetentionPolicyChange.objects.all().delete()
    RetentionPolicy.objects.all().delete()
    config.refresh()


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada", password="x"))
    return client
