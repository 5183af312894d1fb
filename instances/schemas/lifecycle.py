"""The event types of `lifecycle`: processes that start, stop and crash, and who supervises them."""

from typing import Final

from instances.schemas.words import Field, Kind, Step, Types, Version

TYPES: Final = Types("lifecycle")

_PROCESS: Final = (
    Field("process_type", Kind.TEXT, "What kind of process it is within its program, such as `subscription_proxy`."),
    # The operating system's processes have numbers, those of the Erlang machine have texts.
    Field("pid", Kind.ANY, "The process's id: a number of the system's, or a text such as `#PID<0.789.0>`."),
)
_DESCRIBED: Final = (
    *_PROCESS,
    Field("parent_pid", Kind.INTEGER, "The process that started it, by the system's number."),
    Field("name", Kind.TEXT, "The process's name, as the system lists it."),
    Field("user", Kind.TEXT, "The account that it runs under.", personal=True),
    Field("started_at_ms", Kind.TIMESTAMP, "When it started, by the system's own record."),
    Field("executable", Kind.TEXT, "The program's file name, without its folder."),
    Field("argument_count", Kind.INTEGER, "How many arguments it was given; the arguments may be secret.", least=0),
    Field(
        "command_line",
        Kind.TEXT,
        "The program with its arguments, only where the agent's settings ask for it.",
        personal=True,
    ),
)
_SUBSCRIPTION: Final = (
    Field("store_id", Kind.TEXT, "The store that the process works for."),
    Field("subscription_name", Kind.TEXT, "The subscription that the process works for."),
)
_SUPERVISOR: Final = Field("supervisor", Kind.TEXT, "The process that starts it again when it ends.")
_RESTARTS: Final = Field("restart_count", Kind.INTEGER, "How often its supervisor has started it again.", least=0)
_RUNTIME: Final = Field("runtime_seconds", Kind.NUMBER, "How long it ran.", unit="s", least=0)
_EXIT_CODE: Final = Field("exit_code", Kind.INTEGER, "What it left behind for its parent; 0 is success.")
_SIGNAL: Final = Field("signal", Kind.TEXT, "The signal that ended it, such as `SIGKILL`.")

process_started = TYPES.add(
    "process_started",
    title="Process started",
    purpose="A process runs that did not run before.",
    topic="process_lifecycle:{component}",
    data=_DESCRIBED,
    metadata=(*_SUBSCRIPTION, _SUPERVISOR, _RESTARTS),
    example={
        "component": "subscription_proxies",
        "process_type": "subscription_proxy",
        "pid": "#PID<0.789.0>",
        "store_id": "production_store",
        "subscription_name": "user_projection",
        "supervisor": "#PID<0.456.0>",
        "restart_count": 0,
    },
)

processes_started = TYPES.add(
    "processes_started",
    title="Many processes started",
    purpose="So many processes started at once that they are counted instead of described.",
    topic="process_lifecycle:unlisted",
    data=(
        Field("processes", Kind.INTEGER, "How many are not described.", unit="processes", required=True, least=0),
        Field("reason", Kind.TEXT, "Why they are not."),
    ),
    severity="notice",
    example={"processes": 340, "reason": "More than 200 processes started within one look."},
)

process_stopped = TYPES.add(
    "process_stopped",
    title="Process stopped",
    purpose="A process has ended, for whatever reason.",
    topic="process_lifecycle:{component}",
    data=(
        *_DESCRIBED,
        _RUNTIME,
        _EXIT_CODE,
        Field("reason", Kind.TEXT, "Why it ended, such as `shutdown` or `normal`."),
    ),
    metadata=(*_SUBSCRIPTION, _SUPERVISOR),
    example={
        "component": "nginx",
        "pid": 4711,
        "parent_pid": 1,
        "name": "nginx",
        "user": "www-data",
        "started_at_ms": 1796083200000,
        "executable": "nginx",
        "argument_count": 2,
        "runtime_seconds": 86400.5,
    },
)

process_crashed = TYPES.add(
    "process_crashed",
    title="Process crashed",
    purpose="A process has ended although nobody wanted it to.",
    topic="process_lifecycle:{component}",
    data=(
        *_DESCRIBED,
        _RUNTIME,
        _EXIT_CODE,
        _SIGNAL,
        Field("reason", Kind.TEXT, "The exception or the exit reason, in the program's words."),
    ),
    metadata=(
        *_SUBSCRIPTION,
        _SUPERVISOR,
        _RESTARTS,
        Field("stack_trace", Kind.TEXT, "Where it was in its code, outermost call first."),
        Field("will_restart", Kind.BOOLEAN, "Whether its supervisor starts it again."),
    ),
    severity="error",
    example={
        "component": "order_service",
        "process_type": "worker",
        "pid": 4711,
        "name": "order_worker",
        "exit_code": 139,
        "signal": "SIGSEGV",
        "runtime_seconds": 12.4,
        "will_restart": True,
    },
)

process_restarted = TYPES.add(
    "process_restarted",
    title="Process restarted",
    purpose="A supervisor has started a process again that had ended.",
    topic="process_lifecycle:{component}",
    data=(
        *_PROCESS,
        Field("previous_pid", Kind.ANY, "The id of the process whose place it takes."),
        Field("reason", Kind.TEXT, "Why it had ended."),
        Field("backoff_ms", Kind.INTEGER, "How long the supervisor waited before.", unit="ms", least=0),
    ),
    metadata=(*_SUBSCRIPTION, _SUPERVISOR, _RESTARTS),
    severity="warning",
    example={
        "component": "subscription_proxies",
        "process_type": "subscription_proxy",
        "pid": "#PID<0.801.0>",
        "previous_pid": "#PID<0.789.0>",
        "reason": "connection_lost",
        "backoff_ms": 500,
        "supervisor": "#PID<0.456.0>",
        "restart_count": 1,
    },
)

process_unresponsive = TYPES.add(
    "process_unresponsive",
    title="Process unresponsive",
    purpose="A process is there and gives no answer.",
    topic="process_lifecycle:{component}",
    data=(
        *_PROCESS,
        Field("silent_ms", Kind.INTEGER, "How long it has given none.", unit="ms", required=True, least=0),
        Field(
            "consequence",
            Kind.TEXT,
            "What its supervisor does about it.",
            choices=("waited_for", "killed", "replaced"),
        ),
    ),
    metadata=(_SUPERVISOR,),
    severity="error",
    earlier=(
        Version(
            data=(
                *_PROCESS,
                Field("silent_s", Kind.INTEGER, "How long it has given none.", unit="s", required=True, least=0),
                Field(
                    "consequence",
                    Kind.TEXT,
                    "What its supervisor does about it.",
                    choices=("wait", "kill", "replace"),
                ),
            ),
            metadata=(_SUPERVISOR,),
            step=Step(
                rename={"silent_s": "silent_ms"},
                scale={"silent_ms": 1000},
                translate={"consequence": {"wait": "waited_for", "kill": "killed", "replace": "replaced"}},
            ),
            deprecated="since 2026-11: send silent_ms, version 2",
        ),
    ),
    example={
        "component": "web_workers",
        "process_type": "worker",
        "pid": 4712,
        "silent_ms": 30000,
        "consequence": "killed",
        "supervisor": "gunicorn",
    },
)

supervisor_changed = TYPES.add(
    "supervisor_changed",
    title="Supervision tree changed",
    purpose="A supervisor has other children, or treats them in another way.",
    topic="process_lifecycle:supervisors",
    data=(
        Field("supervisor", Kind.TEXT, "The supervisor, by its name or process id.", required=True),
        Field(
            "change",
            Kind.TEXT,
            "What is other than before.",
            choices=("child_added", "child_removed", "strategy_changed", "started", "stopped"),
            required=True,
        ),
        Field("child", Kind.TEXT, "The child that came or went."),
        Field("strategy", Kind.TEXT, "Who is started again when one child ends, such as `one_for_one`."),
        Field("children", Kind.INTEGER, "How many it has now.", unit="processes", least=0),
    ),
    metadata=(Field("parent", Kind.TEXT, "The supervisor above it; absent at the root."),),
    severity="notice",
    example={
        "supervisor": "subscriptions_supervisor",
        "change": "child_added",
        "child": "user_projection",
        "strategy": "one_for_one",
        "children": 12,
        "parent": "application_supervisor",
    },
)

worker_count_changed = TYPES.add(
    "worker_count_changed",
    title="Worker count changed",
    purpose="A service runs with more processes than before, or with fewer.",
    topic="process_lifecycle:{component}",
    data=(
        Field("workers", Kind.INTEGER, "How many run now.", unit="processes", required=True, least=0),
        Field("previous_workers", Kind.INTEGER, "How many ran before.", unit="processes", least=0),
        Field("reason", Kind.TEXT, "Why, such as `scaled_out` or `deployed`."),
    ),
    severity="notice",
    example={"component": "web_workers", "workers": 6, "previous_workers": 4, "reason": "scaled_out"},
)
