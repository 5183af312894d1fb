"""What each sampler says of this host, held against the registered types: nothing undeclared, nothing misspelt."""

import asyncio
import json
import logging
import os
import re
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

import psutil
import pytest

from gaterhub.agent import host
from gaterhub.agent.checks.circuit import CircuitState, CircuitWatch
from gaterhub.agent.checks.finding import OK, Check, Failed, Finding, State
from gaterhub.agent.checks.watch import CheckWatch
from gaterhub.agent.inspection.inspector import Inspector
from gaterhub.agent.inspection.loop_delay import LoopDelay
from gaterhub.agent.logs import journal
from gaterhub.agent.logs.files import LogFiles
from gaterhub.agent.logs.handler import PublishedRecords
from gaterhub.agent.meters.cpu import CpuMeter
from gaterhub.agent.meters.disks import DiskMeter, filesystem_readings
from gaterhub.agent.meters.memory import MemoryMeter
from gaterhub.agent.meters.network import NetworkMeter
from gaterhub.agent.meters.throughput import hub_readings
from gaterhub.agent.processes import TOLD_AT_ONCE, ProcessWatch, look_at
from gaterhub.agent.reading import Reading
from gaterhub.agent.thresholds import THRESHOLDS, Judge
from instances.catalog import INSTANCES
from instances.schemas.registered import RegisteredType
from instances.schemas.registry import registered
from tests.unit.gaterhub.agent.fakes import Clock

PUBLISHED: Final = {
    "alerts": {"warning_alert", "critical_alert", "alert_resolved"},
    "diagnostics": {"memory_analysis", "connection_pool", "open_files", "performance_trace"},
    "health": {"component_health", "circuit_breaker_changed"},
    "lifecycle": {"process_started", "process_stopped", "processes_started"},
    "logging": {"log_record", "error_report"},
    "metrics": {
        "cpu_usage",
        "memory_usage",
        "swap_usage",
        "disk_usage",
        "disk_io",
        "network_interface",
        "throughput",
    },
}
"""All that docs/agent.md lists."""


def meters() -> list[Reading]:
    """Look twice at the real host; what it may lack, such as swap or a disk of its own, is given."""
    clock = Clock()
    swap = {"total": 10.0, "used": 2.0, "free": 8.0}
    disk = ("read_bytes", "write_bytes", "read_count", "write_count", "busy_time")
    nic = ("bytes_recv", "bytes_sent", "packets_recv", "packets_sent", "errin", "errout", "dropin", "dropout")
    samplers: list[Callable[[], list[Reading]]] = [
        CpuMeter(clock=clock).sample,
        MemoryMeter(clock=clock, swap=lambda: swap | dict.fromkeys(("sin", "sout"), clock())).sample,
        DiskMeter(clock=clock).sample,
        DiskMeter(clock=clock, counters=lambda: {"my disk": dict.fromkeys(disk, clock())}).sample,
        NetworkMeter(clock=clock).sample,
        NetworkMeter(
            clock=clock,
            counters=lambda: {"wl 0": dict.fromkeys(nic, clock())},
            interfaces=lambda: {"wl 0": host.Interface(up=False, megabits_per_second=100)},
        ).sample,
        filesystem_readings,
        lambda: hub_readings(lambda: {spec.name: {"rate_10s": 1.5, "up": True} for spec in INSTANCES}),
    ]
    for sample in samplers:
        sample()
    clock.move(2)
    return [reading for sample in samplers for reading in sample()]


def processes() -> list[Reading]:
    """Have this process come and go, and more of them than are described."""
    pids: set[int] = set()
    clock = Clock()

    def look(pid: int) -> Any:
        return look_at(os.getpid())

    watch = ProcessWatch(pids=lambda: set(pids), look=look, clock=clock)
    watch.sample()
    pids |= set(range(TOLD_AT_ONCE + 2))
    started = watch.sample()
    pids.clear()
    return [*started, *watch.sample()]


def logs(folder: Path) -> list[Reading]:
    path = folder / "my orders.log"
    path.touch()
    files = LogFiles([path])
    files.sample()
    path.write_text("WARNING low on tea\n2026-11-23T10:00:00.5+00:00 node-1 sshd[7]: error: no\n")
    records = PublishedRecords(max_records=2)
    for _ in range(2):
        try:
            raise ValueError("no stock")
        except ValueError:
            args = ("orders", logging.ERROR, "orders.py", 7, "failed", (), sys.exc_info())
            records.handle(logging.LogRecord(*args))
    entry = {"MESSAGE": "hello", "PRIORITY": "3", "_SYSTEMD_UNIT": "my app.service", "_PID": "1", "_COMM": "my app"}
    read = journal.reading_of(entry, own_pid=2)
    assert read is not None
    return [*files.sample(), *records.sample(), read]


def checks() -> list[Reading]:
    """Have components be well, degraded and failing, one after the other."""

    async def probe(turns: list[Finding | Failed]) -> Finding:
        turn = turns.pop(0)
        if isinstance(turn, Failed):
            raise turn
        return turn

    async def looked() -> list[Reading]:
        turns: dict[str, list[Finding | Failed]] = {
            "a": [OK, Failed("Connection refused.")],
            "b": [Finding(State.DEGRADED, "It answers 404."), OK],
        }
        clock = Clock()
        watch = CheckWatch(
            [Check(name, "tcp://127.0.0.1:1", partial(probe, mine)) for name, mine in turns.items()], clock=clock
        )
        first = await watch.sample()
        clock.move(1)
        return [*first, *await watch.sample()]

    states: list[CircuitState] = ["closed", "open", "half_open", "closed"]
    circuit = CircuitWatch(lambda: states.pop(0))
    return [*asyncio.run(looked()), *(reading for _ in range(4) for reading in circuit.sample())]


def looks() -> list[Reading]:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        stack.enter_context(socket.create_connection(listener.getsockname()))
        inspector = Inspector(LoopDelay())
        return [*inspector.inspect(asked_by="signal"), *inspector.inspect(deep=False)]


def unseen(monkeypatch: pytest.MonkeyPatch) -> list[Reading]:
    """Look where the system tells this user nothing."""

    def denied(self: psutil.Process, *args: Any, **options: Any) -> Any:
        raise psutil.AccessDenied(self.pid)

    for name in ("net_connections", "memory_full_info", "memory_maps", "num_fds", "open_files", "rlimit", "threads"):
        monkeypatch.setattr(psutil.Process, name, denied)
    return Inspector().inspect()


def alerts() -> list[Reading]:
    """Raise and resolve every alert there is."""
    clock = Clock()
    judge = Judge(clock=clock)

    def judged(value: float) -> list[Reading]:
        return judge.judge(
            Reading("metrics", f"performance_metrics:{each.name}", each.measured.name, {each.field: value})
            for each in THRESHOLDS
        )

    raised = judged(0.99)
    clock.move(60)
    return [*raised, *judged(0.99), *judged(0.1)]


@pytest.fixture
def readings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[Reading]:
    """Give everything that the agent can say."""
    settings.GATERHUB_AGENT_COMMAND_LINES = True
    said = [*meters(), *processes(), *logs(tmp_path), *checks(), *looks(), *alerts()]
    return [*said, *unseen(monkeypatch)]


def type_of(reading: Reading) -> RegisteredType:
    found = registered(reading.instance, reading.event_type)
    assert found is not None, f"{reading.instance}.{reading.event_type} is not registered"
    return found


class TestWhatTheAgentPublishes:
    def test_is_registered_to_the_last_type(self, readings: list[Reading]) -> None:
        said: dict[str, set[str]] = {}
        for reading in readings:
            type_of(reading)
            said.setdefault(reading.instance, set()).add(reading.event_type)

        assert said == PUBLISHED

    def test_fits_its_type(self, readings: list[Reading]) -> None:
        for reading in readings:
            data, metadata = json.loads(json.dumps([reading.data, reading.metadata]))
            type_of(reading).check(reading.schema_version, data, metadata)

    def test_is_of_the_newest_version(self, readings: list[Reading]) -> None:
        assert [each.event_type for each in readings if each.schema_version != type_of(each).newest] == []

    def test_has_no_field_that_its_type_does_not_declare(self, readings: list[Reading]) -> None:
        for reading in readings:
            version = type_of(reading).version(reading.schema_version)
            assert undeclared(dict(reading.data), version.data_schema) == []
            assert undeclared(dict(reading.metadata), version.metadata_schema) == []

    def test_stands_on_the_topic_of_its_type(self, readings: list[Reading]) -> None:
        for reading in readings:
            template = re.sub(r"\\\{[a-z_]+\\\}", "[^:]+", re.escape(type_of(reading).topic))
            assert re.fullmatch(template, reading.topic), f"{reading.event_type} on {reading.topic}"


def undeclared(value: Any, schema: Any, path: str = "") -> list[str]:
    """Return the paths in the value that the schema says nothing about, where it says something of their neighbours."""
    if isinstance(value, list):
        return [found for each in value for found in undeclared(each, schema.get("items", {}), f"{path}[]")]
    known = schema.get("properties")
    if not isinstance(value, dict) or not known:
        return []
    return [
        found
        for key, each in value.items()
        for found in (undeclared(each, known[key], f"{path}.{key}") if key in known else [f"{path}.{key}"])
    ]
