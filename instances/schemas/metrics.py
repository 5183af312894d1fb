"""The event types of `metrics`: measurements."""

from typing import Final

from instances.schemas.words import Field, Kind, Step, Types, Version

TYPES: Final = Types("metrics")

_STORE: Final = (
    Field("store_id", Kind.TEXT, "The store that the subscription reads from."),
    Field("subscription_name", Kind.TEXT, "The subscription's name within its store."),
)
_SOURCE: Final = Field("source", Kind.TEXT, "The part of the program that has measured it.")
_NAMED: Final = {"store_id": "production_store", "subscription_name": "user_projection"}


def _ratio(name: str, help: str, *, required: bool = False) -> Field:
    return Field(name, Kind.NUMBER, help, required=required, unit="ratio", least=0, most=1)


def _bytes(name: str, help: str) -> Field:
    return Field(name, Kind.INTEGER, help, unit="bytes", least=0)


def _rate(name: str, help: str, unit: str) -> Field:
    return Field(name, Kind.NUMBER, help, unit=unit, least=0)


_WINDOW: Final = Field("window_seconds", Kind.NUMBER, "Over how long it was measured.", unit="s", least=0)

# --- Subscriptions ---------------------------------------------------------------------------------------------------

registration_attempt = TYPES.add(
    "registration_attempt",
    title="Registration measured",
    purpose="One try to register a subscription, with its result and how long it took.",
    topic="subscription_metrics:{store_id}:{subscription_name}",
    data=_STORE,
    metadata=(
        Field("result", Kind.TEXT, "How it ended: ok, or what went wrong."),
        _SOURCE,
        Field("processing_time_ms", Kind.NUMBER, "From asking the store to its answer.", unit="ms", least=0),
    ),
    example={**_NAMED, "result": "ok", "source": "subscription_metrics", "processing_time_ms": 45},
)

subscription_measured = TYPES.add(
    "subscription_measured",
    title="Subscription measured",
    purpose="How many events a subscription has taken, how fast, and how far it is behind.",
    topic="subscription_metrics:{store_id}:{subscription_name}",
    data=(
        *_STORE,
        _rate("events_per_second", "How many events its subscriber takes.", "events/s"),
        Field("events_delivered", Kind.INTEGER, "All that it was sent since it began.", unit="events", least=0),
        Field("lag_events", Kind.INTEGER, "How many wait to be taken.", unit="events", least=0),
        Field("processing_time_ms", Kind.NUMBER, "How long one event takes on average.", unit="ms", least=0),
        _WINDOW,
    ),
    metadata=(_SOURCE,),
    example={
        **_NAMED,
        "events_per_second": 120.5,
        "events_delivered": 88_120,
        "lag_events": 3,
        "processing_time_ms": 1.8,
        "window_seconds": 10,
    },
)

# --- Any component ---------------------------------------------------------------------------------------------------

performance_measured = TYPES.add(
    "performance_measured",
    title="Performance measured",
    purpose="Any figure of a component that has no type of its own.",
    topic="performance_metrics:{component}",
    data=(
        Field("metric", Kind.TEXT, "What was measured, such as cache_hit_ratio.", required=True),
        Field("value", Kind.NUMBER, "The figure.", required=True),
        Field("unit", Kind.TEXT, "What it is counted in, such as ms, bytes or ratio."),
        _WINDOW,
    ),
    example={"component": "catalogue_cache", "metric": "hit_ratio", "value": 0.93, "unit": "ratio"},
)

_OPERATION: Final = Field("operation", Kind.TEXT, "What took that long, such as GET /orders.")
_OUTCOME: Final = Field("outcome", Kind.TEXT, "How it ended: ok, or what went wrong.")

latency_measured = TYPES.add(
    "latency_measured",
    title="Latency measured",
    purpose="How long a component took for one operation, or usually takes.",
    topic="performance_metrics:{component}",
    data=(
        _OPERATION,
        Field("duration_ms", Kind.NUMBER, "From the question to the answer.", required=True, unit="ms", least=0),
        _OUTCOME,
        Field(
            "percentile",
            Kind.NUMBER,
            "Of which share of all operations it is the longest, such as 99.",
            least=0,
            most=100,
        ),
        Field("samples", Kind.INTEGER, "How many operations a percentile was found from.", least=1),
    ),
    example={
        "component": "order_api",
        "operation": "GET /orders",
        "duration_ms": 41.7,
        "outcome": "ok",
        "percentile": 99,
        "samples": 1_200,
    },
    earlier=(
        Version(
            data=(
                _OPERATION,
                Field("duration_s", Kind.NUMBER, "The same in seconds.", required=True, unit="s", least=0),
                _OUTCOME,
            ),
            step=Step(rename={"duration_s": "duration_ms"}, scale={"duration_ms": 1000}),
            deprecated="since 2026-11: send duration_ms, version 2.",
        ),
    ),
)

error_rate_measured = TYPES.add(
    "error_rate_measured",
    title="Error rate measured",
    purpose="Which share of what a component was asked has failed.",
    topic="performance_metrics:{component}",
    data=(
        _ratio("error_ratio", "Failed ones among all.", required=True),
        Field("failed", Kind.INTEGER, "How many have failed, failed publications among them.", least=0),
        Field("total", Kind.INTEGER, "How many there were.", least=0),
        _WINDOW,
    ),
    example={"component": "order_api", "error_ratio": 0.004, "failed": 5, "total": 1_200, "window_seconds": 60},
)

queue_measured = TYPES.add(
    "queue_measured",
    title="Queue measured",
    purpose="How much waits in a component's queue.",
    topic="performance_metrics:{component}",
    data=(
        Field("queue", Kind.TEXT, "Which of its queues."),
        Field("depth", Kind.INTEGER, "How many wait.", required=True, least=0),
        Field("limit", Kind.INTEGER, "How many fit.", least=0),
        Field("oldest_ms", Kind.NUMBER, "How long the first of them has waited.", unit="ms", least=0),
    ),
    example={"component": "mailer", "queue": "outgoing", "depth": 42, "limit": 10_000, "oldest_ms": 310},
)

resource_usage = TYPES.add(
    "resource_usage",
    title="Resource use",
    purpose="What one component takes of the host that it runs on.",
    topic="performance_metrics:{component}",
    data=(
        Field("processors_used", Kind.NUMBER, "Processor time for each second; two busy threads make 2.", least=0),
        _bytes("resident_bytes", "Memory that it holds."),
        Field("descriptors", Kind.INTEGER, "Open files and sockets.", least=0),
        Field("threads", Kind.INTEGER, "How many threads it has.", least=0),
        Field("pid", Kind.INTEGER, "The number of its process.", least=0),
    ),
    example={"component": "order_service", "processors_used": 0.42, "resident_bytes": 268435456, "descriptors": 87},
)

capacity_measured = TYPES.add(
    "capacity_measured",
    title="Capacity measured",
    purpose="How much of a limit is in use, and when it will be reached if it goes on like this.",
    topic="performance_metrics:{component}",
    data=(
        Field("resource", Kind.TEXT, "What is limited, such as connections."),
        Field("used", Kind.NUMBER, "How much is taken.", required=True, least=0),
        Field("limit", Kind.NUMBER, "How much there is.", required=True, least=0),
        Field("unit", Kind.TEXT, "What both are counted in."),
        Field("growth_per_day", Kind.NUMBER, "How much more is taken with each day; negative where it shrinks."),
        Field("exhausted_at", Kind.TIMESTAMP, "When the limit is reached at that pace."),
    ),
    example={
        "component": "database",
        "resource": "storage",
        "used": 410,
        "limit": 500,
        "unit": "GB",
        "growth_per_day": 1.5,
        "exhausted_at": 1677715200000,
    },
)

sla_measured = TYPES.add(
    "sla_measured",
    title="Service level measured",
    purpose="Whether a service keeps what was promised of it.",
    topic="performance_metrics:{service}",
    data=(
        Field("objective", Kind.TEXT, "What was promised, such as availability or latency_p99_ms.", required=True),
        Field("target", Kind.NUMBER, "The figure that was promised."),
        Field("measured", Kind.NUMBER, "The figure that was found.", required=True),
        Field("met", Kind.BOOLEAN, "Whether the promise was kept.", required=True),
        Field("error_budget_ratio", Kind.NUMBER, "Failures still allowed; below 0, too many.", unit="ratio", most=1),
        _WINDOW,
    ),
    example={
        "service": "order_api",
        "objective": "availability",
        "target": 0.999,
        "measured": 0.9996,
        "met": True,
        "error_budget_ratio": 0.6,
        "window_seconds": 2_592_000,
    },
)

# --- Throughput ------------------------------------------------------------------------------------------------------

_DISK_RATES: Final = (
    _rate("read_bytes_per_second", "What was read from disk.", "bytes/s"),
    _rate("written_bytes_per_second", "What was written to disk.", "bytes/s"),
    _rate("reads_per_second", "How many read operations that took.", "1/s"),
    _rate("writes_per_second", "How many write operations that took.", "1/s"),
)
_NETWORK_RATES: Final = (
    _rate("received_bytes_per_second", "What came in from the network.", "bytes/s"),
    _rate("sent_bytes_per_second", "What went out to the network.", "bytes/s"),
    _rate("received_packets_per_second", "In how many packets it came in.", "packets/s"),
    _rate("sent_packets_per_second", "In how many packets it went out.", "packets/s"),
)

throughput = TYPES.add(
    "throughput",
    title="Throughput",
    purpose="How much a service, the disks or the network carry.",
    topic="throughput_stats:{service}",
    data=(
        Field("service", Kind.TEXT, "What carries it: a service, or `disk` or `network` of a host."),
        _rate("events_per_second", "How many events go through.", "events/s"),
        Field("events_per_second_by_instance", Kind.OBJECT, "The hub's events per second, by instance."),
        _rate("requests_per_second", "How many requests are answered.", "requests/s"),
        _WINDOW,
        Field("devices", Kind.INTEGER, "How many disks were added up.", least=0),
        *_DISK_RATES,
        *_NETWORK_RATES,
    ),
    example={
        "service": "gaterhub",
        "events_per_second": 812.4,
        "events_per_second_by_instance": {"metrics": 640.0, "logging": 172.4},
        "window_seconds": 10,
    },
)

# --- A host, as its agent measures it --------------------------------------------------------------------------------

cpu_usage = TYPES.add(
    "cpu_usage",
    title="Processor use",
    purpose="How busy a host's processors are, and with what.",
    topic="performance_metrics:cpu",
    data=(
        _ratio("utilisation_ratio", "The time that all processors together were busy.", required=True),
        _ratio("user_ratio", "Time in programs."),
        _ratio("system_ratio", "Time in the kernel."),
        _ratio("nice_ratio", "Time in programs that gave way to others."),
        _ratio("iowait_ratio", "Idle time in which a disk was waited for."),
        _ratio("irq_ratio", "Time answering hardware."),
        _ratio("softirq_ratio", "Time finishing what hardware began, such as network packets."),
        _ratio("steal_ratio", "Time that the hypervisor gave to other machines."),
        Field("utilisation_ratio_each", Kind.LIST, "The same for each processor.", of=Kind.NUMBER, unit="ratio"),
        Field("processors", Kind.INTEGER, "How many processors the host has.", least=0),
        Field("load_1m", Kind.NUMBER, "Processes that ran or waited, on average over 1 minute.", least=0),
        Field("load_5m", Kind.NUMBER, "The same over 5 minutes.", least=0),
        Field("load_15m", Kind.NUMBER, "The same over 15 minutes.", least=0),
        Field("interval_seconds", Kind.NUMBER, "The time between the two looks.", unit="s", least=0),
    ),
    example={
        "utilisation_ratio": 0.375,
        "user_ratio": 0.25,
        "system_ratio": 0.1,
        "iowait_ratio": 0.02,
        "utilisation_ratio_each": [0.5, 0.25],
        "processors": 2,
        "load_1m": 0.75,
        "load_5m": 0.6,
        "load_15m": 0.55,
        "interval_seconds": 1.0,
    },
)

memory_usage = TYPES.add(
    "memory_usage",
    title="Memory use",
    purpose="How much of a host's memory is in use.",
    topic="performance_metrics:memory",
    data=(
        _ratio("utilisation_ratio", "What can't be had without swapping; caches count as free.", required=True),
        _bytes("total_bytes", "All memory of the host."),
        _bytes("available_bytes", "What programs can have without swapping."),
        _bytes("used_bytes", "Held by programs and the kernel."),
        _bytes("free_bytes", "Used for nothing at all, not even caches."),
        _bytes("active_bytes", "Touched lately."),
        _bytes("inactive_bytes", "Not touched lately, so the first to be given up."),
        _bytes("buffers_bytes", "The kernel's buffers for disks."),
        _bytes("cached_bytes", "Contents of files that are kept for the next reader."),
        _bytes("shared_bytes", "Shared by several processes, tmpfs included."),
        _bytes("slab_bytes", "The kernel's own small objects."),
    ),
    example={
        "utilisation_ratio": 0.625,
        "total_bytes": 8589934592,
        "available_bytes": 3221225472,
        "used_bytes": 5100273664,
        "free_bytes": 805306368,
    },
)

swap_usage = TYPES.add(
    "swap_usage",
    title="Swap use",
    purpose="How much of a host's memory had to give way to disk.",
    topic="performance_metrics:swap",
    data=(
        _ratio("utilisation_ratio", "The share of swap space that is taken.", required=True),
        _bytes("total_bytes", "All swap space of the host."),
        _bytes("used_bytes", "Taken by memory that gave way."),
        _bytes("free_bytes", "Swap space that is left."),
        _rate("swapped_in_bytes_per_second", "What came back; much of it makes a host slow.", "bytes/s"),
        _rate("swapped_out_bytes_per_second", "What gave way.", "bytes/s"),
    ),
    example={"utilisation_ratio": 0.25, "total_bytes": 4294967296, "used_bytes": 1073741824, "free_bytes": 3221225472},
)

disk_usage = TYPES.add(
    "disk_usage",
    title="Disk use",
    purpose="How full a filesystem is.",
    topic="performance_metrics:disk:{mount}",
    data=(
        Field("mountpoint", Kind.TEXT, "Where it is mounted."),
        Field("device", Kind.TEXT, "The disk or partition that it is on; empty where none is known."),
        Field("filesystem", Kind.TEXT, "Its kind, such as ext4."),
        _ratio("utilisation_ratio", "Of what an ordinary user may fill, the share that is taken.", required=True),
        _bytes("total_bytes", "Its size, with what is kept back for root."),
        _bytes("used_bytes", "Taken by files."),
        _bytes("free_bytes", "What an ordinary user may still write."),
        _ratio("inode_utilisation_ratio", "Files and folders among those it can hold."),
    ),
    example={
        "mount": "/var",
        "mountpoint": "/var",
        "device": "/dev/sda2",
        "filesystem": "ext4",
        "utilisation_ratio": 0.72,
        "total_bytes": 107374182400,
        "used_bytes": 73014444032,
        "free_bytes": 28393340928,
        "inode_utilisation_ratio": 0.11,
    },
)

disk_io = TYPES.add(
    "disk_io",
    title="Disk traffic",
    purpose="What one disk reads and writes.",
    topic="performance_metrics:disk_io:{disk}",
    data=(
        Field("device", Kind.TEXT, "The disk by the kernel's name, such as sda."),
        *_DISK_RATES,
        _ratio("busy_ratio", "The time in which it had something to do."),
    ),
    example={"disk": "sda", "device": "sda", "read_bytes_per_second": 4096, "written_bytes_per_second": 81920},
)

network_interface = TYPES.add(
    "network_interface",
    title="Network traffic",
    purpose="What one network interface carries, and what it loses.",
    topic="performance_metrics:network:{nic}",
    data=(
        Field("interface", Kind.TEXT, "The interface by the kernel's name, such as eth0."),
        *_NETWORK_RATES,
        _rate("receive_errors_per_second", "Damaged packets.", "packets/s"),
        _rate("send_errors_per_second", "Packets that could not be sent.", "packets/s"),
        _rate("received_packets_dropped_per_second", "Packets that nobody took in time.", "packets/s"),
        _rate("sent_packets_dropped_per_second", "Packets given up before they were sent.", "packets/s"),
        Field("up", Kind.BOOLEAN, "Whether it is switched on."),
        Field("megabits_per_second", Kind.INTEGER, "The speed of its link.", unit="Mbit/s", least=0),
    ),
    example={"nic": "eth0", "interface": "eth0", "received_bytes_per_second": 15360, "up": True},
)
