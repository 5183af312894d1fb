"""The sections about streams: what their history costs, and how quickly they take events in and give them back."""

import dataclasses
from dataclasses import replace

from tests.benchmarks import systems
from tests.benchmarks.pause import PauseFindings, PauseOrders
from tests.benchmarks.plan import (
    HISTORY_SYSTEMS,
    HISTORY_WORKLOAD,
    OURS,
    OURS_REDIS,
    PUBLISHED_INSTANCES,
    RECEIPT_WORKLOADS,
    WAYS,
    System,
)
from tests.benchmarks.publishing import PublishingFindings, PublishingOrders
from tests.benchmarks.results import cpu_us
from tests.benchmarks.resuming import ResumingFindings, ResumingOrders
from tests.benchmarks.runner import Runner
from tests.benchmarks.systems import Started


def measure_receipt(runner: Runner) -> None:
    """Publish at one process, and receive at another, through Redis."""
    if not _can_run(runner, OURS_REDIS, "publish to receipt"):
        return
    first = systems.start(OURS_REDIS, runner.processes, runner.cores)
    second = systems.start_beside(first, runner.processes, runner.cores)
    for number in range(runner.size.rounds):
        for workload in RECEIPT_WORKLOADS:
            if not runner.has_time():
                break
            orders = replace(
                runner.orders_of(workload, second),
                publish_url=first.base_url,
                server_pids=first.server_pids + second.server_pids,
                redis_pids=first.redis_pids,
            )
            found = runner.run_traffic(orders, first, second)
            runner.results.receipt.setdefault(workload.name, []).append(found)
            runner.say(
                f"round {number + 1}, receipt at another process, {workload.name}: "
                f"p50 {found.p50_ms:.1f} ms, p99 {found.p99_ms:.1f} ms, p99.9 {found.p999_ms:.1f} ms"
            )
    systems.stop(second, runner.processes)
    systems.stop(first, runner.processes)


def measure_history(runner: Runner) -> None:
    """Load servers with their history on and off in turn."""
    chosen = [system for system in HISTORY_SYSTEMS if _can_run(runner, system, "history")]
    started = [systems.start(system, runner.processes, runner.cores) for system in chosen]
    for number in range(runner.size.rounds):
        # There and back again, so that none always comes after the same neighbour.
        for server in started if number % 2 == 0 else reversed(started):
            if not runner.has_time():
                break
            found = runner.run_traffic(runner.orders_of(HISTORY_WORKLOAD, server), server)
            runner.results.history.setdefault(server.system.name, []).append(found)
            runner.say(f"round {number + 1}, saturated, {server.system.name}: {cpu_us(found):.3f} µs/delivery")
    for server in started:
        systems.stop(server, runner.processes)


def measure_publishing(runner: Runner) -> None:
    """Publish batches to an instance of each class."""
    for system in runner.size.publishing_systems:
        if not _can_run(runner, system, "publishing"):
            continue
        server = systems.start(system, runner.processes, runner.cores)
        for instance in PUBLISHED_INSTANCES:
            for way in WAYS:
                if runner.has_time():
                    _publish(runner, server, instance, way)
        systems.stop(server, runner.processes)


def _publish(runner: Runner, server: Started, instance: str, way: str) -> None:
    runner.wait_until_quiet(server)
    seconds = runner.size.publishing_seconds
    orders = PublishingOrders(
        base_url=server.base_url,
        token=server.token,
        instance=instance,
        way=way,
        seconds=seconds,
        server_pids=server.server_pids,
        redis_pids=server.redis_pids,
    )
    answer = runner.generate("publishing", dataclasses.asdict(orders), seconds=seconds)
    found = PublishingFindings(system=server.system.name, instance=instance, way=way, **answer)
    runner.results.publishing.append(found)
    runner.say(
        f"publishing to {instance} by {way}, {found.system}: "
        f"{found.events_per_second:,.0f} events/s, {found.cpu_us:.1f} µs each"
    )


def measure_resuming(runner: Runner) -> None:
    """Let many subscribers of a server resume at once."""
    size = runner.size
    for system in size.resuming_systems:
        if not _can_run(runner, system, "resuming"):
            continue
        for _ in range(size.rounds):
            if not runner.has_time():
                break
            # A server of its own: what one round's subscribers asked for must not be in memory for the next one's.
            server = systems.start(system, runner.processes, runner.cores)
            orders = ResumingOrders(
                base_url=server.base_url,
                token=server.token,
                subscribers=size.resuming_subscribers,
                events=size.resumed_events,
                server_pids=server.server_pids,
                redis_pids=server.redis_pids,
            )
            found = ResumingFindings(**runner.generate("resuming", dataclasses.asdict(orders), seconds=0))
            runner.results.resuming.setdefault(system.name, []).append(found)
            runner.say(
                f"{found.subscribers} subscribers resumed {found.events:,} events, {system.name}: "
                f"{found.seconds:.2f} s, {found.cpu_us:.2f} µs an event"
            )
            systems.stop(server, runner.processes)


def measure_pause(runner: Runner) -> None:
    """Probe a server full of idle sockets."""
    if not runner.has_time():
        return
    size = runner.size
    server = systems.start(OURS, runner.processes, runner.cores)
    orders = PauseOrders(server.base_url, server.token, size.pause_connections, size.pause_seconds, server.server_pids)
    found = PauseFindings(**runner.generate("pause", dataclasses.asdict(orders), seconds=size.pause_seconds))
    runner.results.pause = found
    runner.say(
        f"{found.connections:,} idle sockets for {found.seconds:.0f} s: longest pause {found.longest_ms:.1f} ms "
        f"(generator's own {found.own_longest_ms:.1f} ms)"
    )
    systems.stop(server, runner.processes)


def _can_run(runner: Runner, system: System, section: str) -> bool:
    """Say whether a system can run here, and note it where it can't."""
    if not system.needs_redis or systems.redis_is_installed():
        return True
    runner.results.notes.append(f"left out: {section} of {system.name}, because there is no {systems.REDIS_SERVER}")
    return False
