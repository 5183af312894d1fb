"""The agent's samplers, as one table: what is looked at, how often, and where that may run."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gaterhub.agent.checks.circuit import CircuitWatch
from gaterhub.agent.checks.finding import CHECK_SECONDS, Check
from gaterhub.agent.checks.watch import CheckWatch
from gaterhub.agent.inspection.inspector import Inspector
from gaterhub.agent.logs.files import LogFiles
from gaterhub.agent.logs.handler import PublishedRecords
from gaterhub.agent.meters.cpu import CpuMeter
from gaterhub.agent.meters.disks import DiskMeter, filesystem_readings
from gaterhub.agent.meters.memory import MemoryMeter
from gaterhub.agent.meters.network import NetworkMeter
from gaterhub.agent.meters.throughput import hub_readings
from gaterhub.agent.processes import ProcessWatch
from gaterhub.agent.reading import Reading

CPU_SECONDS: Final = 1.0
"""A person who watches a graph sees a load come within a second."""
LOAD_SECONDS: Final = 2.0
"""Memory, disks and network change more slowly than anybody looks."""
ROOM_SECONDS: Final = 10.0
"""A filesystem doesn't fill within seconds."""
PROCESS_SECONDS: Final = 0.5
"""Whatever lives half a second is seen; a look at 100 processes takes 0.1 ms."""
LOG_SECONDS: Final = 1.0
"""Within the second in which somebody who follows a log expects its lines."""
CIRCUIT_SECONDS: Final = 0.25
"""A circuit stays open for a second at least, so no change is missed."""
INSPECTION_SECONDS: Final = 15.0
"""The summary costs some milliseconds, and diagnostics are kept for a minute."""


@dataclass(frozen=True, slots=True)
class Sampler:
    """One row. What blocks has `sample`, run on the agent's thread; the rest has `asample`, on the loop."""

    name: str
    every_seconds: float
    sample: Callable[[], Sequence[Reading]] | None = None
    asample: Callable[[], Awaitable[Sequence[Reading]]] | None = None

    def __post_init__(self) -> None:
        if (self.sample is None) == (self.asample is None):
            raise ValueError(f"The sampler {self.name} needs one of sample and asample.")


def of_the_host(*, checks: Sequence[Check], log_files: Sequence[str]) -> list[Sampler]:
    """Return the samplers that make sense on any host."""
    return [
        Sampler("cpu", CPU_SECONDS, CpuMeter().sample),
        Sampler("memory", LOAD_SECONDS, MemoryMeter().sample),
        Sampler("disks", LOAD_SECONDS, DiskMeter().sample),
        Sampler("network", LOAD_SECONDS, NetworkMeter().sample),
        Sampler("filesystems", ROOM_SECONDS, filesystem_readings),
        Sampler("processes", PROCESS_SECONDS, ProcessWatch().sample),
        Sampler("log files", LOG_SECONDS, LogFiles(log_files).sample),
        Sampler("checks", CHECK_SECONDS, asample=CheckWatch(checks).sample),
    ]


def of_the_hub(*, records: PublishedRecords, inspector: Inspector) -> list[Sampler]:
    """Return the samplers that look at the hub in this process."""
    return [
        Sampler("hub", LOAD_SECONDS, hub_readings),
        Sampler("circuit", CIRCUIT_SECONDS, CircuitWatch().sample),
        Sampler("log records", LOG_SECONDS, records.sample),
        Sampler("inspection", INSPECTION_SECONDS, lambda: inspector.inspect(deep=False)),
    ]
