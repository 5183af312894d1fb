"""The builders of `logging`: made from its rows by `make types`, never by hand."""

from collections.abc import Mapping
from typing import Any, Final

from instances.schemas.typed_event import TypedEvent
from instances.schemas.words import EventType, Types

TYPES: Final[Types]

class _LogRecord(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        service: str,
        level: str,
        message: str,
        severity: str | None = None,
        logger: str | None = None,
        module: str | None = None,
        line: int | None = None,
        thread: str | None = None,
        source: str | None = None,
        file: str | None = None,
        unit: str | None = None,
        pid: int | None = None,
        dropped: int | None = None,
        host: str | None = None,
        process: int | None = None,
        trace_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Log record. One line that a program has logged.

        Topic: logs:{service}:{level}

        Args:
            service: The program that has said it, as it calls itself. Also a segment of the topic.
            level: How grave it is, such as debug, info, warning or error. Also a segment of the topic.
            message: What a person reads.
            severity: The same as the level, where both are told.
            logger: The logger's dotted name within the program.
            module: The module of the code that has said it.
            line: The line within that module.
            thread: The thread that was running, by its name.
            source: How the host agent came by it: journal, file or python.
            file: The path of the log file that it stood in.
            unit: The systemd unit that the program belongs to.
            pid: The number of the process that has logged it.
            dropped: How many records were lost, in the record that says so.
            host: The host that the program runs on.
            process: The number of the process that has published it.
            trace_id: The trace that it belongs to, 32 hexadecimal digits as in W3C Trace Context.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

log_record: Final[_LogRecord]

class _StructuredLog(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        level: str | None = None,
        severity: str | None = None,
        event: str | None = None,
        message: str | None = None,
        fields: Mapping[str, Any] | None = None,
        logger: str | None = None,
        module: str | None = None,
        line: int | None = None,
        thread: str | None = None,
        host: str | None = None,
        process: int | None = None,
        trace_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Structured log record. Something that a component has logged as fields, which can be searched and counted.

        Topic: structured_logs:{component}

        Args:
            component: A segment of the topic.
            level: How grave it is, such as debug, info, warning or error.
            severity: The same as the level, where both are told.
            event: What happened, as a name that is always the same.
            message: The same as a sentence, for whoever reads it.
            fields: What is known about it, by name.
            logger: The logger's dotted name within the program.
            module: The module of the code that has said it.
            line: The line within that module.
            thread: The thread that was running, by its name.
            host: The host that the program runs on.
            process: The number of the process that has published it.
            trace_id: The trace that it belongs to, 32 hexadecimal digits as in W3C Trace Context.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

structured_log: Final[_StructuredLog]

class _ErrorReport(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        service: str,
        message: str,
        level: str | None = None,
        severity: str | None = None,
        logger: str | None = None,
        module: str | None = None,
        line: int | None = None,
        thread: str | None = None,
        exception: str | None = None,
        exception_message: str | None = None,
        traceback: str | None = None,
        fingerprint: str | None = None,
        host: str | None = None,
        process: int | None = None,
        trace_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Error report. An error, with what is needed to understand it.

        Topic: error_reports:{service}

        Args:
            service: The program that has said it, as it calls itself. Also a segment of the topic.
            message: What a person reads.
            level: How grave it is, such as debug, info, warning or error.
            severity: The same as the level, where both are told.
            logger: The logger's dotted name within the program.
            module: The module of the code that has said it.
            line: The line within that module.
            thread: The thread that was running, by its name.
            exception: The exception's class.
            exception_message: What the exception itself says.
            traceback: How the program came to that place; its last lines say what went wrong.
            fingerprint: The same for all reports of what is probably one mistake.
            host: The host that the program runs on.
            process: The number of the process that has published it.
            trace_id: The trace that it belongs to, 32 hexadecimal digits as in W3C Trace Context.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

error_report: Final[_ErrorReport]

class _ErrorRecurred(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        service: str,
        fingerprint: str,
        occurrences: int,
        level: str | None = None,
        window_seconds: float | None = None,
        message: str | None = None,
        first_seen: int | None = None,
        host: str | None = None,
        process: int | None = None,
        trace_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Error recurred. An error that was reported before has come again so often that its number says more than
        each report.

        Topic: error_reports:{service}

        Args:
            service: A segment of the topic.
            fingerprint: The same as in the error's reports.
            occurrences: How often it came within the window.
            level: How grave it is, such as debug, info, warning or error.
            window_seconds: How long the window is. Unit: s.
            message: What the last of them said.
            first_seen: When it was reported for the first time ever. In milliseconds since 1970 UTC.
            host: The host that the program runs on.
            process: The number of the process that has published it.
            trace_id: The trace that it belongs to, 32 hexadecimal digits as in W3C Trace Context.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

error_recurred: Final[_ErrorRecurred]

class _LogLevelChanged(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        new: str,
        logger: str | None = None,
        old: str | None = None,
        until: int | None = None,
        changed_by: str | None = None,
        host: str | None = None,
        process: int | None = None,
        trace_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Log level changed. A component logs more or less than before, which explains a flood or a silence in its
        log.

        Topic: structured_logs:{component}

        Args:
            component: A segment of the topic.
            new: The least grave level that is logged from now on.
            logger: The logger that it holds for; empty is all of them.
            old: The least grave level that was logged until now.
            until: When it goes back by itself. In milliseconds since 1970 UTC.
            changed_by: The person or program that changed it.
            host: The host that the program runs on.
            process: The number of the process that has published it.
            trace_id: The trace that it belongs to, 32 hexadecimal digits as in W3C Trace Context.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

log_level_changed: Final[_LogLevelChanged]
