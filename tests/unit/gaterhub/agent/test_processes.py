from dataclasses import replace
from typing import Any

import pytest

from gaterhub.agent.processes import TOLD_AT_ONCE, Process, ProcessWatch
from gaterhub.agent.reading import Reading
from tests.unit.gaterhub.agent.fakes import Clock

STARTED = 1_672_531_200.0


def process(pid: int, name: str = "nginx", **changes: Any) -> Process:
    described = Process(
        pid=pid,
        parent_pid=1,
        name=name,
        arguments=("/usr/sbin/nginx", "--password", "sesame"),
        user="www-data",
        started_at_seconds=STARTED,
    )
    return replace(described, **changes)


class Host:
    """A host whose processes are what the test says."""

    def __init__(self, *processes: Process) -> None:
        self.processes = {each.pid: each for each in processes}
        self.clock = Clock()
        self.watch = ProcessWatch(
            pids=lambda: list(self.processes),
            look=self.processes.get,
            started=lambda pid: self.processes[pid].started_at_seconds if pid in self.processes else None,
            clock=self.clock,
            now=lambda: STARTED + 12.5,
        )

    def start(self, *processes: Process) -> None:
        self.processes.update({each.pid: each for each in processes})

    def end(self, pid: int) -> None:
        del self.processes[pid]


def told(readings: list[Reading]) -> list[tuple[str, str, int]]:
    return [(each.topic, each.event_type, each.data["pid"]) for each in readings]


class TestProcessWatch:
    def test_says_nothing_about_those_who_ran_before(self) -> None:
        assert Host(process(1), process(2)).watch.sample() == []

    def test_tells_who_started_and_who_ended(self) -> None:
        host = Host(process(1, "init"))
        host.watch.sample()

        host.start(process(7, "my tool"))
        assert told(host.watch.sample()) == [("process_lifecycle:my_tool", "process_started", 7)]
        assert host.watch.sample() == []
        host.end(7)
        assert told(host.watch.sample()) == [("process_lifecycle:my_tool", "process_stopped", 7)]
        assert host.watch.sample() == []

    def test_tells_the_end_of_one_who_ran_before(self) -> None:
        host = Host(process(1, "init"), process(2, "cron"))
        host.watch.sample()

        host.end(2)

        assert told(host.watch.sample()) == [("process_lifecycle:cron", "process_stopped", 2)]

    def test_describes_without_what_may_be_secret(self) -> None:
        host = Host()
        host.watch.sample()
        host.start(process(7))

        (reading,) = host.watch.sample()

        assert reading.data == {
            "pid": 7,
            "parent_pid": 1,
            "name": "nginx",
            "user": "www-data",
            "started_at_ms": 1_672_531_200_000,
            "executable": "nginx",
            "argument_count": 2,
        }
        assert reading.timestamp_ms == 1_672_531_200_000
        assert "sesame" not in str(reading)

    def test_tells_the_command_line_only_where_a_setting_says_so(self, settings: Any) -> None:
        settings.GATERHUB_AGENT_COMMAND_LINES = True
        host = Host()
        host.watch.sample()
        host.start(process(7))

        (reading,) = host.watch.sample()

        assert reading.data["command_line"] == "/usr/sbin/nginx --password sesame"

    def test_tells_how_long_it_ran(self) -> None:
        host = Host(process(7))
        host.watch.sample()
        host.end(7)

        (reading,) = host.watch.sample()

        assert reading.data["runtime_seconds"] == 12.5
        assert reading.timestamp_ms == 1_672_531_212_500

    def test_finds_within_seconds_that_a_number_belongs_to_another(self) -> None:
        host = Host(process(7, "old"))
        host.watch.sample()

        host.start(process(7, "new", started_at_seconds=STARTED + 3))
        assert host.watch.sample() == []
        host.clock.move(5)

        assert told(host.watch.sample()) == [
            ("process_lifecycle:old", "process_stopped", 7),
            ("process_lifecycle:new", "process_started", 7),
        ]

    def test_takes_two_readings_of_one_start_for_the_same(self) -> None:
        host = Host(process(7))
        host.watch.sample()
        host.start(process(7, started_at_seconds=STARTED + 0.01))
        host.clock.move(5)

        assert host.watch.sample() == []

    def test_leaves_out_the_kernels_own(self) -> None:
        host = Host()
        host.watch.sample()
        host.start(process(7, "kworker/0:1", of_the_kernel=True))
        assert host.watch.sample() == []

        host.end(7)

        assert host.watch.sample() == []

    def test_passes_over_one_that_is_gone_before_it_was_looked_at(self) -> None:
        host = Host()
        host.watch.sample()
        numbers = [7]
        watch = ProcessWatch(pids=lambda: numbers, look=lambda pid: None, clock=host.clock)
        watch.sample()
        numbers.append(8)

        assert watch.sample() == []
        numbers.clear()
        assert watch.sample() == []

    def test_tells_a_flood_as_some_and_a_count(self) -> None:
        host = Host()
        host.watch.sample()
        host.start(*(process(pid) for pid in range(1, TOLD_AT_ONCE + 31)))

        *described, rest = host.watch.sample()

        assert len(described) == TOLD_AT_ONCE
        assert (rest.topic, rest.data["processes"]) == ("process_lifecycle:unlisted", 30)
        assert host.watch.sample() == []

    @pytest.mark.parametrize("name", ["", "a\x00b", "\udc80", "läuft:nicht*"])
    def test_bears_any_name(self, name: str) -> None:
        host = Host()
        host.watch.sample()
        host.start(process(7, name))

        (reading,) = host.watch.sample()

        reading.data["name"].encode("utf-8")
        assert "\x00" not in reading.data["name"]
