"""Events that clients were shown, which the registry has to take as they are."""

from typing import Any, Final

import pytest

from instances.catalog import INSTANCES
from tests.unit.instances.schemas.taking import taken

SPECIFICATION: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    (
        "ex_esdb_health",
        "subscription_health:production_store:user_projection",
        {
            "store_id": "production_store",
            "subscription_name": "user_projection",
            "event_type": "registration_success",
            "timestamp": 1672531200000,
            "metadata": {
                "proxy_pid": "#PID<0.123.0>",
                "subscriber_pid": "#PID<0.124.0>",
                "registration_time": 1672531200000,
            },
        },
    ),
    (
        "ex_esdb_metrics",
        "subscription_metrics:production_store:user_projection",
        {
            "store_id": "production_store",
            "subscription_name": "user_projection",
            "event_type": "registration_attempt",
            "timestamp": 1672531200000,
            "metadata": {"result": "ok", "source": "subscription_metrics", "processing_time_ms": 45},
        },
    ),
    (
        "ex_esdb_security",
        "security_events:authentication",
        {
            "event_type": "authentication_failure",
            "user_id": "suspicious_user",
            "ip_address": "***REDACTED***",
            "timestamp": 1672531200000,
            "reason": "invalid_credentials",
            "metadata": {"attempt_count": 5, "user_agent": "curl/7.68.0"},
        },
    ),
    (
        "ex_esdb_audit",
        "audit_trail:user_actions",
        {
            "event_type": "user_action",
            "user_id": "admin_user",
            "action": "delete_subscription",
            "resource": "subscription_123",
            "timestamp": 1672531200000,
            "metadata": {
                "store_id": "production_store",
                "ip_address": "***REDACTED***",
                "session_id": "sess_abc123",
            },
        },
    ),
    (
        "ex_esdb_alerts",
        "system_alerts:critical",
        {
            "event_type": "critical_alert",
            "severity": "high",
            "component": "subscription_system",
            "message": "Circuit breaker opened for multiple subscriptions",
            "timestamp": 1672531200000,
            "metadata": {
                "affected_subscriptions": 5,
                "estimated_impact": "50% of real-time projections offline",
                "escalation_required": True,
            },
        },
    ),
    (
        "ex_esdb_lifecycle",
        "process_lifecycle:subscription_proxies",
        {
            "event_type": "process_started",
            "process_type": "subscription_proxy",
            "pid": "#PID<0.789.0>",
            "timestamp": 1672531200000,
            "metadata": {
                "store_id": "production_store",
                "subscription_name": "user_projection",
                "supervisor": "#PID<0.456.0>",
                "restart_count": 0,
            },
        },
    ),
)
"""The example events of the architecture's description, word for word."""

PROMISED: Final = (
    (
        "health",
        {
            "topic": "subscription_health:prod:users",
            "event_type": "registration_success",
            "timestamp": 1672531200000,
            "schema_version": 1,
            "data": {"store_id": "prod"},
            "metadata": {"registration_time": 1672531200000},
        },
    ),
    ("health", {"topic": "subscription_health:prod:users", "event_type": "registration_success"}),
    ("system", {"topic": "system_status:web", "event_type": "started", "data": {}}),
)
"""What the documentation shows clients."""


class TestKnownEvents:
    @pytest.mark.parametrize("spec", INSTANCES, ids=lambda spec: spec.name)
    def test_include_the_example_of_every_instance(self, spec: Any) -> None:
        example = spec.example

        checked = taken(
            spec.name,
            topic=example.topic,
            event_type=example.event_type,
            data=example.data,
            metadata=example.metadata,
        )

        assert checked.warnings == ()

    @pytest.mark.parametrize(("alias", "topic", "told"), SPECIFICATION, ids=[each[0] for each in SPECIFICATION])
    def test_include_the_examples_of_the_specification_unchanged(
        self, alias: str, topic: str, told: dict[str, Any]
    ) -> None:
        envelope = {key: told[key] for key in ("event_type", "timestamp", "metadata")}
        data = {key: value for key, value in told.items() if key not in envelope}

        checked = taken(alias, topic=topic, data=data, **envelope)

        assert checked.warnings == ()

    @pytest.mark.parametrize(("instance", "event"), PROMISED, ids=["whole", "least", "empty"])
    def test_include_what_the_documentation_shows(self, instance: str, event: dict[str, Any]) -> None:
        assert taken(instance, **event).warnings == ()
