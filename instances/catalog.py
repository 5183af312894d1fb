"""The ten instances, one row each, and how a name finds its row.

A new family is one line in its row. Every text here is shown to people, on the pages and in the API.
"""

from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from instances.error_codes import Refusal
from instances.spec import (
    DEBUG,
    EVIDENCE,
    FIREHOSE,
    PAGE,
    RECORD,
    STATE,
    BadRow,
    Criticality,
    Example,
    Family,
    InstanceSpec,
    Limits,
    Volume,
)
from instances.topics import SEPARATOR, check_topic, quoted

INSTANCES: Final[tuple[InstanceSpec, ...]] = (
    InstanceSpec(
        name="events",
        aliases=("ex_esdb_events",),
        takes_domain_types=True,
        title="Core Event Data",
        purpose="Core business events and domain data flowing through the system.",
        families=(
            Family("event_stream:{stream_id}", "The events of one stream, as they are appended."),
            Family("projection_updates:{projection_name}", "A read model that has taken in new events."),
            Family("aggregate_events:{aggregate_id}", "What happened to one aggregate."),
        ),
        use_cases=(
            "Event sourcing data distribution",
            "Real-time projection updates",
            "Inter-service communication for business logic",
        ),
        volume=Volume.HIGH,
        volume_note="Core business events",
        criticality=Criticality.HIGH,
        criticality_note="Essential for business operations",
        example=Example(
            topic="event_stream:order-1042",
            event_type="order_placed",
            data={"order_id": "order-1042", "customer_id": "customer-7", "total": "149.90"},
            metadata={"store_id": "production_store", "stream_version": 1, "correlation_id": "req-5f1c"},
        ),
        delivery=RECORD,
        limits=Limits(),
    ),
    InstanceSpec(
        name="system",
        aliases=("ex_esdb_system",),
        title="System Events",
        purpose="General system-level events that don't fit into other specific categories.",
        families=(
            Family("system_status:{component}", "A component that starts, drains or stops."),
            Family("configuration_changes:{service}", "A setting of a service that was changed."),
            Family("service_discovery:{node}", "A node that joins, leaves or announces its services."),
        ),
        use_cases=("Service coordination", "Configuration management", "General system notifications"),
        volume=Volume.MEDIUM,
        volume_note="Periodic system events",
        criticality=Criticality.MEDIUM,
        criticality_note="Important for system coordination",
        example=Example(
            topic="configuration_changes:order_service",
            event_type="setting_changed",
            data={"setting": "max_connections", "old": 50, "new": 80},
            metadata={"changed_by": "deploy", "node": "node-1"},
        ),
        delivery=RECORD,
        limits=Limits(),
    ),
    InstanceSpec(
        name="logging",
        aliases=("ex_esdb_logging",),
        scrubbed=True,
        title="Log Aggregation",
        purpose="Centralized log message distribution and aggregation across the system.",
        families=(
            Family("logs:{service}:{level}", "The log lines of a service, by level."),
            Family("structured_logs:{component}", "Log records with fields instead of one line of text."),
            Family("error_reports:{service}", "An error with what is needed to understand it."),
        ),
        use_cases=("Centralized logging", "Log analysis and monitoring", "Debugging and troubleshooting"),
        volume=Volume.VERY_HIGH,
        volume_note="Continuous log streams",
        criticality=Criticality.MEDIUM,
        criticality_note="Important for observability",
        example=Example(
            topic="logs:order_service:error",
            event_type="log_record",
            data={"level": "error", "logger": "orders.payment", "message": "Gateway timed out after 5000 ms"},
            metadata={"host": "node-1", "process": 4711, "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"},
        ),
        delivery=FIREHOSE,
        limits=Limits(),
    ),
    InstanceSpec(
        name="health",
        aliases=("ex_esdb_health",),
        title="Health Monitoring",
        purpose="Health status and monitoring events for system components and processes.",
        families=(
            Family("subscription_health:{store_id}:{subscription_name}", "How a store's subscription fares."),
            Family("process_health:{component}", "The result of a check on a component."),
            Family("circuit_breaker_status:{service}", "A circuit breaker that opens, half-opens or closes."),
        ),
        use_cases=(
            "Subscription proxy health monitoring",
            "Circuit breaker status tracking",
            "Component health dashboards",
            "Automated health checks",
        ),
        volume=Volume.MEDIUM,
        volume_note="Regular health check events",
        criticality=Criticality.HIGH,
        criticality_note="Critical for system reliability",
        example=Example(
            topic="subscription_health:production_store:user_projection",
            event_type="registration_success",
            data={"store_id": "production_store", "subscription_name": "user_projection"},
            metadata={
                "proxy_pid": "#PID<0.123.0>",
                "subscriber_pid": "#PID<0.124.0>",
                "registration_time": 1672531200000,
            },
        ),
        delivery=STATE,
        limits=Limits(),
    ),
    InstanceSpec(
        name="metrics",
        aliases=("ex_esdb_metrics",),
        title="Performance Metrics",
        purpose="Performance metrics, statistics, and measurement data for system optimization.",
        families=(
            Family("subscription_metrics:{store_id}:{subscription_name}", "The figures of one subscription."),
            Family("performance_metrics:{component}", "Measurements of a component, such as latency."),
            Family("throughput_stats:{service}", "How much a service takes in and gives out."),
        ),
        use_cases=(
            "Performance monitoring",
            "Capacity planning",
            "SLA compliance tracking",
            "System optimization",
        ),
        volume=Volume.VERY_HIGH,
        volume_note="Continuous metrics streams",
        criticality=Criticality.MEDIUM,
        criticality_note="Important for optimization",
        example=Example(
            topic="subscription_metrics:production_store:user_projection",
            event_type="registration_attempt",
            data={"store_id": "production_store", "subscription_name": "user_projection"},
            metadata={"result": "ok", "source": "subscription_metrics", "processing_time_ms": 45},
        ),
        delivery=FIREHOSE,
        limits=Limits(),
    ),
    InstanceSpec(
        name="security",
        aliases=("ex_esdb_security",),
        title="Security Events",
        purpose="Security-related events including authentication, authorization, and threat detection.",
        families=(
            Family("security_events:{category}", "Who was let in and who was refused."),
            Family("threat_detection:{service}", "Signs of an attack on a service."),
            Family("access_violations:{resource}", "An attempt on a resource that its rules don't allow."),
        ),
        use_cases=("Security monitoring", "Threat detection", "Compliance reporting", "Incident response"),
        volume=Volume.LOW_TO_MEDIUM,
        volume_note="Security events as they occur",
        criticality=Criticality.VERY_HIGH,
        criticality_note="Critical for security",
        example=Example(
            topic="security_events:authentication",
            event_type="authentication_failure",
            data={
                "user_id": "suspicious_user",
                "ip_address": "***REDACTED***",
                "reason": "invalid_credentials",
            },
            metadata={"attempt_count": 5, "user_agent": "curl/7.68.0"},
        ),
        delivery=EVIDENCE,
        limits=Limits(),
    ),
    InstanceSpec(
        name="audit",
        aliases=("ex_esdb_audit",),
        title="Audit Trail",
        purpose="Audit trail events for compliance, governance, and regulatory requirements.",
        families=(
            Family("audit_trail:{category}", "What users and administrators did."),
            Family("compliance_events:{regulation}", "What a regulation wants on record."),
        ),
        use_cases=("Regulatory compliance", "Audit reporting", "Governance tracking", "Legal requirements"),
        volume=Volume.MEDIUM,
        volume_note="User and admin actions",
        criticality=Criticality.VERY_HIGH,
        criticality_note="Required for compliance",
        example=Example(
            topic="audit_trail:user_actions",
            event_type="user_action",
            data={"user_id": "admin_user", "action": "delete_subscription", "resource": "subscription_123"},
            metadata={
                "store_id": "production_store",
                "ip_address": "***REDACTED***",
                "session_id": "sess_abc123",
            },
        ),
        delivery=EVIDENCE,
        limits=Limits(),
    ),
    InstanceSpec(
        name="alerts",
        aliases=("ex_esdb_alerts",),
        title="Critical Alerts",
        purpose="High-priority alerts and notifications that require immediate attention.",
        families=(
            Family("system_alerts:{level}", "An alert of the system itself: critical, warning."),
            Family("incident_alerts:{severity}", "An incident that is opened, escalated or resolved."),
        ),
        use_cases=(
            "Incident management",
            "Pager duty integration",
            "Emergency notifications",
            "SLA breach alerts",
        ),
        volume=Volume.LOW,
        volume_note="Only critical situations",
        criticality=Criticality.VERY_HIGH,
        criticality_note="Requires immediate action",
        example=Example(
            topic="system_alerts:critical",
            event_type="critical_alert",
            data={
                "severity": "high",
                "component": "subscription_system",
                "message": "Circuit breaker opened for multiple subscriptions",
            },
            metadata={
                "affected_subscriptions": 5,
                "estimated_impact": "50% of real-time projections offline",
                "escalation_required": True,
            },
        ),
        delivery=PAGE,
        limits=Limits(),
    ),
    InstanceSpec(
        name="diagnostics",
        aliases=("ex_esdb_diagnostics",),
        scrubbed=True,
        title="Diagnostic Information",
        purpose="Deep diagnostic information for debugging, profiling, and system analysis.",
        families=(Family("diagnostics:{kind}", "Findings of one kind, such as memory_analysis."),),
        use_cases=(
            "Performance profiling",
            "Memory analysis",
            "Connection monitoring",
            "Deep system debugging",
        ),
        volume=Volume.VARIABLE,
        volume_note="Can be very high during debugging",
        criticality=Criticality.LOW,
        criticality_note="Diagnostic purposes only",
        example=Example(
            topic="diagnostics:memory_analysis",
            event_type="memory_snapshot",
            data={"process": "order_service", "resident_bytes": 268435456, "largest": "event_cache"},
            metadata={"host": "node-1", "requested_by": "on-call"},
        ),
        delivery=DEBUG,
        limits=Limits(),
    ),
    InstanceSpec(
        name="lifecycle",
        aliases=("ex_esdb_lifecycle",),
        title="Process Lifecycle",
        purpose="Process lifecycle events including starts, stops, crashes, and supervision tree changes.",
        families=(Family("process_lifecycle:{component}", "Starts, stops, crashes and restarts."),),
        use_cases=(
            "Process monitoring",
            "Supervision tree analysis",
            "Crash detection and recovery",
            "System administration",
        ),
        volume=Volume.MEDIUM,
        volume_note="Process lifecycle events",
        criticality=Criticality.HIGH,
        criticality_note="Important for system stability",
        example=Example(
            topic="process_lifecycle:subscription_proxies",
            event_type="process_started",
            data={"process_type": "subscription_proxy", "pid": "#PID<0.789.0>"},
            metadata={
                "store_id": "production_store",
                "subscription_name": "user_projection",
                "supervisor": "#PID<0.456.0>",
                "restart_count": 0,
            },
        ),
        delivery=RECORD,
        limits=Limits(),
    ),
)


class UnknownInstance(Refusal):
    """A name that none of the ten has."""

    def __init__(self, name: object) -> None:
        super().__init__("unknown_instance", _unknown(name))


def find(name: str) -> InstanceSpec:
    """Return the instance of that name or alias, with or without a leading ":". Raises: UnknownInstance."""
    try:
        return _BY_NAME[name]
    except (KeyError, TypeError):
        # An unhashable name is as unknown as a wrong one.
        raise UnknownInstance(name) from None


def warning_for(spec: InstanceSpec, topic: str) -> str | None:
    """Return a sentence about a checked topic whose family the instance doesn't declare, or None."""
    family = topic.partition(SEPARATOR)[0]
    return None if spec.family(family) else undeclared(spec, family)


def names_of(rows: tuple[InstanceSpec, ...]) -> dict[str, InstanceSpec]:
    """Return each row under its name and aliases, with and without a leading ":".

    Raises: BadRow, for a name that is used twice and for an example outside the row's families.
    """
    by_name: dict[str, InstanceSpec] = {}
    for row in rows:
        if row.family(check_topic(row.example.topic).partition(SEPARATOR)[0]) is None:
            raise BadRow(f"The example of the instance {row.name!r} belongs to none of its families.")
        for name in (row.name, *row.aliases):
            if name in by_name:
                raise BadRow(f"The name {name!r} is used twice, by {by_name[name].name!r} and {row.name!r}.")
            by_name[name] = by_name[f":{name}"] = row
    return by_name


# How like a name must be to its neighbour to be taken for a slip: one or two letters in a short word.
_LIKENESS: Final = 0.7


def _unknown(name: object) -> str:
    if not isinstance(name, str):
        return f"An instance is named by text, not {type(name).__name__}. {_the_ten()}"
    # The name comes from outside, and comparing takes the square of its length.
    asked = name[:64].lower().removeprefix(":")
    near = get_close_matches(asked, [known for known in _BY_NAME if known[0] != ":"], 1, _LIKENESS)
    guess = f"; did you mean {quoted(near[0])}?" if near else "."
    return f"There is no instance {quoted(name)}{guess} {_the_ten()}"


def _the_ten() -> str:
    return f"The instances are {', '.join(NAMES)}."


# Comparing words takes too long for every event; bounded, because the family is the publisher's word.
@lru_cache(maxsize=1_024)
def undeclared(spec: InstanceSpec, family: str) -> str:
    """Return a sentence about a family that the instance doesn't declare, without its full stop."""
    said = f"the family {quoted(family, at_most=128)} isn't declared for {spec.name}"
    elsewhere = [row.name for row in INSTANCES if row is not spec and row.family(family)]
    if elsewhere:
        return f"{said}; it belongs to {' and '.join(elsewhere)}"
    declared = [row.name for row in spec.families]
    near = get_close_matches(family, declared, 1, _LIKENESS)
    if near:
        return f"{said}; did you mean {quoted(near[0])}?"
    return f"{said}, which has {', '.join(declared)}"


NAMES: Final = tuple(row.name for row in INSTANCES)
_BY_NAME: Final = names_of(INSTANCES)
