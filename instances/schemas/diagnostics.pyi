"""The builders of `diagnostics`: made from its rows by `make types`, never by hand."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from instances.schemas.typed_event import TypedEvent
from instances.schemas.words import EventType, Types

TYPES: Final[Types]

class _PerformanceTrace(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        process: str | None = None,
        pid: Any = None,
        cpu_user_seconds: float | None = None,
        cpu_system_seconds: float | None = None,
        running_seconds: float | None = None,
        threads: int | None = None,
        processors_used: float | None = None,
        context_switches: Mapping[str, Any] | None = None,
        loop_delay: Mapping[str, Any] | None = None,
        busiest_threads: Sequence[Mapping[str, Any]] | None = None,
        requested_by: str | None = None,
        deep: bool | None = None,
        host: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Performance trace. What keeps a process busy, and how well its event loop keeps up.

        Topic: diagnostics:performance_trace

        Args:
            process: The process that was looked at, by its name.
            pid: Its id: a number of the system's, or a text such as `#PID<0.789.0>`.
            cpu_user_seconds: Processor time in the program's own code. Unit: s.
            cpu_system_seconds: Processor time in the kernel, for the program. Unit: s.
            running_seconds: How long the process has been there. Unit: s.
            threads: How many threads it has. Unit: threads.
            processors_used: Since the last look; two busy threads make 2. Unit: processors.
            context_switches: How often the processor went to another process since the start.
            loop_delay: How late the event loop gets to what is due, since the last look.
            busiest_threads: The threads that used most, busiest first.
            requested_by: Who wanted the look: a person, `timer` or `signal`.
            deep: Whether the look was the thorough one, which costs more.
            host: The host that the process runs on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

performance_trace: Final[_PerformanceTrace]

class _MemoryAnalysis(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        process: str | None = None,
        pid: Any = None,
        threads: int | None = None,
        resident_bytes: int | None = None,
        virtual_bytes: int | None = None,
        unique_bytes: int | None = None,
        proportional_bytes: int | None = None,
        swapped_bytes: int | None = None,
        garbage_collector: Mapping[str, Any] | None = None,
        largest_mappings: Sequence[Mapping[str, Any]] | None = None,
        requested_by: str | None = None,
        deep: bool | None = None,
        host: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Memory analysed. What a process holds in memory, and what of it is its own.

        Topic: diagnostics:memory_analysis

        Args:
            process: The process that was looked at, by its name.
            pid: Its id: a number of the system's, or a text such as `#PID<0.789.0>`.
            threads: How many threads it has. Unit: threads.
            resident_bytes: In physical memory, shared pages included. Unit: bytes.
            virtual_bytes: All that it has addresses for. Unit: bytes.
            unique_bytes: What its end would free. Unit: bytes.
            proportional_bytes: Its own, and its share of the shared. Unit: bytes.
            swapped_bytes: What was moved out to disk. Unit: bytes.
            garbage_collector: What Python's garbage collector has done since the start.
            largest_mappings: The files and regions that take most, largest first.
            requested_by: Who wanted the look: a person, `timer` or `signal`.
            deep: Whether the look was the thorough one, which costs more.
            host: The host that the process runs on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

memory_analysis: Final[_MemoryAnalysis]

class _MemorySnapshot(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        process: str | None = None,
        pid: Any = None,
        resident_bytes: int | None = None,
        largest: str | None = None,
        heap_bytes: int | None = None,
        requested_by: str | None = None,
        deep: bool | None = None,
        host: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Memory snapshot taken. How much a process holds at this moment, and what most of it is.

        Topic: diagnostics:memory_analysis

        Args:
            process: The process that was looked at, by its name.
            pid: Its id: a number of the system's, or a text such as `#PID<0.789.0>`.
            resident_bytes: In physical memory, shared pages included. Unit: bytes.
            largest: What takes most of it, in the program's words.
            heap_bytes: What its language's own memory management holds. Unit: bytes.
            requested_by: Who wanted the look: a person, `timer` or `signal`.
            deep: Whether the look was the thorough one, which costs more.
            host: The host that the process runs on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

memory_snapshot: Final[_MemorySnapshot]

class _ConnectionPool(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        process: str | None = None,
        pid: Any = None,
        connections: int | None = None,
        reason: str | None = None,
        by_state: Mapping[str, Any] | None = None,
        listening_on: Sequence[str] | None = None,
        peers: Sequence[Mapping[str, Any]] | None = None,
        pool: str | None = None,
        in_use: int | None = None,
        idle: int | None = None,
        waiting: int | None = None,
        limit: int | None = None,
        requested_by: str | None = None,
        deep: bool | None = None,
        host: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Connections looked at. Which connections a process or a pool holds, and how many are in use.

        Topic: diagnostics:connection_pool

        Args:
            process: The process that was looked at, by its name.
            pid: Its id: a number of the system's, or a text such as `#PID<0.789.0>`.
            connections: How many there are; absent where that is not to be seen.
            reason: Why they are not to be seen.
            by_state: How many are in each state of TCP, such as `ESTABLISHED`.
            listening_on: The process's own addresses that take connections.
            peers: Whom most connections go to.
            pool: The pool's name, where the connections belong to one.
            in_use: Connections that somebody works with. Unit: connections.
            idle: Connections that wait for somebody. Unit: connections.
            waiting: Callers that wait for a connection. Unit: callers.
            limit: The most that the pool may hold. Unit: connections.
            requested_by: Who wanted the look: a person, `timer` or `signal`.
            deep: Whether the look was the thorough one, which costs more.
            host: The host that the process runs on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

connection_pool: Final[_ConnectionPool]

class _OpenFiles(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        process: str | None = None,
        pid: Any = None,
        descriptors: int | None = None,
        descriptors_limit: int | None = None,
        open_files: int | None = None,
        files: Sequence[Mapping[str, Any]] | None = None,
        requested_by: str | None = None,
        deep: bool | None = None,
        host: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Open files looked at. Which files a process holds open, and how near it is to its limit.

        Topic: diagnostics:open_files

        Args:
            process: The process that was looked at, by its name.
            pid: Its id: a number of the system's, or a text such as `#PID<0.789.0>`.
            descriptors: Open descriptors, sockets and pipes included. Unit: descriptors.
            descriptors_limit: The most it may open. Unit: descriptors.
            open_files: Ordinary files among them. Unit: files.
            files: The files, by their paths.
            requested_by: Who wanted the look: a person, `timer` or `signal`.
            deep: Whether the look was the thorough one, which costs more.
            host: The host that the process runs on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

open_files: Final[_OpenFiles]

class _ProfileTaken(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        duration_ms: int,
        process: str | None = None,
        pid: Any = None,
        samples: int | None = None,
        hottest: Sequence[Mapping[str, Any]] | None = None,
        profile_address: str | None = None,
        requested_by: str | None = None,
        deep: bool | None = None,
        host: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Profile taken. A profiler watched a process for a while and says where its time went.

        Topic: diagnostics:performance_trace

        Args:
            duration_ms: How long it watched. Unit: ms.
            process: The process that was looked at, by its name.
            pid: Its id: a number of the system's, or a text such as `#PID<0.789.0>`.
            samples: How often it looked. Unit: samples.
            hottest: The functions that took most, hottest first.
            profile_address: Where the whole profile is kept.
            requested_by: Who wanted the look: a person, `timer` or `signal`.
            deep: Whether the look was the thorough one, which costs more.
            host: The host that the process runs on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

profile_taken: Final[_ProfileTaken]

class _SlowOperationTraced(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        operation: str,
        duration_ms: float,
        process: str | None = None,
        pid: Any = None,
        threshold_ms: float | None = None,
        steps: Sequence[Mapping[str, Any]] | None = None,
        requested_by: str | None = None,
        deep: bool | None = None,
        host: str | None = None,
        trace_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Slow operation traced. One operation took so long that its steps were kept.

        Topic: diagnostics:performance_trace

        Args:
            operation: What was slow, such as a query's name or a path.
            duration_ms: How long it took. Unit: ms.
            process: The process that was looked at, by its name.
            pid: Its id: a number of the system's, or a text such as `#PID<0.789.0>`.
            threshold_ms: From when on such an operation is slow. Unit: ms.
            steps: What it did, in order.
            requested_by: Who wanted the look: a person, `timer` or `signal`.
            deep: Whether the look was the thorough one, which costs more.
            host: The host that the process runs on.
            trace_id: The trace that it belongs to, in W3C Trace Context.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

slow_operation_traced: Final[_SlowOperationTraced]
