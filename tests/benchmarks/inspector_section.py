"""The section about the inspector: the pages of live subscribers, of a hub with few of them and of one with many."""

import dataclasses

from tests.benchmarks import systems
from tests.benchmarks.inspecting import InspectingFindings, InspectingOrders
from tests.benchmarks.plan import OURS
from tests.benchmarks.runner import Runner

FEW = 20


def measure_inspector(runner: Runner) -> None:
    """Look at the pages while few are connected, and while many are."""
    for subscribers in (FEW, runner.size.inspected_subscribers):
        if not runner.has_time():
            return
        server = systems.start(OURS, runner.processes, runner.cores)
        name, password = systems.operator(server)
        orders = InspectingOrders(server.base_url, server.token, name, password, subscribers)
        found = InspectingFindings(**runner.generate("inspecting", dataclasses.asdict(orders), seconds=60))
        runner.results.inspecting.append(found)
        slowest = max(found.p95_ms, key=lambda name: found.p95_ms[name])
        runner.say(f"pages of {subscribers:,} subscribers: p95 at most {found.p95_ms[slowest]:.0f} ms ({slowest})")
        systems.stop(server, runner.processes)
