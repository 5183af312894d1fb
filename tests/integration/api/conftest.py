"""The API without a server: the real URLs and middleware, and the ten instances on a loop of their own."""

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from instances import config
from instances.access.models import Token
from instances.groups import all_streams
from instances.supervisor import instances, start_instances, stop_instances


@pytest.fixture
def token(db: None) -> str:
    return Token.objects.issue(name="gater-1").secret


@pytest.fixture
def publisher(token: str) -> APIClient:
    """A service with a token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture
def stranger(db: None) -> APIClient:
    """Somebody with neither token nor session."""
    return APIClient()


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_superuser("operator", password="correct horse battery staple")


@pytest.fixture
def running_instances(monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.AbstractEventLoop]:
    """Run the ten on a loop in a thread of its own, beside the threads of requests."""
    # The configuration is read from the database in yet another thread, which must not touch the test's.
    monkeypatch.setattr(config, "refresh_in_thread", lambda: None)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(start_instances(), loop).result(5)
    yield loop
    asyncio.run_coroutine_threadsafe(stop_instances(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


@pytest.fixture
def published(running_instances: asyncio.AbstractEventLoop) -> Callable[[str], int]:
    """Tell how many events an instance's streams hold at this moment."""

    def count(instance: str) -> int:
        lane = instances()[instance].lane
        assert lane is not None
        reading = lane.broker.heads(all_streams(lane.spec))
        heads = asyncio.run_coroutine_threadsafe(reading, running_instances).result(5)
        return sum(head.position.offset for head in heads.values())

    return count
