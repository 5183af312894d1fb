"""Who purges, and what is told of it."""

import asyncio
from typing import Any

import pytest

from gaterhub import purging
from gaterhub.worker import JOBS
from instances.schemas.typed_event import TypedEvent
from tests.integration.retention.conftest import Hub
from tests.integration.retention.stating import stated

pytestmark = pytest.mark.django_db(transaction=True)
STREAM = "health.process_health"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[TypedEvent]:
    events: list[TypedEvent] = []
    monkeypatch.setattr(purging, "tell", events.append)
    return events


@pytest.fixture
def late(hub: Hub) -> Hub:
    """Give a hub with seven events that are too old."""
    hub.publish("health", "process_health:a", count=7, age_seconds=90)
    stated(at_most_seconds=60)
    return hub


class TestPurgeShared:
    @pytest.fixture(autouse=True)
    def _at_home(self, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(purging, "ensure_home", lambda: hub)

    def test_is_a_job_of_the_worker(self) -> None:
        assert purging.purge_shared in {job.run for job in JOBS}

    def test_tells_once_how_many_of_what_went_by_which_policies(
        self, late: Hub, told: list[TypedEvent], settings: Any
    ) -> None:
        settings.REDIS_URL = "redis://shared"

        purging.purge_shared()
        purging.purge_shared()

        [event] = told
        assert (event.event_type, event.topic) == ("history_purged", "system_status:gaterhub")
        assert event.data == {"instance": "health", "events": 7, "streams": [STREAM], "policies": ["Shops"]}
        assert late.kept(STREAM) == 0

    def test_leaves_the_memory_of_another_process_to_it(self, late: Hub, told: list[TypedEvent], settings: Any) -> None:
        settings.REDIS_URL = None

        purging.purge_shared()

        assert (told, late.kept(STREAM)) == ([], 7)


class TestPurgeOwn:
    def test_purges_turn_by_turn(self, late: Hub, told: list[TypedEvent], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(purging, "PURGE_SECONDS", 0.001)
        monkeypatch.setattr(purging, "home", lambda: late)

        async def until_told() -> None:
            turns: asyncio.Task[Any] = asyncio.create_task(purging.purge_own())
            while not told:
                await asyncio.sleep(0.001)
            turns.cancel()

        late.run(asyncio.wait_for(until_told(), 5))

        assert late.kept(STREAM) == 0
