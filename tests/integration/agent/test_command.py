"""`manage.py agent` with each of its ways out, and without one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.core.management import CommandError, call_command

from tests.unit.gaterhub.agent.hub import Hub

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Give a hub that the environment names."""
    with Hub().serving() as hub:
        monkeypatch.setenv("GATERHUB_URL", hub.url)
        monkeypatch.setenv("GATERHUB_TOKEN", "gh_secret")
        yield hub


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Take every way to a hub away."""
    monkeypatch.delenv("GATERHUB_URL", raising=False)
    monkeypatch.delenv("GATERHUB_TOKEN", raising=False)
    settings.REDIS_URL = ""


def environment(data: Path, **way: str) -> dict[str, str]:
    """Return what a process of its own needs beside a way to a hub."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GATERHUB_")}
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "gaterhub.settings",
        "SECRET_KEY": "x" * 50,
        "GATERHUB_ENV_FILE": "",
        "GATERHUB_DATA_DIR": str(data),
        **way,
    }


class TestAgentCommand:
    def test_publishes_one_sample_of_everything(self, hub: Hub) -> None:
        # The hub of this test has no /livez, which is a finding like any other.
        call_command("agent", once=True)

        events = {event["topic"]: event for _, events in hub.requests for event in events}
        assert hub.tokens == {"Bearer gh_secret"}
        assert events["performance_metrics:memory"]["data"]["total_bytes"] == psutil.virtual_memory().total
        assert events["performance_metrics:cpu"]["data"]["processors"] == psutil.cpu_count()
        assert events["process_health:hub"]["data"]["state"] == "failing"
        assert {path for path, _ in hub.requests} >= {
            "/api/v1/instances/metrics/events/",
            "/api/v1/instances/health/events/",
        }

    def test_publishes_a_deep_look_at_a_process(self, hub: Hub) -> None:
        call_command("agent", diagnose=["memory", "files"], pid=os.getpid())

        ((path, events),) = hub.requests
        assert path == "/api/v1/instances/diagnostics/events/"
        assert [event["topic"] for event in events] == [
            "diagnostics:memory_analysis",
            "diagnostics:open_files",
        ]
        assert {event["data"]["pid"] for event in events} == {os.getpid()}
        assert events[0]["metadata"]["requested_by"] == "command"

    def test_fails_where_the_hub_refuses(self, hub: Hub) -> None:
        hub.answer(409, {"code": "instance_disabled", "detail": "Disabled."})

        with pytest.raises(CommandError, match="0 readings were published, 1 refused"):
            call_command("agent", diagnose=["memory"])

    @pytest.mark.usefixtures("nowhere")
    def test_names_the_ways_where_there_is_none(self) -> None:
        with pytest.raises(CommandError, match=r"GATERHUB_URL and GATERHUB_TOKEN .* REDIS_URL"):
            call_command("agent", once=True)

    @pytest.mark.usefixtures("nowhere")
    def test_wants_a_token_with_an_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GATERHUB_URL", "http://127.0.0.1:1")

        with pytest.raises(CommandError, match="create_token"):
            call_command("agent", once=True)

    @pytest.mark.parametrize(
        ("options", "complaint"),
        [
            (["--diagnose", "memory,nonsense"], "'nonsense' is none of memory, connections, files, trace"),
            (["--diagnose", ","], "Name at least one"),
            (["--pid", "1"], "--pid says what --diagnose looks at"),
        ],
    )
    def test_refuses_options_that_make_no_sense(self, hub: Hub, options: list[str], complaint: str) -> None:
        with pytest.raises(CommandError, match=complaint):
            call_command("agent", *options)

        assert hub.requests == []

    def test_says_so_where_there_is_no_such_process(self, hub: Hub) -> None:
        child = subprocess.Popen([sys.executable, "-c", ""])
        child.wait()

        with pytest.raises(CommandError, match=f"There is no process {child.pid}"):
            call_command("agent", diagnose=["memory"], pid=child.pid)

    @pytest.mark.usefixtures("nowhere")
    @pytest.mark.parametrize("url", ["hub.example", "ftp://hub.example"])
    def test_refuses_an_address_that_is_none(self, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        monkeypatch.setenv("GATERHUB_URL", url)
        monkeypatch.setenv("GATERHUB_TOKEN", "t")

        with pytest.raises(CommandError, match="GATERHUB_URL"):
            call_command("agent", once=True)

    def test_refuses_service_checks_that_cannot_be_read(self, hub: Hub, settings: Any) -> None:
        settings.GATERHUB_AGENT_CHECKS = "postgres"

        with pytest.raises(CommandError, match="GATERHUB_AGENT_CHECKS"):
            call_command("agent", once=True)

    def test_publishes_through_redis_where_it_has_no_token(self, redis_url: str, tmp_path: Path) -> None:
        ended = subprocess.run(
            [sys.executable, "manage.py", "agent", "--diagnose", "memory"],
            cwd=ROOT,
            env=environment(tmp_path, REDIS_URL=redis_url),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert (ended.returncode, ended.stderr.splitlines()[-1]) == (0, "1 readings published."), ended.stderr

    def test_publishes_until_it_is_told_to_end(self, hub: Hub, tmp_path: Path) -> None:
        way = {"GATERHUB_URL": hub.url, "GATERHUB_TOKEN": "gh_secret"}
        with subprocess.Popen(
            [sys.executable, "manage.py", "agent"],
            cwd=ROOT,
            env=environment(tmp_path, **way),
            stderr=subprocess.PIPE,
            text=True,
        ) as agent:
            assert hub.arrived.wait(60)
            agent.terminate()
            _, said = agent.communicate(timeout=20)

        assert agent.returncode == 0, said
