from typing import Any

import pytest
from django.core.checks import run_checks

from gaterhub import checks


def found(settings: Any, **changed: str) -> list[str | None]:
    for name, value in changed.items():
        setattr(settings, name, value)
    return [message.id for message in run_checks(tags=[checks.TAG])]


class TestChecks:
    def test_warn_of_streams_in_memory(self, settings: Any) -> None:
        assert found(settings, REDIS_URL="") == ["gaterhub.W001"]

    def test_are_content_with_redis_also_when_deployed(self, settings: Any) -> None:
        settings.REDIS_URL = "redis://127.0.0.1:6379/0"

        assert run_checks(tags=[checks.TAG], include_deployment_checks=True) == []

    @pytest.mark.parametrize("setting", ["postgres", "postgres=udp://127.0.0.1:1"])
    def test_refuse_service_checks_that_cannot_be_read(self, settings: Any, setting: str) -> None:
        redis = "redis://127.0.0.1:6379/0"

        assert found(settings, REDIS_URL=redis, GATERHUB_AGENT_CHECKS=setting) == ["gaterhub.E001"]
