"""This process's own log records, through a handler on the root logger."""

import logging
import threading
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from gaterhub.agent.logs.record import level_of_python, record_reading
from gaterhub.agent.reading import Reading
from gaterhub.origin import plain
from instances.schemas.logging import error_report

MAX_RECORDS: Final = 1_000
"""Held between two looks, a second apart; more than that a second is a flood."""
TRACEBACK_MAX_CHARACTERS: Final = 16_000
SERVICE: Final = "gaterhub"

OF_PUBLISHING: Final = ("gaterhub.agent", "instances", "channels_redis", "redis")
"""Loggers on the way out. To publish what they say about publishing would never end."""
NOT_OF_PUBLISHING: Final = ("instances.access",)


class PublishedRecords(logging.Handler):
    """Keeps records until they are taken; never blocks, never publishes, and drops the oldest when full."""

    def __init__(self, *, max_records: int = MAX_RECORDS) -> None:
        super().__init__()
        self._records: deque[Reading] = deque()
        self._max_records = max_records
        self._dropped = 0
        self._guard = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        if _is_within(record.name, OF_PUBLISHING) and not _is_within(record.name, NOT_OF_PUBLISHING):
            return
        try:
            readings = readings_of(record)
        except Exception:  # noqa: BLE001  A record that can't be formatted is logging's own affair, as in any handler.
            self.handleError(record)
            return
        with self._guard:
            for reading in readings:
                if len(self._records) >= self._max_records:
                    self._records.popleft()
                    self._dropped += 1
                self._records.append(reading)

    def sample(self) -> list[Reading]:
        """Return the records since the last call, and how many were dropped, if any were."""
        with self._guard:
            taken, self._records = self._records, deque()
            dropped, self._dropped = self._dropped, 0
        readings = list(taken)
        if dropped:
            message = f"{dropped} log records were dropped: more than {self._max_records} came at once."
            readings.append(record_reading(SERVICE, "warning", message, source="python", fields={"dropped": dropped}))
        return readings


def _is_within(name: str, loggers: tuple[str, ...]) -> bool:
    return any(name == logger or name.startswith(f"{logger}.") for logger in loggers)


def readings_of(record: logging.LogRecord) -> list[Reading]:
    """Return the record, and an error report beside it where it carries an exception or is an error."""
    level = level_of_python(record.levelno)
    message = record.getMessage()
    at_ms = int(record.created * 1000)
    fields: dict[str, Any] = {
        "logger": plain(record.name),
        "module": plain(record.module),
        "line": record.lineno,
        "thread": plain(record.threadName or ""),
    }
    readings = [record_reading(SERVICE, level, message, source="python", timestamp_ms=at_ms, fields=fields)]
    if level in ("error", "critical"):
        report = error_report(
            service=SERVICE,
            level=level,
            severity=level,
            message=plain(message, at_most=8_000),
            **fields,
            **_exception(record),
        )
        readings.append(Reading.of(report, timestamp_ms=at_ms))
    return readings


def _exception(record: logging.LogRecord) -> dict[str, Any]:
    if not record.exc_info or record.exc_info[1] is None:
        return {}
    error = record.exc_info[1]
    text = "".join(traceback.format_exception(error))
    # Its end says what went wrong, so a long one loses its beginning.
    if len(text) > TRACEBACK_MAX_CHARACTERS:
        text = "…" + text[-TRACEBACK_MAX_CHARACTERS + 1 :]
    return {
        "exception": type(error).__qualname__,
        "exception_message": plain(str(error)),
        "traceback": plain(text, at_most=TRACEBACK_MAX_CHARACTERS),
    }


def attach(handler: logging.Handler) -> Callable[[], None]:
    """Put the handler on the root logger and on all that hand nothing up to it; return what takes it off.

    A logger that neither hands up nor has a handler was silenced on purpose, as uvicorn's access log is.
    """
    loggers = [logging.getLogger()]
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        if logger.handlers and not logger.propagate:
            loggers.append(logger)
    for logger in loggers:
        logger.addHandler(handler)

    def detach() -> None:
        for logger in loggers:
            logger.removeHandler(handler)

    return detach
