"""The builders of `system`: made from its rows by `make types`, never by hand."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from instances.schemas.typed_event import TypedEvent
from instances.schemas.words import EventType, Types

TYPES: Final[Types]

class _Started(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        node: str | None = None,
        process: int | None = None,
        status: str | None = None,
        version: str | None = None,
        python: str | None = None,
        django: str | None = None,
        streams: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Component started. A component serves from now on.

        Topic: system_status:{component}

        Args:
            component: A segment of the topic.
            node: The host that it runs on.
            process: The number of its process on that host.
            status: The same in a word, for whoever shows all components in one list.
            version: The release of the program that runs.
            python: The version of its Python.
            django: The version of its Django.
            streams: Where a hub counts its offsets: `redis`, or the `memory` of one process.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

started: Final[_Started]

class _Running(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        node: str | None = None,
        process: int | None = None,
        status: str | None = None,
        version: str | None = None,
        uptime_seconds: float | None = None,
        connections: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Component running. A component says, every few seconds, that it is still there.

        Topic: system_status:{component}

        Args:
            component: A segment of the topic.
            node: The host that it runs on.
            process: The number of its process on that host.
            status: The same in a word, for whoever shows all components in one list.
            version: The release of the program that runs.
            uptime_seconds: How long the process has run by now. Unit: s.
            connections: How many clients are connected to this process.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

running: Final[_Running]

class _Degraded(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        node: str | None = None,
        process: int | None = None,
        status: str | None = None,
        reason: str | None = None,
        impact: str | None = None,
        since: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Component degraded. A component serves, but slower or with less than it should.

        Topic: system_status:{component}

        Args:
            component: A segment of the topic.
            node: The host that it runs on.
            process: The number of its process on that host.
            status: The same in a word, for whoever shows all components in one list.
            reason: Why, in one sentence.
            impact: What its users notice.
            since: When it began. In milliseconds since 1970 UTC.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

degraded: Final[_Degraded]

class _Recovered(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        node: str | None = None,
        process: int | None = None,
        status: str | None = None,
        impaired_seconds: float | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Component recovered. A component that was degraded or had failed serves again as it should.

        Topic: system_status:{component}

        Args:
            component: A segment of the topic.
            node: The host that it runs on.
            process: The number of its process on that host.
            status: The same in a word, for whoever shows all components in one list.
            impaired_seconds: How long it was less than well. Unit: s.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

recovered: Final[_Recovered]

class _Draining(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        node: str | None = None,
        process: int | None = None,
        status: str | None = None,
        reason: str | None = None,
        remaining: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Component draining. A component finishes the work it has and takes no new work.

        Topic: system_status:{component}

        Args:
            component: A segment of the topic.
            node: The host that it runs on.
            process: The number of its process on that host.
            status: The same in a word, for whoever shows all components in one list.
            reason: Why, in one sentence.
            remaining: How many requests or connections are still to finish.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

draining: Final[_Draining]

class _Stopping(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        node: str | None = None,
        process: int | None = None,
        status: str | None = None,
        reason: str | None = None,
        version: str | None = None,
        python: str | None = None,
        django: str | None = None,
        streams: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Component stopping. A component will serve no more within seconds.

        Topic: system_status:{component}

        Args:
            component: A segment of the topic.
            node: The host that it runs on.
            process: The number of its process on that host.
            status: The same in a word, for whoever shows all components in one list.
            reason: Why, in one sentence.
            version: The release of the program that runs.
            python: The version of its Python.
            django: The version of its Django.
            streams: Where a hub counts its offsets: `redis`, or the `memory` of one process.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

stopping: Final[_Stopping]

class _Stopped(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        node: str | None = None,
        process: int | None = None,
        status: str | None = None,
        reason: str | None = None,
        version: str | None = None,
        uptime_seconds: float | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Component stopped. A component serves no more, and was meant to end.

        Topic: system_status:{component}

        Args:
            component: A segment of the topic.
            node: The host that it runs on.
            process: The number of its process on that host.
            status: The same in a word, for whoever shows all components in one list.
            reason: Why, in one sentence.
            version: The release of the program that runs.
            uptime_seconds: How long the process has run by now. Unit: s.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

stopped: Final[_Stopped]

class _MaintenanceStarted(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        summary: str | None = None,
        affects: Sequence[str] | None = None,
        planned_until: int | None = None,
        started_by: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Maintenance started. Work on a component has begun, and what it causes until its end is expected.

        Topic: system_status:{component}

        Args:
            component: A segment of the topic.
            summary: What is done, for those who notice that something is away.
            affects: The services that may be away meanwhile.
            planned_until: When it should be over. In milliseconds since 1970 UTC.
            started_by: Whoever does the work.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

maintenance_started: Final[_MaintenanceStarted]

class _MaintenanceEnded(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        summary: str | None = None,
        affects: Sequence[str] | None = None,
        duration_seconds: float | None = None,
        outcome: str | None = None,
        ended_by: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Maintenance ended. Work on a component is over, and what goes wrong from now on is unexpected again.

        Topic: system_status:{component}

        Args:
            component: A segment of the topic.
            summary: What is done, for those who notice that something is away.
            affects: The services that may be away meanwhile.
            duration_seconds: How long it took. Unit: s.
            outcome: How it went, such as success or rolled_back.
            ended_by: Whoever declared it over.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

maintenance_ended: Final[_MaintenanceEnded]

class _ConfigurationChanged(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        service: str,
        actor: str | None = None,
        actor_kind: str | None = None,
        ip_address: str | None = None,
        action: str | None = None,
        target: str | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Configuration changed. A record of a service's configuration was created, changed or deleted: by whom, and
        what is different.

        Topic: configuration_changes:{service}

        Args:
            service: A segment of the topic.
            actor: Whoever did it, such as user:alice or os:deploy.
            actor_kind: What the actor is: user, token, os_user or anonymous.
            ip_address: The address that the request came from.
            action: Whether the record was created, changed or deleted.
            target: The record, by its kind and name.
            before: What the changed fields held; absent for a record that is new.
            after: What they hold now; absent for a record that is gone.
            outcome: Whether it was done: success or failure.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

configuration_changed: Final[_ConfigurationChanged]

class _SettingChanged(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        service: str,
        setting: str,
        old: Any = None,
        new: Any = None,
        changed_by: str | None = None,
        node: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Setting changed. One setting of a service has another value.

        Topic: configuration_changes:{service}

        Args:
            service: A segment of the topic.
            setting: The setting's name, as its documentation spells it.
            old: The value until now; never that of a secret.
            new: The value from now on; never that of a secret.
            changed_by: The person or program that changed it.
            node: The host that it runs on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

setting_changed: Final[_SettingChanged]

class _FeatureChanged(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        service: str,
        feature: str,
        enabled: bool,
        share_ratio: float | None = None,
        changed_by: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Feature switched. A feature of a service was switched on or off, for all or for a share of its users.

        Topic: configuration_changes:{service}

        Args:
            service: A segment of the topic.
            feature: The feature's name in the code.
            enabled: Whether anybody has it now.
            share_ratio: The share of users who have it. Unit: ratio.
            changed_by: The person or program that switched it.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

feature_changed: Final[_FeatureChanged]

class _NodeJoined(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        node_name: str,
        node: str | None = None,
        process: int | None = None,
        version: str | None = None,
        python: str | None = None,
        django: str | None = None,
        streams: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Node joined. A node takes its share of the work from now on.

        Topic: service_discovery:{node_name}

        Args:
            node_name: A segment of the topic.
            node: The host that it runs on.
            process: The number of its process on that host.
            version: The release of the program that runs.
            python: The version of its Python.
            django: The version of its Django.
            streams: Where a hub counts its offsets: `redis`, or the `memory` of one process.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

node_joined: Final[_NodeJoined]

class _NodeLeft(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        node_name: str,
        node: str | None = None,
        process: int | None = None,
        version: str | None = None,
        python: str | None = None,
        django: str | None = None,
        streams: str | None = None,
        reason: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Node left. A node has taken its leave, and others do its work.

        Topic: service_discovery:{node_name}

        Args:
            node_name: A segment of the topic.
            node: The host that it runs on.
            process: The number of its process on that host.
            version: The release of the program that runs.
            python: The version of its Python.
            django: The version of its Django.
            streams: Where a hub counts its offsets: `redis`, or the `memory` of one process.
            reason: Why, in one sentence.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

node_left: Final[_NodeLeft]

class _ServiceRegistered(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        node: str,
        service: str,
        address: str | None = None,
        version: str | None = None,
        tags: Sequence[str] | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Service registered. A node offers a service, and callers may be sent to it.

        Topic: service_discovery:{node}

        Args:
            node: A segment of the topic.
            service: What can be called there.
            address: Where it answers, such as http://10.0.0.5:8080; never with a password in it.
            version: The release of the program that runs.
            tags: What callers may choose it by.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

service_registered: Final[_ServiceRegistered]

class _ServiceDeregistered(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        node: str,
        service: str,
        address: str | None = None,
        version: str | None = None,
        reason: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Service deregistered. A node offers a service no more, and no caller may be sent to it.

        Topic: service_discovery:{node}

        Args:
            node: A segment of the topic.
            service: What can be called there.
            address: Where it answers, such as http://10.0.0.5:8080; never with a password in it.
            version: The release of the program that runs.
            reason: Why, in one sentence.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

service_deregistered: Final[_ServiceDeregistered]

class _LeaderElected(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        node: str,
        leader: str,
        previous_leader: str | None = None,
        term: int | None = None,
        service: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Leader elected. The nodes have agreed on which one decides.

        Topic: service_discovery:{node}

        Args:
            node: A segment of the topic.
            leader: The node that decides from now on.
            previous_leader: The one that did until now.
            term: The number of the election; a later one overrules an earlier.
            service: What it decides about.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

leader_elected: Final[_LeaderElected]

class _HistoryPurged(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        instance: str,
        events: int,
        streams: Sequence[str] | None = None,
        policies: Sequence[str] | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """History purged. Events that retention policies let stay no longer were removed from an instance's recent
        history.

        Topic: system_status:{component}

        Args:
            component: A segment of the topic.
            instance: The instance whose events they were.
            events: How many events it was. Unit: events.
            streams: The streams that they were in.
            policies: The policies that asked for it, by their names.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

history_purged: Final[_HistoryPurged]
