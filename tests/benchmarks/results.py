"""What all runs found, reduced to medians, and kept as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.benchmarks.generator import Findings
from tests.benchmarks.idle import IdleFindings
from tests.benchmarks.inspecting import InspectingFindings
from tests.benchmarks.journal.findings import Journal
from tests.benchmarks.never_reads import NeverReadsFindings
from tests.benchmarks.pause import PauseFindings
from tests.benchmarks.publishing import PublishingFindings
from tests.benchmarks.resuming import ResumingFindings


@dataclass(frozen=True)
class Summary:
    """One workload on one system: the median of each figure over the rounds."""

    rounds: int
    # Server and Redis together, in CPU microseconds per delivered event.
    cpu_us: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    deliveries_per_second: float
    events_per_message: float
    # Shares of one core.
    server_cores: float
    generator_share: float
    others_share: float
    late_p99_ms: float

    @classmethod
    def of(cls, runs: Sequence[Findings]) -> "Summary":
        """Reduce the runs of one workload on one system."""

        def middle(values: Sequence[float]) -> float:
            return float(median(values))

        return cls(
            rounds=len(runs),
            cpu_us=middle([cpu_us(run) for run in runs]),
            p50_ms=middle([run.p50_ms for run in runs]),
            p99_ms=middle([run.p99_ms for run in runs]),
            p999_ms=middle([run.p999_ms for run in runs]),
            deliveries_per_second=middle([run.deliveries / run.seconds for run in runs]),
            events_per_message=middle([run.deliveries / run.messages for run in runs]),
            server_cores=middle([cpu_seconds(run) / run.seconds for run in runs]),
            generator_share=middle([run.generator_cpu_seconds / run.seconds for run in runs]),
            others_share=middle([run.others_cpu_seconds / run.seconds for run in runs]),
            late_p99_ms=middle([run.late_p99_ms for run in runs]),
        )


def cpu_us(run: Findings) -> float:
    """Return the CPU microseconds that a server and its Redis spent per delivered event."""
    return cpu_seconds(run) / run.deliveries * 1e6


def cpu_seconds(run: Findings) -> float:
    """Return the CPU seconds that a server and its Redis spent together."""
    return run.server_cpu_seconds + run.redis_cpu_seconds


@dataclass(frozen=True)
class Matching:
    """Microseconds per look-up at one number of patterns."""

    patterns: int
    uncached_us: float
    cached_us: float


@dataclass(frozen=True)
class Validation:
    """Microseconds of checking an event against its type, over the examples of all types."""

    types: int
    median_us: float
    p99_us: float
    # Of preparing the same events for the wire, and under a type that nobody registered.
    registered_us: float
    unregistered_us: float

    @property
    def ratio(self) -> float:
        """Return what a registered type costs of what an unregistered one does."""
        return self.registered_us / self.unregistered_us


# Under a token that may do everything, and under one that is limited.
FREE, GRANTED = "free", "limited"


@dataclass(frozen=True)
class Authorization:
    """CPU microseconds of checking a published frame, without grants and with them."""

    free_us: float
    granted_us: float


@dataclass(frozen=True)
class QuestionFindings:
    """Milliseconds of a question's pages of 100: both orders, the first page and one from the middle on."""

    database: str
    entries: int
    question: str
    p50_ms: float
    p95_ms: float
    # On the fullest of them.
    events: int


@dataclass
class Results:
    """Everything one benchmark found; what was not run is absent."""

    # By workload's name, then by system's name, a run for each round.
    traffic: dict[str, dict[str, list[Findings]]] = field(default_factory=dict)
    # By server's name.
    idle: dict[str, list[IdleFindings]] = field(default_factory=dict)
    never_reads: list[NeverReadsFindings] = field(default_factory=list)
    matching: list[Matching] = field(default_factory=list)
    validation: Validation | None = None
    # By workload's name, a run for each round.
    receipt: dict[str, list[Findings]] = field(default_factory=dict)
    # By system's name, a run for each round.
    history: dict[str, list[Findings]] = field(default_factory=dict)
    authorization: Authorization | None = None
    # By the kind of token, a run for each round.
    access: dict[str, list[Findings]] = field(default_factory=dict)
    publishing: list[PublishingFindings] = field(default_factory=list)
    # By system's name, a run for each round.
    resuming: dict[str, list[ResumingFindings]] = field(default_factory=dict)
    pause: PauseFindings | None = None
    journal: Journal = field(default_factory=Journal)
    questions: list[QuestionFindings] = field(default_factory=list)
    # With few subscribers, then with many.
    inspecting: list[InspectingFindings] = field(default_factory=list)
    # What was left out and why, and what makes a figure doubtful.
    notes: list[str] = field(default_factory=list)

    def summary(self, workload: str, system: str) -> Summary | None:
        """Reduce a workload's runs on a system, if there were any."""
        runs = self.traffic.get(workload, {}).get(system)
        return Summary.of(runs) if runs else None

    def idle_kib(self, server: str) -> float | None:
        """Return the median KiB an idle connection costs a server."""
        runs = self.idle.get(server)
        return median(run.grown_bytes / run.connections / 1024 for run in runs) if runs else None

    def history_summary(self, system: str) -> Summary | None:
        """Reduce the runs of a system in the section about history, if there were any."""
        runs = self.history.get(system)
        return Summary.of(runs) if runs else None

    def resumed(self, system: str) -> ResumingFindings | None:
        """Return the round of a system in which subscribers were live again in the median time."""
        runs = self.resuming.get(system)
        return sorted(runs, key=lambda run: run.seconds)[(len(runs) - 1) // 2] if runs else None
