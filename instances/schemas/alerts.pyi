"""The builders of `alerts`: made from its rows by `make types`, never by hand."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from instances.schemas.typed_event import TypedEvent
from instances.schemas.words import EventType, Types

TYPES: Final[Types]

_critical_alert_severity: TypeAlias = Literal[
    "trace",
    "debug",
    "low",
    "info",
    "information",
    "notice",
    "medium",
    "warn",
    "warning",
    "high",
    "error",
    "fatal",
    "critical",
    "alert",
    "emergency",
]

class _CriticalAlert(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        severity: _critical_alert_severity,
        message: str,
        component: str | None = None,
        rule: str | None = None,
        state: str | None = None,
        alert_id: str | None = None,
        affected: str | None = None,
        affected_subscriptions: int | None = None,
        estimated_impact: str | None = None,
        escalation_required: bool | None = None,
        remedy: str | None = None,
        runbook: str | None = None,
        measured_ratio: float | None = None,
        threshold_ratio: float | None = None,
        measured_topic: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Critical alert. Something is broken, and somebody must act now.

        Topic: system_alerts:critical

        Args:
            severity: How soon somebody must act.
            message: What is wrong, in one sentence for whoever is woken.
            component: The part of the system that is in trouble.
            rule: The rule that raised it, by which the alert is resolved later.
            state: Where the alert stands: `raised`, `acknowledged` or `resolved`.
            alert_id: The alert: the id of the event that raised it, or one's own.
            affected: What suffers, such as a mount point or a service.
            affected_subscriptions: How many subscriptions suffer. Unit: subscriptions.
            estimated_impact: What users notice, as far as it can be told.
            escalation_required: Whether it must go further if nobody takes it.
            remedy: What can be done about it.
            runbook: The address of the page that says how to go about it.
            measured_ratio: The figure that raised or resolved it. Unit: ratio.
            threshold_ratio: The limit that the figure was held against. Unit: ratio.
            measured_topic: The topic in `metrics` where the figure can be followed.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

critical_alert: Final[_CriticalAlert]

_warning_alert_severity: TypeAlias = Literal[
    "trace",
    "debug",
    "low",
    "info",
    "information",
    "notice",
    "medium",
    "warn",
    "warning",
    "high",
    "error",
    "fatal",
    "critical",
    "alert",
    "emergency",
]

class _WarningAlert(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        severity: _warning_alert_severity,
        message: str,
        component: str | None = None,
        rule: str | None = None,
        state: str | None = None,
        alert_id: str | None = None,
        affected: str | None = None,
        affected_subscriptions: int | None = None,
        estimated_impact: str | None = None,
        escalation_required: bool | None = None,
        remedy: str | None = None,
        runbook: str | None = None,
        measured_ratio: float | None = None,
        threshold_ratio: float | None = None,
        measured_topic: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Warning alert. Something will break unless somebody acts in time.

        Topic: system_alerts:warning

        Args:
            severity: How soon somebody must act.
            message: What is wrong, in one sentence for whoever is woken.
            component: The part of the system that is in trouble.
            rule: The rule that raised it, by which the alert is resolved later.
            state: Where the alert stands: `raised`, `acknowledged` or `resolved`.
            alert_id: The alert: the id of the event that raised it, or one's own.
            affected: What suffers, such as a mount point or a service.
            affected_subscriptions: How many subscriptions suffer. Unit: subscriptions.
            estimated_impact: What users notice, as far as it can be told.
            escalation_required: Whether it must go further if nobody takes it.
            remedy: What can be done about it.
            runbook: The address of the page that says how to go about it.
            measured_ratio: The figure that raised or resolved it. Unit: ratio.
            threshold_ratio: The limit that the figure was held against. Unit: ratio.
            measured_topic: The topic in `metrics` where the figure can be followed.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

warning_alert: Final[_WarningAlert]

_alert_acknowledged_severity: TypeAlias = Literal[
    "trace",
    "debug",
    "low",
    "info",
    "information",
    "notice",
    "medium",
    "warn",
    "warning",
    "high",
    "error",
    "fatal",
    "critical",
    "alert",
    "emergency",
]

class _AlertAcknowledged(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        level: str,
        acknowledged_by: str,
        alert_id: str | None = None,
        rule: str | None = None,
        note: str | None = None,
        silent_ms: int | None = None,
        severity: _alert_acknowledged_severity | None = None,
        component: str | None = None,
        state: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Alert acknowledged. Somebody has taken an alert, and nobody else need be woken.

        Topic: system_alerts:{level}

        Args:
            level: A segment of the topic.
            acknowledged_by: Who has taken it.
            alert_id: The alert: the id of the event that raised it, or one's own.
            rule: The rule that raised it, by which the alert is resolved later.
            note: What they say about it.
            silent_ms: How long it stood before somebody took it. Unit: ms.
            severity: How soon somebody must act.
            component: The part of the system that is in trouble.
            state: Where the alert stands: `raised`, `acknowledged` or `resolved`.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

alert_acknowledged: Final[_AlertAcknowledged]

_alert_escalated_severity: TypeAlias = Literal[
    "trace",
    "debug",
    "low",
    "info",
    "information",
    "notice",
    "medium",
    "warn",
    "warning",
    "high",
    "error",
    "fatal",
    "critical",
    "alert",
    "emergency",
]

class _AlertEscalated(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        level: str,
        escalated_to: str,
        alert_id: str | None = None,
        rule: str | None = None,
        escalation_step: int | None = None,
        reason: str | None = None,
        severity: _alert_escalated_severity | None = None,
        component: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Alert escalated. An alert that nobody took, or nobody could mend, went on to others.

        Topic: system_alerts:{level}

        Args:
            level: A segment of the topic.
            escalated_to: Who has it now: a person, or a team.
            alert_id: The alert: the id of the event that raised it, or one's own.
            rule: The rule that raised it, by which the alert is resolved later.
            escalation_step: How often it has gone on, from 1.
            reason: Why, such as `not_acknowledged`.
            severity: How soon somebody must act.
            component: The part of the system that is in trouble.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

alert_escalated: Final[_AlertEscalated]

_alert_resolved_severity: TypeAlias = Literal[
    "trace",
    "debug",
    "low",
    "info",
    "information",
    "notice",
    "medium",
    "warn",
    "warning",
    "high",
    "error",
    "fatal",
    "critical",
    "alert",
    "emergency",
]

class _AlertResolved(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        level: str,
        severity: _alert_resolved_severity | None = None,
        component: str | None = None,
        message: str | None = None,
        rule: str | None = None,
        state: str | None = None,
        alert_id: str | None = None,
        resolved_by: str | None = None,
        lasted_ms: int | None = None,
        affected: str | None = None,
        affected_subscriptions: int | None = None,
        estimated_impact: str | None = None,
        escalation_required: bool | None = None,
        remedy: str | None = None,
        runbook: str | None = None,
        measured_ratio: float | None = None,
        threshold_ratio: float | None = None,
        measured_topic: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Alert resolved. What an alert was about is over.

        Topic: system_alerts:{level}

        Args:
            level: A segment of the topic.
            severity: How soon somebody must act.
            component: The part of the system that is in trouble.
            message: How things are again, in one sentence.
            rule: The rule that raised it, by which the alert is resolved later.
            state: Where the alert stands: `raised`, `acknowledged` or `resolved`.
            alert_id: The alert: the id of the event that raised it, or one's own.
            resolved_by: Who ended it; absent where it ended by itself.
            lasted_ms: How long it stood. Unit: ms.
            affected: What suffers, such as a mount point or a service.
            affected_subscriptions: How many subscriptions suffer. Unit: subscriptions.
            estimated_impact: What users notice, as far as it can be told.
            escalation_required: Whether it must go further if nobody takes it.
            remedy: What can be done about it.
            runbook: The address of the page that says how to go about it.
            measured_ratio: The figure that raised or resolved it. Unit: ratio.
            threshold_ratio: The limit that the figure was held against. Unit: ratio.
            measured_topic: The topic in `metrics` where the figure can be followed.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

alert_resolved: Final[_AlertResolved]

class _PagerNotified(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        level: str,
        recipient: str,
        alert_id: str | None = None,
        channel: str | None = None,
        delivered: bool | None = None,
        error: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Pager notified. A person was called because of an alert, whether it reached them or not.

        Topic: system_alerts:{level}

        Args:
            level: A segment of the topic.
            recipient: Who was called.
            alert_id: The alert: the id of the event that raised it, or one's own.
            channel: By which way, such as `sms`, `call` or `email`.
            delivered: Whether the provider took it.
            error: Why not, in the provider's words.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

pager_notified: Final[_PagerNotified]

_repeated_authentication_failure_severity: TypeAlias = Literal[
    "trace",
    "debug",
    "low",
    "info",
    "information",
    "notice",
    "medium",
    "warn",
    "warning",
    "high",
    "error",
    "fatal",
    "critical",
    "alert",
    "emergency",
]

class _RepeatedAuthenticationFailure(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        severity: _repeated_authentication_failure_severity,
        message: str,
        component: str | None = None,
        rule: str | None = None,
        state: str | None = None,
        alert_id: str | None = None,
        affected: str | None = None,
        attempt_count: int | None = None,
        ip_address: str | None = None,
        user_agent: str | None = None,
        escalation_required: bool | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Log-ins fail again and again. Somebody may be trying out passwords.

        Topic: incident_alerts:warning

        Args:
            severity: How soon somebody must act.
            message: What is wrong, in one sentence for whoever is woken.
            component: The part of the system that is in trouble.
            rule: The rule that raised it, by which the alert is resolved later.
            state: Where the alert stands: `raised`, `acknowledged` or `resolved`.
            alert_id: The alert: the id of the event that raised it, or one's own.
            affected: The name or the address whose log-ins fail.
            attempt_count: Failures within the window that is watched.
            ip_address: The address that the request came from.
            user_agent: The client, as it names itself; anybody can lie here.
            escalation_required: Whether it must go further if nobody takes it.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

repeated_authentication_failure: Final[_RepeatedAuthenticationFailure]

_incident_opened_severity: TypeAlias = Literal[
    "trace",
    "debug",
    "low",
    "info",
    "information",
    "notice",
    "medium",
    "warn",
    "warning",
    "high",
    "error",
    "fatal",
    "critical",
    "alert",
    "emergency",
]

class _IncidentOpened(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        severity: _incident_opened_severity,
        incident_id: str,
        message: str,
        commander: str | None = None,
        affected_services: Sequence[str] | None = None,
        estimated_impact: str | None = None,
        alert_ids: Sequence[str] | None = None,
        escalation_required: bool | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Incident opened. Trouble is so grave that it is worked on as an incident.

        Topic: incident_alerts:{severity}

        Args:
            severity: How grave the incident is; it is also the end of the topic. Also a segment of the topic.
            incident_id: The incident's number, by which its events belong together.
            message: What is wrong, in one sentence for whoever is woken.
            commander: Who leads the work on it.
            affected_services: The services that suffer.
            estimated_impact: What users notice, as far as it can be told.
            alert_ids: The alerts that led to it.
            escalation_required: Whether it must go further if nobody takes it.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

incident_opened: Final[_IncidentOpened]

_incident_updated_severity: TypeAlias = Literal[
    "trace",
    "debug",
    "low",
    "info",
    "information",
    "notice",
    "medium",
    "warn",
    "warning",
    "high",
    "error",
    "fatal",
    "critical",
    "alert",
    "emergency",
]

class _IncidentUpdated(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        severity: _incident_updated_severity,
        incident_id: str,
        message: str,
        status: Literal["investigating", "identified", "mitigated", "monitoring"] | None = None,
        commander: str | None = None,
        affected_services: Sequence[str] | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Incident updated. There is news of an incident that is worked on.

        Topic: incident_alerts:{severity}

        Args:
            severity: How grave the incident is; it is also the end of the topic. Also a segment of the topic.
            incident_id: The incident's number, by which its events belong together.
            message: What is wrong, in one sentence for whoever is woken.
            status: How far the work is.
            commander: Who leads the work on it.
            affected_services: The services that suffer.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

incident_updated: Final[_IncidentUpdated]

_incident_resolved_severity: TypeAlias = Literal[
    "trace",
    "debug",
    "low",
    "info",
    "information",
    "notice",
    "medium",
    "warn",
    "warning",
    "high",
    "error",
    "fatal",
    "critical",
    "alert",
    "emergency",
]

class _IncidentResolved(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        severity: _incident_resolved_severity,
        incident_id: str,
        message: str | None = None,
        cause: str | None = None,
        lasted_ms: int | None = None,
        commander: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Incident resolved. The work on an incident is done, and users notice nothing any more.

        Topic: incident_alerts:{severity}

        Args:
            severity: How grave the incident is; it is also the end of the topic. Also a segment of the topic.
            incident_id: The incident's number, by which its events belong together.
            message: What it was and what ended it, in a sentence or two.
            cause: The cause, as far as it is known.
            lasted_ms: From the first trouble to the end. Unit: ms.
            commander: Who leads the work on it.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

incident_resolved: Final[_IncidentResolved]

_sla_breached_severity: TypeAlias = Literal[
    "trace",
    "debug",
    "low",
    "info",
    "information",
    "notice",
    "medium",
    "warn",
    "warning",
    "high",
    "error",
    "fatal",
    "critical",
    "alert",
    "emergency",
]

class _SlaBreached(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        severity: _sla_breached_severity,
        service: str,
        objective: str,
        measured: float | None = None,
        promised: float | None = None,
        measured_unit: str | None = None,
        window_ms: int | None = None,
        message: str | None = None,
        customers: int | None = None,
        escalation_required: bool | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Service level breached. A service was worse than what its users were promised.

        Topic: incident_alerts:{severity}

        Args:
            severity: How grave the breach is; it is also the end of the topic. Also a segment of the topic.
            service: The service that was promised.
            objective: What was promised, such as `availability` or `latency_p99`.
            measured: What it was instead, in the objective's own unit.
            promised: The least or most that was promised, in the same unit.
            measured_unit: That unit, such as `ms` or `ratio`.
            window_ms: The time over which it was measured. Unit: ms.
            message: What is wrong, in one sentence for whoever is woken.
            customers: How many customers have that promise. Unit: customers.
            escalation_required: Whether it must go further if nobody takes it.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

sla_breached: Final[_SlaBreached]
