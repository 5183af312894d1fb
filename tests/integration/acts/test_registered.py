"""Every act of the hub, as its type in the registry has it."""

import asyncio
import sys
from collections.abc import Callable

import pytest
from django.core import checks

from consumers.hub import Hub
from gaterhub.acts import presence, telling
from gaterhub.acts.commands import tell_command
from gaterhub.acts.findings import tell_findings
from gaterhub.acts.subscriptions import SINGLY_PER_SECOND, Subscriptions
from instances.schemas.typed_event import TypedEvent
from tests.integration.acts.conftest import Told, taken

OPENED = {"connection": "c_1", "principal": "ada", "instance": "health", "pattern": "subscription_health:*"}


@pytest.fixture
def told_on_the_loop(monkeypatch: pytest.MonkeyPatch) -> list[Told]:
    """Give what was told on a running loop, checked as the hub checks it."""
    told: list[Told] = []

    async def apublish_event(event: TypedEvent, *, publisher: str, timestamp: int | None = None) -> None:
        told.append(taken(event, publisher))

    monkeypatch.setattr(telling, "apublish_event", apublish_event)
    return told


class TestActs:
    async def test_of_presence_are_registered(
        self, told_on_the_loop: list[Told], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "argv", ["manage.py", "serve"])
        monkeypatch.setattr(presence, "tell_findings", lambda: None)

        await presence.hub_started()
        presence.tell_rates()
        presence.tell_status()
        await presence.hub_stopping()

        assert [each.event_type for each in told_on_the_loop] == [
            "node_joined", "started", "command_executed", "projection_updated", "running", "stopping", "node_left",
        ]  # fmt: skip
        by_type = {each.event_type: each for each in told_on_the_loop}
        assert by_type["projection_updated"].data["projection"] == "instance_rates"
        assert by_type["projection_updated"].data["instances"]["health"].keys() == {
            "total_events", "events_per_second", "up",
        }  # fmt: skip
        assert by_type["running"].data["connections"] == 0

    async def test_of_subscriptions_are_registered(self, told_on_the_loop: list[Told]) -> None:
        due: list[Callable[[], None]] = []
        subscriptions = Subscriptions(clock=lambda: 1.0, later=lambda seconds, call: due.append(call))
        subscriptions.opened(sender=Hub, signal=object(), **OPENED)
        subscriptions.closed(sender=Hub, signal=object(), **OPENED)
        for _ in range(SINGLY_PER_SECOND):
            subscriptions.opened(**OPENED)

        due.pop()()
        async with asyncio.timeout(5):
            await telling.told(within_seconds=5)

        assert {each.event_type for each in told_on_the_loop} == {
            "subscription_opened", "subscription_closed", "subscriptions_changed",
        }  # fmt: skip

    def test_of_the_command_line_are_registered(self, told: list[Told]) -> None:
        tell_command("migrate", "success", argument_count=1, duration_seconds=2.4)
        tell_command("serve", "started")

        assert [each.data["outcome"] for each in told] == ["success", "started"]
        assert "duration_seconds" not in told[1].data

    def test_of_the_system_checks_are_registered(self, told: list[Told]) -> None:
        tell_findings(lambda: [checks.Warning("w", hint="do that", id="x.W1"), checks.Critical("c")])

        assert [(each.topic, each.event_type, each.data["severity"]) for each in told] == [
            ("system_alerts:warning", "warning_alert", "medium"),
            ("system_alerts:critical", "critical_alert", "high"),
        ]
