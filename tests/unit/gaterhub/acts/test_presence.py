import asyncio
import sys
from typing import Any

import pytest

from gaterhub.acts import presence, telling
from instances.schemas.typed_event import TypedEvent


class Told(list[tuple[str, str, str]]):
    """What was told, and an event that wakes whoever waits for more."""

    def __init__(self) -> None:
        super().__init__()
        self.more = asyncio.Event()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Told:
    settings.GATERHUB_NODE = "node 1"
    told = Told()

    async def apublish_event(event: TypedEvent, **more: Any) -> None:
        told.append((event.instance, event.topic, event.event_type))
        told.more.set()

    monkeypatch.setattr(telling, "apublish_event", apublish_event)
    monkeypatch.setattr(presence, "tell_findings", lambda: None)
    return told


class TestPresence:
    async def test_tells_the_coming_and_the_going(self, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "argv", ["manage.py", "serve", "--port", "1"])

        await presence.hub_started()
        await presence.hub_stopping()

        assert told == [
            ("system", "service_discovery:node_1", "node_joined"),
            ("system", "system_status:gaterhub", "started"),
            ("audit", "audit_trail:admin_operations", "command_executed"),
            ("system", "system_status:gaterhub", "stopping"),
            ("system", "service_discovery:node_1", "node_left"),
        ]

    async def test_tells_no_command_where_none_serves(self, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "argv", ["pytest"])

        await presence.hub_started()
        await presence.hub_stopping()

        assert all(instance == "system" for instance, _, _ in told)

    async def test_tells_rates_and_status_again_and_again_until_it_stops(
        self, told: Told, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(presence, "RATES_SECONDS", 0.001)
        monkeypatch.setattr(presence, "STATUS_SECONDS", 0.001)
        await presence.hub_started()
        both = {
            ("events", "projection_updates:instance_rates", "projection_updated"),
            ("system", "system_status:gaterhub", "running"),
        }
        async with asyncio.timeout(10):
            while not both <= set(told):
                told.more.clear()
                await told.more.wait()

        await presence.hub_stopping()

        last = len(told)
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert len(told) == last

    async def test_goes_on_although_one_report_fails(
        self, told: Told, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        tries = asyncio.Queue[int]()

        def fail() -> None:
            tries.put_nowait(1)
            raise RuntimeError("broken")

        task = asyncio.create_task(presence._repeat(0.001, fail))
        async with asyncio.timeout(10):
            await tries.get()
            await tries.get()
        task.cancel()

        assert "could not report about itself" in caplog.text


class TestRatesOf:
    def test_are_each_instances_total_and_rate(self) -> None:
        figures = {"health": {"total": 5, "rate_10s": 0.5, "up": True, "waiting": 0}}

        assert presence.rates_of(figures) == {"health": {"total_events": 5, "events_per_second": 0.5, "up": True}}
