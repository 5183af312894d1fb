"""The whole agent on this host, into the hub of its own process: everything it says has to be true."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from gaterhub.agent import run, run_agent
from gaterhub.agent.logs import journal
from tests.integration.agent.conftest import Follower

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the agent's home is Linux")


@pytest.fixture
def log_file(tmp_path: Path, settings: Any) -> Path:
    path = tmp_path / "orders.log"
    path.touch()
    settings.GATERHUB_AGENT_LOG_FILES = [str(path)]
    return path


@pytest.fixture
async def listener(settings: Any) -> AsyncIterator[asyncio.Server]:
    """Give a service that the agent checks under the name `orders`."""
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    settings.GATERHUB_AGENT_CHECKS = f"orders=tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield server
    server.close()


@pytest.fixture
async def agent(
    follower: Follower,
    log_file: Path,
    listener: asyncio.Server,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> AsyncIterator[None]:
    settings.GATERHUB_NODE = "node-1"
    monkeypatch.setattr(journal, "is_readable", lambda: False)
    stop = asyncio.Event()
    running = asyncio.create_task(run_agent(stop))
    yield
    stop.set()
    async with asyncio.timeout(20):
        await running


@pytest.mark.usefixtures("agent")
class TestAgent:
    async def test_measures_this_host(self, follower: Follower) -> None:
        cpu = await follower.on("performance_metrics:cpu")
        memory = await follower.on("performance_metrics:memory")
        root = await follower.on("performance_metrics:disk:/")

        assert cpu["data"]["processors"] == psutil.cpu_count()
        assert 0 <= cpu["data"]["utilisation_ratio"] <= 1
        assert memory["data"]["total_bytes"] == psutil.virtual_memory().total
        assert root["data"]["total_bytes"] == psutil.disk_usage("/").total
        assert (cpu["publisher"], cpu["metadata"]["host"]) == ("agent@node-1", "node-1")

    async def test_measures_the_hub(self, follower: Follower) -> None:
        throughput = await follower.on("throughput_stats:gaterhub")

        assert len(throughput["data"]["events_per_second_by_instance"]) == 10

    async def test_tells_a_process_that_starts_and_ends(self, follower: Follower) -> None:
        # What is published now was looked at before, so from here on a start is news.
        await follower.on("performance_metrics:cpu")
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "input()", "--password", "sesame", stdin=asyncio.subprocess.PIPE
        )
        started = await follower.first(
            lambda event: event["event_type"] == "process_started" and event["data"]["pid"] == child.pid
        )
        await child.communicate(b"\n")
        stopped = await follower.first(
            lambda event: event["event_type"] == "process_stopped" and event["data"]["pid"] == child.pid
        )

        assert started["topic"] == stopped["topic"]
        assert started["data"]["parent_pid"] == os.getpid()
        assert started["data"]["argument_count"] == 4
        assert "sesame" not in str(started)
        assert 0 <= stopped["data"]["runtime_seconds"] < 60

    async def test_tells_that_a_service_stops_answering(self, follower: Follower, listener: asyncio.Server) -> None:
        well = await follower.on("process_health:orders")
        listener.close()
        failing = await follower.first(
            lambda event: event["topic"] == "process_health:orders" and event["data"]["state"] == "failing"
        )

        assert well["data"]["state"] == "ok"
        assert (failing["data"]["previous_state"], failing["data"]["reason"]) == ("ok", "Connection refused.")

    async def test_publishes_this_process_own_log_and_errors_with_their_traceback(self, follower: Follower) -> None:
        await follower.on("performance_metrics:memory")
        try:
            raise ValueError("no stock")
        except ValueError:
            logging.getLogger("orders").exception("An order failed.")

        log = await follower.on("logs:gaterhub:error")
        report = await follower.on("error_reports:gaterhub")

        assert log["data"]["message"] == "An order failed."
        assert report["data"]["traceback"].endswith("ValueError: no stock\n")

    async def test_publishes_what_is_written_to_a_log_file(self, follower: Follower, log_file: Path) -> None:
        await follower.on("performance_metrics:cpu")
        await asyncio.to_thread(log_file.write_text, "WARNING low on tea\n")

        record = await follower.on("logs:orders:warning")

        assert record["data"]["message"] == "WARNING low on tea"
        assert record["data"]["file"] == str(log_file)

    async def test_looks_deep_into_itself_when_asked_by_a_signal(self, follower: Follower) -> None:
        await follower.on("performance_metrics:cpu")
        os.kill(os.getpid(), signal.SIGUSR1)

        memory = await follower.first(
            lambda event: event["topic"] == "diagnostics:memory_analysis" and event["metadata"]["deep"]
        )

        assert memory["data"]["pid"] == os.getpid()
        assert memory["metadata"]["requested_by"] == "signal"
        assert memory["data"]["largest_mappings"]

    async def test_looks_at_the_hub_by_itself(self, follower: Follower) -> None:
        trace = await follower.on("diagnostics:performance_trace")

        assert trace["metadata"]["requested_by"] == "timer"
        assert "loop_delay" in trace["data"]

    async def test_publishes_only_what_the_hub_knows_and_takes(
        self, follower: Follower, caplog: pytest.LogCaptureFixture
    ) -> None:
        for topic in (
            "performance_metrics:cpu",
            "throughput_stats:network",
            "process_health:disk",
            "diagnostics:open_files",
        ):
            await follower.on(topic)

        assert [event["event_type"] for event in follower.events if "unregistered" in event] == []
        assert "refuses" not in caplog.text


class TestEndOfTheAgent:
    async def test_is_told_where_it_fails_and_takes_the_hub_down_with_nothing(
        self, follower: Follower, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(runner: object) -> None:
            raise RuntimeError("broken")

        monkeypatch.setattr(run, "_follow_journal", broken)

        await run_agent(asyncio.Event())

        assert "The agent failed, and publishes no more." in caplog.text

    async def test_leaves_nothing_behind(self, follower: Follower) -> None:
        before = set(asyncio.all_tasks())
        handlers = list(logging.getLogger().handlers)
        stop = asyncio.Event()
        running = asyncio.create_task(run_agent(stop))
        await follower.on("performance_metrics:cpu")

        stop.set()
        async with asyncio.timeout(20):
            await running

        assert logging.getLogger().handlers == handlers
        assert asyncio.all_tasks() - before == set()
        assert signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL
