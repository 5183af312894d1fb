"""From a numbered step to the channel layer."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from instances.journal import broadcasting
from instances.journal.broadcasting import WAITING_STEPS_MAX, Broadcaster
from instances.journal.numbering import Step, number
from instances.journal.reading import carried as really_carried
from tests.integration.journal.writing import AUDIT, keep

WAIT_SECONDS = 30


class Layer:
    """Takes what is sent, and can be waited for."""

    def __init__(self) -> None:
        self.firsts: list[int] = []
        self._changed = threading.Condition()

    async def send(self, layer: str, group: str, message: dict[str, Any]) -> None:
        with self._changed:
            self.firsts.append(message["first"])
            self._changed.notify_all()

    def wait_for(self, messages: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.firsts) >= messages, WAIT_SECONDS)


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Layer]:
    layer = Layer()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    broker = SimpleNamespace(send=layer.send, turns=SimpleNamespace(urgent=nullcontext))
    monkeypatch.setattr(broadcasting, "home", lambda: SimpleNamespace(loop=loop, broker=broker))
    yield layer
    loop.call_soon_threadsafe(loop.stop)
    thread.join(WAIT_SECONDS)
    loop.close()


def step() -> Step:
    """Number one entry more."""
    keep()
    numbered = number(AUDIT)
    assert numbered is not None
    return numbered


class TestBroadcaster:
    def test_sends_steps_in_their_order(self, journal: str, layer: Layer) -> None:
        broadcaster = Broadcaster()

        for _ in range(5):
            broadcaster.send(AUDIT, step())

        layer.wait_for(5)
        assert layer.firsts == [1, 2, 3, 4, 5]

    def test_holds_nobody_up_and_drops_what_is_too_much(
        self, journal: str, layer: Layer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        slow = threading.Event()

        def carried(*args: Any, **named: Any) -> Any:
            assert slow.wait(WAIT_SECONDS)
            return really_carried(*args, **named)

        monkeypatch.setattr(broadcasting, "carried", carried)
        broadcaster = Broadcaster()

        for _ in range(WAITING_STEPS_MAX + 2):
            broadcaster.send(AUDIT, step())
        slow.set()

        layer.wait_for(WAITING_STEPS_MAX)
        assert layer.firsts == list(range(1, WAITING_STEPS_MAX + 1))
        assert broadcaster.dropped_steps == 2

    def test_goes_on_after_a_step_that_could_not_be_sent(
        self, journal: str, layer: Layer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        failures = [ValueError("it can't be read")]

        def carried(*args: Any, **named: Any) -> Any:
            if failures:
                raise failures.pop()
            return really_carried(*args, **named)

        monkeypatch.setattr(broadcasting, "carried", carried)
        broadcaster = Broadcaster()

        broadcaster.send(AUDIT, step())
        broadcaster.send(AUDIT, step())

        layer.wait_for(1)
        assert layer.firsts == [2]
