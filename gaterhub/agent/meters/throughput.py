"""How much goes through the hub itself."""

from collections.abc import Callable, Mapping
from typing import Any

from gaterhub.agent.reading import Reading
from instances.schemas.metrics import throughput
from instances.supervisor import instances

Snapshots = Mapping[str, Mapping[str, Any]]


def snapshots() -> Snapshots:
    """Return the figures of the ten, as this process knows them."""
    return {name: instance.snapshot() for name, instance in instances().items()}


def hub_readings(look: Callable[[], Snapshots] = snapshots) -> list[Reading]:
    """Return the hub's events per second, of all its processes, in total and by instance."""
    rates = {name: float(figures["rate_10s"]) for name, figures in look().items()}
    carried = throughput(
        service="gaterhub",
        events_per_second=round(sum(rates.values()), 2),
        events_per_second_by_instance=rates,
        window_seconds=10,
    )
    return [Reading.of(carried)]
