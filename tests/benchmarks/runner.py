"""Runs the plan: starts the systems, interleaves them, and collects what the generator found."""

import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks import systems
from tests.benchmarks.bars import BARE
from tests.benchmarks.clients import RunFailed
from tests.benchmarks.generator import Findings, Orders
from tests.benchmarks.idle import IdleFindings, IdleOrders
from tests.benchmarks.never_reads import NeverReadsFindings, NeverReadsOrders
from tests.benchmarks.plan import (
    OUR_BATCH_EVENTS,
    OUR_WINDOW_EVENTS,
    OURS,
    PACED,
    SATURATED,
    TEXTBOOK_BATCHES_PER_WINDOW,
    TEXTBOOK_WINDOW_DELIVERIES,
    Size,
    System,
    Workload,
)
from tests.benchmarks.processes import Cores, Processes, Running, free_port, plain_environment, python
from tests.benchmarks.results import Matching, Results, Validation, cpu_us
from tests.benchmarks.systems import Started
from tests.benchmarks.usage import cpu_seconds

# A child process may take this long beyond its measured time: a textbook server drains 10,000 deliveries and
# lets 100 subscribers join 100 groups each.
SPARE_SECONDS = 120.0
# Above this share of its core the generator's own delays show in the latencies.
GENERATOR_BUSY_SHARE = 0.85
# Above this share of a core, work of others on this machine shows in the latencies.
OTHERS_BUSY_SHARE = 0.15
# A server is left alone until it uses less than this share of a core, so that one run's tidying up isn't
# charged to the next.
QUIET_SHARE = 0.05
QUIET_LOOK_SECONDS = 0.2
QUIET_AT_MOST_SECONDS = 20.0


class Runner:
    """Does everything a size of benchmark asks for, and prints a line for each thing done."""

    def __init__(self, size: Size, processes: Processes, cores: Cores) -> None:
        self.size = size
        self.processes = processes
        self.cores = cores
        self.results = Results()
        self._deadline = time.monotonic() + size.minutes * 60
        self._began_at = time.monotonic()
        self._out_of_time = False

    def measure_traffic(self, workloads: Sequence[Workload], chosen: Sequence[System]) -> None:
        """Run every workload on every system in turn, as many rounds as the size has."""
        started = [systems.start(system, self.processes, self.cores) for system in chosen]
        for number in range(self.size.rounds):
            for workload in workloads:
                for server in started:
                    if self.has_time() and (server.system.ours or not workload.ours_only):
                        self._measure_run(number, workload, server)
        self._note_others()
        for server in started:
            systems.stop(server, self.processes)

    def measure_idle(self) -> None:
        """Fill fresh servers, ours and a bare one, with connections that do nothing."""
        for number in range(self.size.idle_rounds):
            for name in (OURS.name, BARE):
                if not self.has_time():
                    return
                findings = self._measure_idle(name)
                self.results.idle.setdefault(name, []).append(findings)
                each = findings.grown_bytes / findings.connections / 1024
                what = f"{findings.connections:,} idle connections, {name}"
                self.say(f"round {number + 1}, {what}: {each:.1f} KiB each")

    def measure_never_reads(self) -> None:
        """Put a subscriber that never reads on an instance of each class."""
        for instance in self.size.never_reads:
            if self.has_time():
                # A server of its own: memory that one class's sleeper made free would hide what the next one's takes.
                server = systems.start(OURS, self.processes, self.cores)
                orders = NeverReadsOrders(server.base_url, server.token, instance, server.server_pids)
                answer = self.generate("never_reads", dataclasses.asdict(orders), seconds=60)
                findings = NeverReadsFindings(**answer)
                self.results.never_reads.append(findings)
                grown = findings.grown_bytes / 1024 / 1024
                self.say(f"never reads, {instance}: {grown:+.2f} MiB, {findings.outcome}")
                systems.stop(server, self.processes)

    def measure_matching(self) -> None:
        """Time the trie on the server's core."""
        self.results.matching = [Matching(**row) for row in self.alone("matching")]
        slowest = max(row.uncached_us for row in self.results.matching)
        self.say(f"matching among up to 100,000 patterns: {slowest:.2f} µs at most")

    def measure_validation(self) -> None:
        """Time the checks of event types on the server's core."""
        found = self.results.validation = Validation(**self.alone("validation"))
        self.say(f"checking the examples of {found.types} event types: median {found.median_us:.2f} µs")

    def alone(self, module: str) -> Any:
        """Run a program that measures one part of ours by itself, and return what it found."""
        command = python("-m", f"tests.benchmarks.{module}")
        output = self.processes.run(
            command, core=self.cores.server, environment=self._environment(), orders="", seconds=SPARE_SECONDS
        )
        return json.loads(output)

    def _measure_run(self, number: int, workload: Workload, server: Started) -> None:
        orders = self.orders_of(workload, server)
        findings = self.run_traffic(orders, server)
        runs = self.results.traffic.setdefault(workload.name, {}).setdefault(server.system.name, [])
        runs.append(findings)
        share = findings.generator_cpu_seconds / findings.seconds
        self.say(
            f"round {number + 1}, {workload.name}, {server.system.name}: {cpu_us(findings):.2f} µs/delivery, "
            f"p99 {findings.p99_ms:.1f} ms, generator {share:.0%}"
        )
        if workload.mode == PACED and share > GENERATOR_BUSY_SHARE:
            self.results.notes.append(
                f"the generator used {share:.0%} of its core in {workload.name} on {server.system.name}: "
                "latencies there are partly its own"
            )

    def run_traffic(self, orders: Orders, *servers: Started) -> Findings:
        """Let the servers come to rest, and run the generator.

        Raises:
            RunFailed: an event was lost, doubled or out of order, or a connection failed.
        """
        for server in servers:
            self.wait_until_quiet(server)
        return Findings(**self.generate("generator", dataclasses.asdict(orders), seconds=orders.seconds))

    def _note_others(self) -> None:
        """Note it where, over the rounds of some workload, the machine was also busy with something else."""
        shares = [
            (median(run.others_cpu_seconds / run.seconds for run in runs), workload, system)
            for workload, by_system in self.results.traffic.items()
            for system, runs in by_system.items()
        ]
        disturbed = [share for share in shares if share[0] > OTHERS_BUSY_SHARE]
        if disturbed:
            share, workload, system = max(disturbed)
            self.results.notes.append(
                f"other programs were busy in {len(disturbed)} of {len(shares)} cases, most in {workload} on {system} "
                f"({share:.0%} of a core): latencies there are partly theirs"
            )

    def orders_of(self, workload: Workload, server: Started) -> Orders:
        """Write what the generator is to do for a workload on a server."""
        window, batch = OUR_WINDOW_EVENTS, OUR_BATCH_EVENTS
        if not server.system.ours:
            window = TEXTBOOK_WINDOW_DELIVERIES * workload.patterns // workload.subscribers
            batch = max(window // TEXTBOOK_BATCHES_PER_WINDOW, 1)
        return Orders(
            base_url=server.base_url,
            dialect=server.dialect,
            token=server.token,
            instance="events",
            mode=workload.mode,
            topics=workload.topics,
            patterns=workload.patterns,
            subscribers=workload.subscribers,
            rate=workload.rate,
            window=window,
            batch=batch,
            warmup_seconds=self.size.warmup_seconds,
            seconds=self.size.paced_seconds if workload.mode == PACED else self.size.seconds,
            max_events=self.size.max_events,
            timed_every=10 if workload.mode == SATURATED else 1,
            server_pids=server.server_pids,
            redis_pids=server.redis_pids,
        )

    def _measure_idle(self, name: str) -> IdleFindings:
        if name == BARE:
            bare = self._start_bare()
            findings = self._idle_findings(f"ws://127.0.0.1:{bare.port}", "", [bare.process.pid])
            self.processes.stop(bare)
            return findings
        server = systems.start(OURS, self.processes, self.cores)
        findings = self._idle_findings(server.base_url, server.token, server.server_pids)
        systems.stop(server, self.processes)
        return findings

    def _start_bare(self) -> Running:
        port = free_port()
        command = python("-m", "tests.benchmarks.bare", str(port))
        return self.processes.start(BARE, command, port=port, core=self.cores.server, environment=self._environment())

    def _idle_findings(self, base_url: str, token: str, server_pids: list[int]) -> IdleFindings:
        orders = IdleOrders(base_url, "gaterhub", token, self.size.idle_connections, server_pids)
        return IdleFindings(**self.generate("idle", dataclasses.asdict(orders), seconds=0))

    def generate(self, module: str, orders: dict[str, Any], *, seconds: float) -> dict[str, Any]:
        """Run one of the generator's programs and return its findings.

        Raises:
            RunFailed: an event was lost, doubled or out of order, or a connection failed.
        """
        output = self.processes.run(
            python("-m", f"tests.benchmarks.{module}"),
            core=self.cores.generator,
            environment=self._environment(),
            orders=json.dumps(orders),
            seconds=seconds + SPARE_SECONDS,
        )
        findings: dict[str, Any] = json.loads(output)
        if "failed" in findings:
            raise RunFailed(findings["failed"])
        return findings

    def wait_until_quiet(self, server: Started) -> None:
        """Leave a server alone until it has tidied up."""
        pids = server.server_pids + server.redis_pids
        deadline = time.monotonic() + QUIET_AT_MOST_SECONDS
        while time.monotonic() < deadline:
            before = cpu_seconds(pids)
            time.sleep(QUIET_LOOK_SECONDS)
            if cpu_seconds(pids) - before < QUIET_SHARE * QUIET_LOOK_SECONDS:
                return

    def has_time(self) -> bool:
        """Say whether another run may start; the first time that it may not, a note says so."""
        if time.monotonic() < self._deadline:
            return True
        if not self._out_of_time:
            self._out_of_time = True
            note = f"{self.size.minutes:.0f} minutes were over: some rounds are missing, medians are of fewer"
            self.results.notes.append(note)
        return False

    def _environment(self) -> dict[str, str]:
        return plain_environment()

    def say(self, what: str) -> None:
        """Print a line about what was just done."""
        print(f"[{time.monotonic() - self._began_at:5.0f} s] {what}", flush=True)


def folder_for_results(root: Path) -> Path:
    """Name the folder, which git ignores, where results are kept."""
    return root / "bench-results"
