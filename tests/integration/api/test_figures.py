import asyncio
import threading
from collections.abc import Iterator
from unittest.mock import AsyncMock

import msgspec
import pytest
from rest_framework.test import APIClient

from consumers.inspector.bans import Bans
from consumers.running import start_hub, stop_hub
from gaterhub.api.figures import Figures
from instances import config
from instances.catalog import NAMES
from instances.models import InstanceConfig

ADDRESS = "/api/v1/figures/"


@pytest.fixture
def running_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run hub and instances on a loop in a thread of its own, beside the threads of requests."""
    monkeypatch.setattr(config, "refresh_in_thread", lambda: None)
    # Neither here nor there is anybody banned, and these threads have no database.
    monkeypatch.setattr(Bans, "refresh", AsyncMock())
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(start_hub(), loop).result(5)
    yield
    asyncio.run_coroutine_threadsafe(stop_hub(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


def figures(client: APIClient, query: str = "") -> Figures:
    return msgspec.json.decode(client.get(ADDRESS + query).content, type=Figures)


class TestFigures:
    def test_are_for_those_with_credentials(self, stranger: APIClient) -> None:
        assert stranger.get(ADDRESS).status_code == 401

    @pytest.mark.usefixtures("running_hub")
    def test_have_the_ten_in_order_and_the_hub(self, publisher: APIClient) -> None:
        told = figures(publisher)

        assert [row.name for row in told.instances] == list(NAMES)
        assert all(row.up and row.enabled for row in told.instances)
        assert told.hub.mode == "memory"
        assert told.hub.database
        assert [process.name for process in told.hub.processes] == [told.hub.process]
        assert told.hub.started == told.hub.processes[0].started <= told.at

    def test_say_that_nothing_is_up_where_no_hub_runs(self, publisher: APIClient) -> None:
        told = figures(publisher)

        assert not any(row.up for row in told.instances)
        assert (told.hub.process, told.hub.processes, told.hub.started) == (None, (), None)

    @pytest.mark.usefixtures("running_hub")
    def test_say_which_instance_is_disabled(self, publisher: APIClient) -> None:
        InstanceConfig.objects.update_or_create(instance="health", defaults={"enabled": False})
        config.refresh()

        assert [row.name for row in figures(publisher).instances if not row.enabled] == ["health"]

    @pytest.mark.usefixtures("running_hub")
    def test_add_as_many_seconds_of_history_as_are_asked_for(self, publisher: APIClient) -> None:
        assert all(row.history is None for row in figures(publisher).instances)
        assert "history" not in publisher.get(ADDRESS).json()["instances"][0]
        for seconds in (1, 300):
            assert [len(row.history or ()) for row in figures(publisher, f"?history={seconds}").instances] == [
                seconds
            ] * 10

    @pytest.mark.parametrize("history", ["0", "301", "-1", "1.5", "many", "9" * 50, "", "٣"])
    def test_refuse_a_history_that_is_none(self, publisher: APIClient, history: str) -> None:
        answer = publisher.get(ADDRESS, {"history": history})

        assert answer.status_code == 400
        assert answer.json()["code"] == "bad_request"

    def test_are_not_kept_by_any_cache(self, publisher: APIClient) -> None:
        assert publisher.get(ADDRESS)["Cache-Control"] == "no-store"
