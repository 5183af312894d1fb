"""The section about access: what grants cost a saturated fan-out and a publish, with and without them in one run."""

from dataclasses import replace

from tests.benchmarks import systems
from tests.benchmarks.plan import HISTORY_WORKLOAD, OURS
from tests.benchmarks.results import FREE, GRANTED, Authorization, cpu_us
from tests.benchmarks.runner import Runner

GRANTS = ("publish events *", "subscribe events *", "subscribe events bench:*", "query events *")
"""Of the limited token: it may do what the benchmark does, and reads no personal fields."""


def measure_access(runner: Runner) -> None:
    """Load one server under a token that may do everything and under one that is limited, in turn."""
    found = runner.results.authorization = Authorization(**runner.alone("authorization"))
    runner.say(f"checking a frame: {found.free_us:.1f} µs without grants, {found.granted_us:.1f} µs with them")
    server = systems.start(OURS, runner.processes, runner.cores)
    tokens = {FREE: server.token, GRANTED: systems.limited_token(server, GRANTS)}
    for number in range(runner.size.rounds):
        for name in tokens if number % 2 == 0 else reversed(tokens):
            if not runner.has_time():
                break
            orders = replace(runner.orders_of(HISTORY_WORKLOAD, server), token=tokens[name])
            run = runner.run_traffic(orders, server)
            runner.results.access.setdefault(name, []).append(run)
            runner.say(f"round {number + 1}, saturated, {name} token: {cpu_us(run):.3f} µs/delivery")
    systems.stop(server, runner.processes)
