"""The event types of `logging`: log records and error reports."""

from typing import Final

from instances.schemas.words import Field, Kind, Types

TYPES: Final = Types("logging")

# Programs have levels of their own, so any text will do; those that the hub knows say how grave a record is.
_SERVICE: Final = Field("service", Kind.TEXT, "The program that has said it, as it calls itself.")
_LEVEL: Final = Field("level", Kind.TEXT, "How grave it is, such as debug, info, warning or error.", severity=True)
_SEVERITY: Final = Field("severity", Kind.TEXT, "The same as the level, where both are told.", severity=True)
_MESSAGE: Final = Field("message", Kind.TEXT, "What a person reads.", required=True)
_ORIGIN: Final = (
    Field("logger", Kind.TEXT, "The logger's dotted name within the program."),
    Field("module", Kind.TEXT, "The module of the code that has said it."),
    Field("line", Kind.INTEGER, "The line within that module.", least=0),
    Field("thread", Kind.TEXT, "The thread that was running, by its name."),
)
_ABOUT: Final = (
    Field("host", Kind.TEXT, "The host that the program runs on."),
    Field("process", Kind.INTEGER, "The number of the process that has published it.", least=0),
    Field("trace_id", Kind.TEXT, "The trace that it belongs to, 32 hexadecimal digits as in W3C Trace Context."),
)

log_record = TYPES.add(
    "log_record",
    title="Log record",
    purpose="One line that a program has logged.",
    topic="logs:{service}:{level}",
    data=(
        _SERVICE,
        _LEVEL,
        _SEVERITY,
        _MESSAGE,
        *_ORIGIN,
        Field("source", Kind.TEXT, "How the host agent came by it: journal, file or python."),
        Field("file", Kind.TEXT, "The path of the log file that it stood in."),
        Field("unit", Kind.TEXT, "The systemd unit that the program belongs to."),
        Field("pid", Kind.INTEGER, "The number of the process that has logged it.", least=0),
        Field("dropped", Kind.INTEGER, "How many records were lost, in the record that says so.", least=0),
    ),
    metadata=_ABOUT,
    example={
        "service": "order_service",
        "level": "error",
        "logger": "orders.payment",
        "message": "Gateway timed out after 5000 ms",
        "host": "node-1",
        "process": 4711,
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    },
)

structured_log = TYPES.add(
    "structured_log",
    title="Structured log record",
    purpose="Something that a component has logged as fields, which can be searched and counted.",
    topic="structured_logs:{component}",
    data=(
        _LEVEL,
        _SEVERITY,
        Field("event", Kind.TEXT, "What happened, as a name that is always the same."),
        Field("message", Kind.TEXT, "The same as a sentence, for whoever reads it."),
        Field("fields", Kind.OBJECT, "What is known about it, by name."),
        *_ORIGIN,
    ),
    metadata=_ABOUT,
    example={
        "component": "checkout",
        "level": "info",
        "event": "payment_captured",
        "message": "The payment of order-1042 was captured.",
        "fields": {"order_id": "order-1042", "amount": "149.90", "attempts": 1},
        "host": "node-1",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    },
)

error_report = TYPES.add(
    "error_report",
    title="Error report",
    purpose="An error, with what is needed to understand it.",
    topic="error_reports:{service}",
    data=(
        _SERVICE,
        _LEVEL,
        _SEVERITY,
        _MESSAGE,
        *_ORIGIN,
        Field("exception", Kind.TEXT, "The exception's class."),
        Field("exception_message", Kind.TEXT, "What the exception itself says."),
        Field("traceback", Kind.TEXT, "How the program came to that place; its last lines say what went wrong."),
        Field("fingerprint", Kind.TEXT, "The same for all reports of what is probably one mistake."),
    ),
    metadata=_ABOUT,
    example={
        "service": "order_service",
        "level": "error",
        "message": "An order failed.",
        "logger": "orders.payment",
        "module": "payment",
        "line": 88,
        "exception": "GatewayTimeout",
        "exception_message": "no answer within 5000 ms",
        "traceback": "Traceback (most recent call last):\n  …\nGatewayTimeout: no answer within 5000 ms\n",
        "host": "node-1",
    },
    severity="error",
)

error_recurred = TYPES.add(
    "error_recurred",
    title="Error recurred",
    purpose="An error that was reported before has come again so often that its number says more than each report.",
    topic="error_reports:{service}",
    data=(
        _LEVEL,
        Field("fingerprint", Kind.TEXT, "The same as in the error's reports.", required=True),
        Field("occurrences", Kind.INTEGER, "How often it came within the window.", required=True, least=1),
        Field("window_seconds", Kind.NUMBER, "How long the window is.", unit="s", least=0),
        Field("message", Kind.TEXT, "What the last of them said."),
        Field("first_seen", Kind.TIMESTAMP, "When it was reported for the first time ever."),
    ),
    metadata=_ABOUT,
    example={
        "service": "order_service",
        "level": "error",
        "fingerprint": "gateway-timeout-8c1f",
        "occurrences": 140,
        "window_seconds": 60,
        "message": "Gateway timed out after 5000 ms",
        "first_seen": 1672531200000,
    },
    severity="error",
)

log_level_changed = TYPES.add(
    "log_level_changed",
    title="Log level changed",
    purpose="A component logs more or less than before, which explains a flood or a silence in its log.",
    topic="structured_logs:{component}",
    data=(
        Field("logger", Kind.TEXT, "The logger that it holds for; empty is all of them."),
        Field("old", Kind.TEXT, "The least grave level that was logged until now."),
        Field("new", Kind.TEXT, "The least grave level that is logged from now on.", required=True),
        Field("until", Kind.TIMESTAMP, "When it goes back by itself."),
    ),
    metadata=(Field("changed_by", Kind.TEXT, "The person or program that changed it.", personal=True), *_ABOUT),
    example={
        "component": "checkout",
        "logger": "orders.payment",
        "old": "info",
        "new": "debug",
        "until": 1672534800000,
        "changed_by": "operator-3",
    },
    severity="notice",
)
