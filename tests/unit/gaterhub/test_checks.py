from typing import Any

import pytest
from django.core.checks import run_checks

from gaterhub import checks
from instances.schemas.registry import catalog_types
from instances.schemas.released import promised


@pytest.fixture(autouse=True)
def _hosts_of_this_machine(settings: Any) -> None:
    # The test runner adds a name of its own.
    settings.ALLOWED_HOSTS = settings.LOOPBACK_HOSTS


def found(settings: Any, **changed: str) -> list[str | None]:
    for name, value in changed.items():
        setattr(settings, name, value)
    return [message.id for message in run_checks(tags=[checks.TAG], databases=[])]


class TestChecks:
    def test_warn_of_streams_in_memory(self, settings: Any) -> None:
        assert found(settings, REDIS_URL="") == ["gaterhub.W001"]

    def test_are_content_with_redis_also_when_deployed(self, settings: Any) -> None:
        settings.REDIS_URL = "redis://127.0.0.1:6379/0"
        settings.GATERHUB_JOURNAL_ANCHORS = ["https://archive.example/checkpoints"]

        assert run_checks(tags=[checks.TAG], include_deployment_checks=True, databases=[]) == []

    @pytest.mark.parametrize("setting", ["postgres", "postgres=udp://127.0.0.1:1"])
    def test_refuse_service_checks_that_cannot_be_read(self, settings: Any, setting: str) -> None:
        redis = "redis://127.0.0.1:6379/0"

        assert found(settings, REDIS_URL=redis, GATERHUB_AGENT_CHECKS=setting) == ["gaterhub.E001"]

    def test_refuse_event_types_that_take_back_what_was_released(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        released = promised(catalog_types())
        row = released["health"]["registration_success"]
        row["versions"]["1"]["data"]["properties"]["seat"] = {"type": "string"}
        monkeypatch.setattr(checks, "read_released", lambda: released)
        settings.REDIS_URL = "redis://127.0.0.1:6379/0"

        (found,) = run_checks(tags=[checks.TAG], databases=[])

        assert (found.id, found.msg) == (
            "gaterhub.E002",
            "health.registration_success, version 1: `data.seat` is removed.",
        )
        assert "new version" in (found.hint or "")
