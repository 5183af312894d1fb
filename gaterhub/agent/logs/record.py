"""A log record of any source as a reading, and the five levels that all sources are brought to."""

import logging
import re
from collections.abc import Mapping
from typing import Any, Final

from gaterhub.agent.reading import Reading
from gaterhub.origin import plain, segment
from instances.schemas.logging import log_record

LEVELS: Final = ("debug", "info", "warning", "error", "critical")
MESSAGE_MAX_CHARACTERS: Final = 8_000
"""A record with its fields stays far below the 64 KiB of an event, four bytes a character included."""

# Syslog's eight priorities (RFC 5424 section 6.2.1), most urgent first.
_PRIORITIES: Final = ("critical", "critical", "critical", "error", "warning", "info", "info", "debug")

_WORDS: Final = {
    "trace": "debug",
    "debug": "debug",
    "info": "info",
    "information": "info",
    "notice": "info",
    "warn": "warning",
    "warning": "warning",
    "err": "error",
    "error": "error",
    "crit": "critical",
    "critical": "critical",
    "fatal": "critical",
    "alert": "critical",
    "emerg": "critical",
    "panic": "critical",
}
# A line's own word on how grave it is: in capitals or brackets near its beginning, or as a field `level`. The
# same word in the middle of a sentence says nothing.
_STATED: Final = re.compile(
    r"""(?:^|[\s\[<|])(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)(?=[\s\]>|:,]|$)
      | \[(trace|debug|info|notice|warn|warning|err|error|crit|critical|alert|emerg|fatal|panic)\]
      | \b(?:level|severity|lvl)["']?\s*[=:]\s*["']?([A-Za-z]+)""",
    re.VERBOSE,
)
_LOOKED_AT_CHARACTERS: Final = 160


def level_of_priority(priority: object) -> str:
    """Return the level of a syslog priority, 0 to 7, as a number or its text; `info` for anything else."""
    text = str(priority)
    return _PRIORITIES[int(text)] if text in {"0", "1", "2", "3", "4", "5", "6", "7"} else "info"


def level_of_python(number: int) -> str:
    """Return the level at or below a number of Python's logging."""
    if number >= logging.CRITICAL:
        return "critical"
    if number >= logging.ERROR:
        return "error"
    if number >= logging.WARNING:
        return "warning"
    return "info" if number >= logging.INFO else "debug"


def level_in(line: str) -> str | None:
    """Return the level that a line of text states, or None where it states none."""
    found = _STATED.search(line[:_LOOKED_AT_CHARACTERS])
    if found is None:
        return None
    return _WORDS.get((found[1] or found[2] or found[3]).lower())


def record_reading(
    service: str,
    level: str,
    message: str,
    *,
    source: str,
    timestamp_ms: int | None = None,
    fields: Mapping[str, Any] | None = None,
) -> Reading:
    """Return a log record as an event; `source` says how the agent came by it, `fields` are others of its type."""
    record = log_record(
        service=segment(service),
        level=level,
        severity=level,
        message=plain(message, at_most=MESSAGE_MAX_CHARACTERS),
        source=source,
        **(fields or {}),
        # The topic can't hold every name, but whoever reads the record shall see it as it is.
        extra={"service": plain(service)},
    )
    return Reading.of(record, timestamp_ms=timestamp_ms)
