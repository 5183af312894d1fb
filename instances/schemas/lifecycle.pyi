"""The builders of `lifecycle`: made from its rows by `make types`, never by hand."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from instances.schemas.typed_event import TypedEvent
from instances.schemas.words import EventType, Types

TYPES: Final[Types]

class _ProcessStarted(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        process_type: str | None = None,
        pid: Any = None,
        parent_pid: int | None = None,
        name: str | None = None,
        user: str | None = None,
        started_at_ms: int | None = None,
        executable: str | None = None,
        argument_count: int | None = None,
        command_line: str | None = None,
        store_id: str | None = None,
        subscription_name: str | None = None,
        supervisor: str | None = None,
        restart_count: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Process started. A process runs that did not run before.

        Topic: process_lifecycle:{component}

        Args:
            component: A segment of the topic.
            process_type: What kind of process it is within its program, such as `subscription_proxy`.
            pid: The process's id: a number of the system's, or a text such as `#PID<0.789.0>`.
            parent_pid: The process that started it, by the system's number.
            name: The process's name, as the system lists it.
            user: The account that it runs under.
            started_at_ms: When it started, by the system's own record. In milliseconds since 1970 UTC.
            executable: The program's file name, without its folder.
            argument_count: How many arguments it was given; the arguments may be secret.
            command_line: The program with its arguments, only where the agent's settings ask for it.
            store_id: The store that the process works for.
            subscription_name: The subscription that the process works for.
            supervisor: The process that starts it again when it ends.
            restart_count: How often its supervisor has started it again.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

process_started: Final[_ProcessStarted]

class _ProcessesStarted(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        processes: int,
        reason: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Many processes started. So many processes started at once that they are counted instead of described.

        Topic: process_lifecycle:unlisted

        Args:
            processes: How many are not described. Unit: processes.
            reason: Why they are not.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

processes_started: Final[_ProcessesStarted]

class _ProcessStopped(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        process_type: str | None = None,
        pid: Any = None,
        parent_pid: int | None = None,
        name: str | None = None,
        user: str | None = None,
        started_at_ms: int | None = None,
        executable: str | None = None,
        argument_count: int | None = None,
        command_line: str | None = None,
        runtime_seconds: float | None = None,
        exit_code: int | None = None,
        reason: str | None = None,
        store_id: str | None = None,
        subscription_name: str | None = None,
        supervisor: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Process stopped. A process has ended, for whatever reason.

        Topic: process_lifecycle:{component}

        Args:
            component: A segment of the topic.
            process_type: What kind of process it is within its program, such as `subscription_proxy`.
            pid: The process's id: a number of the system's, or a text such as `#PID<0.789.0>`.
            parent_pid: The process that started it, by the system's number.
            name: The process's name, as the system lists it.
            user: The account that it runs under.
            started_at_ms: When it started, by the system's own record. In milliseconds since 1970 UTC.
            executable: The program's file name, without its folder.
            argument_count: How many arguments it was given; the arguments may be secret.
            command_line: The program with its arguments, only where the agent's settings ask for it.
            runtime_seconds: How long it ran. Unit: s.
            exit_code: What it left behind for its parent; 0 is success.
            reason: Why it ended, such as `shutdown` or `normal`.
            store_id: The store that the process works for.
            subscription_name: The subscription that the process works for.
            supervisor: The process that starts it again when it ends.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

process_stopped: Final[_ProcessStopped]

class _ProcessCrashed(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        process_type: str | None = None,
        pid: Any = None,
        parent_pid: int | None = None,
        name: str | None = None,
        user: str | None = None,
        started_at_ms: int | None = None,
        executable: str | None = None,
        argument_count: int | None = None,
        command_line: str | None = None,
        runtime_seconds: float | None = None,
        exit_code: int | None = None,
        signal: str | None = None,
        reason: str | None = None,
        store_id: str | None = None,
        subscription_name: str | None = None,
        supervisor: str | None = None,
        restart_count: int | None = None,
        stack_trace: str | None = None,
        will_restart: bool | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Process crashed. A process has ended although nobody wanted it to.

        Topic: process_lifecycle:{component}

        Args:
            component: A segment of the topic.
            process_type: What kind of process it is within its program, such as `subscription_proxy`.
            pid: The process's id: a number of the system's, or a text such as `#PID<0.789.0>`.
            parent_pid: The process that started it, by the system's number.
            name: The process's name, as the system lists it.
            user: The account that it runs under.
            started_at_ms: When it started, by the system's own record. In milliseconds since 1970 UTC.
            executable: The program's file name, without its folder.
            argument_count: How many arguments it was given; the arguments may be secret.
            command_line: The program with its arguments, only where the agent's settings ask for it.
            runtime_seconds: How long it ran. Unit: s.
            exit_code: What it left behind for its parent; 0 is success.
            signal: The signal that ended it, such as `SIGKILL`.
            reason: The exception or the exit reason, in the program's words.
            store_id: The store that the process works for.
            subscription_name: The subscription that the process works for.
            supervisor: The process that starts it again when it ends.
            restart_count: How often its supervisor has started it again.
            stack_trace: Where it was in its code, outermost call first.
            will_restart: Whether its supervisor starts it again.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

process_crashed: Final[_ProcessCrashed]

class _ProcessRestarted(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        process_type: str | None = None,
        pid: Any = None,
        previous_pid: Any = None,
        reason: str | None = None,
        backoff_ms: int | None = None,
        store_id: str | None = None,
        subscription_name: str | None = None,
        supervisor: str | None = None,
        restart_count: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Process restarted. A supervisor has started a process again that had ended.

        Topic: process_lifecycle:{component}

        Args:
            component: A segment of the topic.
            process_type: What kind of process it is within its program, such as `subscription_proxy`.
            pid: The process's id: a number of the system's, or a text such as `#PID<0.789.0>`.
            previous_pid: The id of the process whose place it takes.
            reason: Why it had ended.
            backoff_ms: How long the supervisor waited before. Unit: ms.
            store_id: The store that the process works for.
            subscription_name: The subscription that the process works for.
            supervisor: The process that starts it again when it ends.
            restart_count: How often its supervisor has started it again.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

process_restarted: Final[_ProcessRestarted]

class _ProcessUnresponsive(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        silent_ms: int,
        process_type: str | None = None,
        pid: Any = None,
        consequence: Literal["waited_for", "killed", "replaced"] | None = None,
        supervisor: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Process unresponsive. A process is there and gives no answer.

        Topic: process_lifecycle:{component}

        Args:
            component: A segment of the topic.
            silent_ms: How long it has given none. Unit: ms.
            process_type: What kind of process it is within its program, such as `subscription_proxy`.
            pid: The process's id: a number of the system's, or a text such as `#PID<0.789.0>`.
            consequence: What its supervisor does about it.
            supervisor: The process that starts it again when it ends.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

process_unresponsive: Final[_ProcessUnresponsive]

class _SupervisorChanged(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        supervisor: str,
        change: Literal["child_added", "child_removed", "strategy_changed", "started", "stopped"],
        child: str | None = None,
        strategy: str | None = None,
        children: int | None = None,
        parent: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Supervision tree changed. A supervisor has other children, or treats them in another way.

        Topic: process_lifecycle:supervisors

        Args:
            supervisor: The supervisor, by its name or process id.
            change: What is other than before.
            child: The child that came or went.
            strategy: Who is started again when one child ends, such as `one_for_one`.
            children: How many it has now. Unit: processes.
            parent: The supervisor above it; absent at the root.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

supervisor_changed: Final[_SupervisorChanged]

class _WorkerCountChanged(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        workers: int,
        previous_workers: int | None = None,
        reason: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Worker count changed. A service runs with more processes than before, or with fewer.

        Topic: process_lifecycle:{component}

        Args:
            component: A segment of the topic.
            workers: How many run now. Unit: processes.
            previous_workers: How many ran before. Unit: processes.
            reason: Why, such as `scaled_out` or `deployed`.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

worker_count_changed: Final[_WorkerCountChanged]
