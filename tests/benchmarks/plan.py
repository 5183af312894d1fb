"""What is run against what: the workloads, the systems, and how long each may take. Tables only."""

from dataclasses import dataclass

ONE_IN_FLIGHT = "one in flight"
SATURATED = "saturated"
PACED = "paced"


@dataclass(frozen=True)
class Workload:
    """One way of loading a server.

    `rate` is in events a second and only for PACED. What no textbook server could carry is `ours_only`.
    """

    name: str
    mode: str
    subscribers: int
    topics: int = 1
    patterns: int = 1
    rate: float = 0.0
    ours_only: bool = False
    in_quick: bool = True


WORKLOADS = (
    Workload("one in flight, 100 subscribers", ONE_IN_FLIGHT, 100),
    Workload("saturated, 100 subscribers", SATURATED, 100),
    Workload("paced 20/s, 100 subscribers", PACED, 100, rate=20),
    # A textbook server needs 0.1 to 0.3 ms of CPU a delivery: these 100,000 a second would take 10 to 30
    # cores.
    Workload("paced 1,000/s, 100 subscribers", PACED, 100, rate=1_000, ours_only=True),
    Workload("one in flight, 1,000 subscribers", ONE_IN_FLIGHT, 1_000, in_quick=False),
    Workload("saturated, 1,000 subscribers", SATURATED, 1_000, in_quick=False),
    Workload("paced 20/s, 1,000 subscribers", PACED, 1_000, rate=20, ours_only=True, in_quick=False),
    Workload("1,000 topics, 100 subscribers of 10 patterns", SATURATED, 100, topics=1_000, patterns=10),
)


@dataclass(frozen=True)
class System:
    """A server under test.

    `layer` is the textbook's channel layer; ours has "memory" or "redis".
    """

    name: str
    ours: bool
    server: str
    layer: str
    in_default: bool = True

    @property
    def needs_redis(self) -> bool:
        """Say whether it cannot run without a redis-server."""
        return self.layer != "memory"


OURS = System("gaterhub", ours=True, server="serve", layer="memory")
OURS_REDIS = System("gaterhub + Redis", ours=True, server="serve", layer="redis")
TEXTBOOK = System("textbook daphne + core", ours=False, server="daphne", layer="core")
TEXTBOOK_PUBSUB = System("textbook uvicorn + pubsub", ours=False, server="uvicorn", layer="pubsub")
SYSTEMS = (
    OURS,
    TEXTBOOK,
    OURS_REDIS,
    TEXTBOOK_PUBSUB,
    System("textbook uvicorn + core", ours=False, server="uvicorn", layer="core", in_default=False),
    System("textbook daphne + pubsub", ours=False, server="daphne", layer="pubsub", in_default=False),
)

# The same server that keeps no event: what it counts is nobody's but its own, or Redis counts it for all processes.
OURS_OFF = System("gaterhub, history off", ours=True, server="history off", layer="memory")
OURS_REDIS_OFF = System("gaterhub + Redis, history and offsets off", ours=True, server="history off", layer="redis")
OURS_REDIS_OFFSETS = System("gaterhub + Redis, history off", ours=True, server="offsets only", layer="redis")
# What has its history on, and what it is held against.
HISTORY_PAIRS = ((OURS, OURS_OFF), (OURS_REDIS, OURS_REDIS_OFF), (OURS_REDIS, OURS_REDIS_OFFSETS))
HISTORY_SYSTEMS = (OURS, OURS_OFF, OURS_REDIS_OFF, OURS_REDIS, OURS_REDIS_OFFSETS)
HISTORY_WORKLOAD = Workload("saturated, 100 subscribers, history on and off", SATURATED, 100)

# From a publisher at one process to the subscribers of another, through Redis.
RECEIPT_WORKLOADS = (
    Workload("one in flight", ONE_IN_FLIGHT, 100),
    Workload("paced 100/s", PACED, 100, rate=100),
    Workload("paced 1,000/s", PACED, 100, rate=1_000),
)

# An instance of each delivery class.
PUBLISHED_INSTANCES = ("security", "alerts", "events", "health", "metrics", "diagnostics")
WEBSOCKET = "WebSocket"
HTTP = "HTTP"
WAYS = (WEBSOCKET, HTTP)

# A publisher keeps so many deliveries under way to saturate. Ours joins a backlog into long messages, so it
# gets a thousand events, which its 1 MiB mailboxes hold; the textbook server sends one by one and only needs
# a queue.
OUR_WINDOW_EVENTS = 1_000
OUR_BATCH_EVENTS = 100
TEXTBOOK_WINDOW_DELIVERIES = 10_000
TEXTBOOK_BATCHES_PER_WINDOW = 4


@dataclass(frozen=True)
class Size:
    """How much of everything one benchmark does."""

    name: str
    rounds: int
    warmup_seconds: float
    seconds: float
    paced_seconds: float
    # A run ends after so many events even when its time is not over; memory for the check is bounded by it.
    max_events: int
    idle_rounds: int
    idle_connections: int
    never_reads: tuple[str, ...]
    publishing_systems: tuple[System, ...]
    publishing_seconds: float
    resuming_systems: tuple[System, ...]
    resuming_subscribers: int
    resumed_events: int
    pause_connections: int
    pause_seconds: float
    journal_seconds: float
    question_entries: int
    inspected_subscribers: int
    # No further run is started after this; what was measured is reported.
    minutes: float


QUICK = Size(
    "quick",
    rounds=1,
    warmup_seconds=0.3,
    seconds=2.0,
    paced_seconds=3.0,
    max_events=60_000,
    idle_rounds=1,
    idle_connections=1_000,
    never_reads=("events", "metrics"),
    publishing_systems=(OURS,),
    publishing_seconds=0.5,
    resuming_systems=(OURS,),
    resuming_subscribers=100,
    resumed_events=1_000,
    pause_connections=500,
    pause_seconds=20.0,
    journal_seconds=2.0,
    question_entries=100_000,
    inspected_subscribers=500,
    minutes=7.0,
)
DEFAULT = Size(
    "default",
    rounds=3,
    warmup_seconds=0.5,
    seconds=4.0,
    paced_seconds=5.0,
    max_events=120_000,
    idle_rounds=3,
    idle_connections=2_000,
    never_reads=("events", "metrics", "health", "diagnostics"),
    publishing_systems=(OURS, OURS_REDIS),
    publishing_seconds=2.0,
    resuming_systems=(OURS, OURS_REDIS),
    resuming_subscribers=500,
    resumed_events=1_000,
    pause_connections=5_000,
    pause_seconds=300.0,
    journal_seconds=5.0,
    question_entries=1_000_000,
    inspected_subscribers=2_000,
    minutes=26.0,
)
