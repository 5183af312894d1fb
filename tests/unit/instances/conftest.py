"""The ten instances as a serving process has them, on a loop in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from instances import config
from instances.supervisor import Home, start_instances, stop_instances


@pytest.fixture
def configuration_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the instances from reading their configuration in a thread, which must not touch the test's database."""
    monkeypatch.setattr(config, "refresh_in_thread", lambda: None)


@pytest.fixture
def serving(configuration_stands: None) -> Iterator[Home]:
    """Give the home of the instances of a serving process without Redis."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(start_instances(), loop).result(30)
        asyncio.run_coroutine_threadsafe(stop_instances(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
