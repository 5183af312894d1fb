import io
import json
import urllib.request
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from gaterhub.management.commands import publish
from instances.publishing.signing import sign

HUB = type("Address", (), {"url": "http://hub.example", "token": "gh_secret"})()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Give what the command sends to the hub."""
    bodies: list[dict[str, Any]] = []

    def answer(request: urllib.request.Request, timeout: float) -> io.BytesIO:
        assert isinstance(request.data, bytes)
        bodies.append(json.loads(request.data))
        return io.BytesIO(b"{}")

    monkeypatch.setattr(publish, "hub_address", lambda: HUB)
    monkeypatch.setattr(urllib.request, "urlopen", answer)
    return bodies


class TestPublish:
    def test_sends_data_metadata_and_version(self, sent: list[dict[str, Any]]) -> None:
        options = ("--data", '{"n": 1}', "--metadata", '{"node": "a"}', "--schema-version", "2")

        call_command("publish", "health", "process_health:a", "checked", *options, stdout=io.StringIO())

        assert sent == [
            {
                "topic": "process_health:a",
                "event_type": "checked",
                "schema_version": 2,
                "data": {"n": 1},
                "metadata": {"node": "a"},
            }
        ]

    def test_sends_version_1_without_data_unless_told(self, sent: list[dict[str, Any]]) -> None:
        call_command("publish", "health", "process_health:a", "checked", stdout=io.StringIO())

        assert (sent[0]["schema_version"], sent[0]["data"], sent[0]["metadata"]) == (1, None, {})

    @pytest.mark.parametrize("option", ["--data", "--metadata"])
    def test_names_the_option_that_is_no_json(self, sent: list[dict[str, Any]], option: str) -> None:
        with pytest.raises(CommandError, match=f"{option} is no JSON"):
            call_command("publish", "health", "process_health:a", "checked", option, "{")
        assert sent == []

    def test_signs_where_it_is_told_to(self, sent: list[dict[str, Any]], settings: Any) -> None:
        settings.GATERHUB_SIGNING_SECRET = "ghs_" + "a" * 43

        call_command("publish", "ex_esdb_health", "process_health:a", "checked", "--sign", stdout=io.StringIO())

        assert sent == [sign(sent[0], "health", settings.GATERHUB_SIGNING_SECRET)]

    def test_says_what_it_needs_to_sign(self, sent: list[dict[str, Any]]) -> None:
        with pytest.raises(CommandError, match="GATERHUB_SIGNING_SECRET is not set"):
            call_command("publish", "health", "process_health:a", "checked", "--sign")
        assert sent == []
