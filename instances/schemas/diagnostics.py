"""The event types of `diagnostics`: what is found when somebody looks closely at a process."""

from typing import Final

from instances.schemas.words import Field, Kind, Types

TYPES: Final = Types("diagnostics")

_PROCESS: Final = (
    Field("process", Kind.TEXT, "The process that was looked at, by its name."),
    Field("pid", Kind.ANY, "Its id: a number of the system's, or a text such as `#PID<0.789.0>`."),
)
_THREADS: Final = Field("threads", Kind.INTEGER, "How many threads it has.", unit="threads", least=0)
_ASKED: Final = (
    Field("requested_by", Kind.TEXT, "Who wanted the look: a person, `timer` or `signal`.", personal=True),
    Field("deep", Kind.BOOLEAN, "Whether the look was the thorough one, which costs more."),
    Field("host", Kind.TEXT, "The host that the process runs on."),
)

performance_trace = TYPES.add(
    "performance_trace",
    title="Performance trace",
    purpose="What keeps a process busy, and how well its event loop keeps up.",
    topic="diagnostics:performance_trace",
    data=(
        *_PROCESS,
        Field("cpu_user_seconds", Kind.NUMBER, "Processor time in the program's own code.", unit="s", least=0),
        Field("cpu_system_seconds", Kind.NUMBER, "Processor time in the kernel, for the program.", unit="s", least=0),
        Field("running_seconds", Kind.NUMBER, "How long the process has been there.", unit="s"),
        _THREADS,
        Field("processors_used", Kind.NUMBER, "Since the last look; two busy threads make 2.", unit="processors"),
        Field(
            "context_switches",
            Kind.OBJECT,
            "How often the processor went to another process since the start.",
            fields=(
                Field("voluntary", Kind.INTEGER, "Because this one had to wait.", unit="switches"),
                Field("involuntary", Kind.INTEGER, "Because its time was up.", unit="switches"),
            ),
        ),
        Field(
            "loop_delay",
            Kind.OBJECT,
            "How late the event loop gets to what is due, since the last look.",
            fields=(
                Field("slowest_ms", Kind.NUMBER, "How late it was at worst.", unit="ms"),
                Field("mean_ms", Kind.NUMBER, "How late it was on average.", unit="ms"),
                Field("looks", Kind.INTEGER, "How often it was measured.", least=0),
            ),
        ),
        Field(
            "busiest_threads",
            Kind.LIST,
            "The threads that used most, busiest first.",
            fields=(
                Field("thread_id", Kind.INTEGER, "The kernel's number of the thread."),
                Field("user_seconds", Kind.NUMBER, "Its time in the program's own code.", unit="s"),
                Field("system_seconds", Kind.NUMBER, "Its time in the kernel.", unit="s"),
            ),
        ),
    ),
    metadata=_ASKED,
    severity="debug",
    example={
        "process": "python3",
        "pid": 4711,
        "cpu_user_seconds": 182.4,
        "cpu_system_seconds": 21.9,
        "running_seconds": 86400.5,
        "threads": 9,
        "processors_used": 0.0412,
        "context_switches": {"voluntary": 910233, "involuntary": 4120},
        "loop_delay": {"slowest_ms": 12.4, "mean_ms": 0.31, "looks": 300},
        "busiest_threads": [{"thread_id": 4711, "user_seconds": 170.2, "system_seconds": 20.1}],
        "requested_by": "timer",
        "deep": True,
    },
)

memory_analysis = TYPES.add(
    "memory_analysis",
    title="Memory analysed",
    purpose="What a process holds in memory, and what of it is its own.",
    topic="diagnostics:memory_analysis",
    data=(
        *_PROCESS,
        _THREADS,
        Field("resident_bytes", Kind.INTEGER, "In physical memory, shared pages included.", unit="bytes", least=0),
        Field("virtual_bytes", Kind.INTEGER, "All that it has addresses for.", unit="bytes", least=0),
        Field("unique_bytes", Kind.INTEGER, "What its end would free.", unit="bytes", least=0),
        Field("proportional_bytes", Kind.INTEGER, "Its own, and its share of the shared.", unit="bytes", least=0),
        Field("swapped_bytes", Kind.INTEGER, "What was moved out to disk.", unit="bytes", least=0),
        Field(
            "garbage_collector",
            Kind.OBJECT,
            "What Python's garbage collector has done since the start.",
            fields=(
                Field("collections", Kind.LIST, "Runs of each generation, the youngest first.", of=Kind.INTEGER),
                Field("collected_objects", Kind.INTEGER, "Objects that it freed.", unit="objects"),
                Field("uncollectable_objects", Kind.INTEGER, "Objects that it couldn't free.", unit="objects"),
                Field("waiting_objects", Kind.INTEGER, "Objects since its last run.", unit="objects"),
            ),
        ),
        Field(
            "largest_mappings",
            Kind.LIST,
            "The files and regions that take most, largest first.",
            fields=(
                Field("path", Kind.TEXT, "The file, or a name such as `[heap]`."),
                Field("resident_bytes", Kind.INTEGER, "In physical memory.", unit="bytes"),
                Field("private_bytes", Kind.INTEGER, "What no other process shares.", unit="bytes"),
            ),
        ),
    ),
    metadata=_ASKED,
    severity="debug",
    example={
        "process": "python3",
        "pid": 4711,
        "threads": 9,
        "resident_bytes": 148897792,
        "virtual_bytes": 824180736,
        "unique_bytes": 131072000,
        "garbage_collector": {
            "collections": [812, 73, 4],
            "collected_objects": 20114,
            "uncollectable_objects": 0,
            "waiting_objects": 311,
        },
        "largest_mappings": [{"path": "[heap]", "resident_bytes": 90177536, "private_bytes": 90177536}],
        "requested_by": "signal",
        "deep": True,
    },
)

memory_snapshot = TYPES.add(
    "memory_snapshot",
    title="Memory snapshot taken",
    purpose="How much a process holds at this moment, and what most of it is.",
    topic="diagnostics:memory_analysis",
    data=(
        *_PROCESS,
        Field("resident_bytes", Kind.INTEGER, "In physical memory, shared pages included.", unit="bytes", least=0),
        Field("largest", Kind.TEXT, "What takes most of it, in the program's words."),
        Field("heap_bytes", Kind.INTEGER, "What its language's own memory management holds.", unit="bytes", least=0),
    ),
    metadata=_ASKED,
    severity="debug",
    example={
        "process": "order_service",
        "resident_bytes": 268435456,
        "largest": "event_cache",
        "host": "node-1",
        "requested_by": "on-call",
    },
)

connection_pool = TYPES.add(
    "connection_pool",
    title="Connections looked at",
    purpose="Which connections a process or a pool holds, and how many are in use.",
    topic="diagnostics:connection_pool",
    data=(
        *_PROCESS,
        Field("connections", Kind.INTEGER, "How many there are; absent where that is not to be seen.", least=0),
        Field("reason", Kind.TEXT, "Why they are not to be seen."),
        Field("by_state", Kind.OBJECT, "How many are in each state of TCP, such as `ESTABLISHED`."),
        Field("listening_on", Kind.LIST, "The process's own addresses that take connections.", of=Kind.TEXT),
        Field(
            "peers",
            Kind.LIST,
            "Whom most connections go to.",
            fields=(
                Field("address", Kind.TEXT, "The other end, with its port.", personal=True),
                Field("connections", Kind.INTEGER, "How many go there.", unit="connections"),
            ),
        ),
        Field("pool", Kind.TEXT, "The pool's name, where the connections belong to one."),
        Field("in_use", Kind.INTEGER, "Connections that somebody works with.", unit="connections", least=0),
        Field("idle", Kind.INTEGER, "Connections that wait for somebody.", unit="connections", least=0),
        Field("waiting", Kind.INTEGER, "Callers that wait for a connection.", unit="callers", least=0),
        Field("limit", Kind.INTEGER, "The most that the pool may hold.", unit="connections", least=0),
    ),
    metadata=_ASKED,
    severity="debug",
    example={
        "process": "python3",
        "pid": 4711,
        "connections": 14,
        "by_state": {"LISTEN": 1, "ESTABLISHED": 13},
        "listening_on": ["127.0.0.1:8000"],
        "peers": [{"address": "127.0.0.1:16379", "connections": 4}],
        "requested_by": "timer",
        "deep": True,
    },
)

open_files = TYPES.add(
    "open_files",
    title="Open files looked at",
    purpose="Which files a process holds open, and how near it is to its limit.",
    topic="diagnostics:open_files",
    data=(
        *_PROCESS,
        Field("descriptors", Kind.INTEGER, "Open descriptors, sockets and pipes included.", unit="descriptors"),
        # Without a limit the system says -1, or the largest number it has.
        Field("descriptors_limit", Kind.INTEGER, "The most it may open.", unit="descriptors"),
        Field("open_files", Kind.INTEGER, "Ordinary files among them.", unit="files"),
        Field(
            "files",
            Kind.LIST,
            "The files, by their paths.",
            fields=(
                Field("path", Kind.TEXT, "Where the file is."),
                Field("mode", Kind.TEXT, "What it is open for, such as `r` or `a`."),
            ),
        ),
    ),
    metadata=_ASKED,
    severity="debug",
    example={
        "process": "python3",
        "pid": 4711,
        "descriptors": 41,
        "descriptors_limit": 1024,
        "open_files": 3,
        "files": [{"path": "/var/lib/gaterhub/db.sqlite3", "mode": "r+"}],
        "requested_by": "signal",
        "deep": True,
    },
)

profile_taken = TYPES.add(
    "profile_taken",
    title="Profile taken",
    purpose="A profiler watched a process for a while and says where its time went.",
    topic="diagnostics:performance_trace",
    data=(
        *_PROCESS,
        Field("duration_ms", Kind.INTEGER, "How long it watched.", unit="ms", required=True, least=0),
        Field("samples", Kind.INTEGER, "How often it looked.", unit="samples", least=0),
        Field(
            "hottest",
            Kind.LIST,
            "The functions that took most, hottest first.",
            fields=(
                Field("function", Kind.TEXT, "The function, with its module."),
                Field("self_ratio", Kind.NUMBER, "Its share of the time.", unit="ratio", least=0, most=1),
            ),
        ),
        Field("profile_address", Kind.TEXT, "Where the whole profile is kept."),
    ),
    metadata=_ASKED,
    severity="debug",
    example={
        "process": "order_service",
        "pid": 4711,
        "duration_ms": 30000,
        "samples": 3000,
        "hottest": [{"function": "orders.pricing.total", "self_ratio": 0.41}],
        "requested_by": "ada",
    },
)

slow_operation_traced = TYPES.add(
    "slow_operation_traced",
    title="Slow operation traced",
    purpose="One operation took so long that its steps were kept.",
    topic="diagnostics:performance_trace",
    data=(
        *_PROCESS,
        Field("operation", Kind.TEXT, "What was slow, such as a query's name or a path.", required=True),
        Field("duration_ms", Kind.NUMBER, "How long it took.", unit="ms", required=True, least=0),
        Field("threshold_ms", Kind.NUMBER, "From when on such an operation is slow.", unit="ms", least=0),
        Field(
            "steps",
            Kind.LIST,
            "What it did, in order.",
            fields=(
                Field("name", Kind.TEXT, "The step."),
                Field("duration_ms", Kind.NUMBER, "How long it took.", unit="ms", least=0),
            ),
        ),
    ),
    metadata=(*_ASKED, Field("trace_id", Kind.TEXT, "The trace that it belongs to, in W3C Trace Context.")),
    severity="notice",
    example={
        "process": "order_service",
        "operation": "GET /orders",
        "duration_ms": 2410.5,
        "threshold_ms": 1000,
        "steps": [{"name": "load orders", "duration_ms": 2300.1}, {"name": "render", "duration_ms": 95.2}],
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    },
)
