"""The specification's "Consumer Patterns", line by line, through the real server."""

import re
from contextlib import ExitStack
from typing import Final

from instances.catalog import NAMES
from tests.functional.conftest import Server
from tests.functional.subscriber import Subscriber

CONSUMER_PATTERNS: Final = """
Health Dashboard Consumer

Phoenix.PubSub.subscribe(:ex_esdb_health, "subscription_health:*")
Phoenix.PubSub.subscribe(:ex_esdb_lifecycle, "process_lifecycle:*")

Security Operations Center (SOC)

Phoenix.PubSub.subscribe(:ex_esdb_security, "security_events:*")
Phoenix.PubSub.subscribe(:ex_esdb_audit, "audit_trail:*")
Phoenix.PubSub.subscribe(:ex_esdb_alerts, "system_alerts:critical")

Performance Monitoring

Phoenix.PubSub.subscribe(:ex_esdb_metrics, "subscription_metrics:*")
Phoenix.PubSub.subscribe(:ex_esdb_diagnostics, "diagnostics:performance_trace")

Incident Response

Phoenix.PubSub.subscribe(:ex_esdb_alerts, "system_alerts:*")
Phoenix.PubSub.subscribe(:ex_esdb_health, "subscription_health:*")
Phoenix.PubSub.subscribe(:ex_esdb_lifecycle, "process_lifecycle:*")
"""

HEALTH: Final = ("health", ["subscription_health:prod", "subscription_health:prod:users"])
LIFECYCLE: Final = ("lifecycle", ["process_lifecycle:subscription_proxies", "process_lifecycle:pool:worker:7"])
RECEIVED: Final = [
    HEALTH,
    LIFECYCLE,
    ("security", ["security_events:authentication", "security_events:vpn:berlin"]),
    ("audit", ["audit_trail:admin_actions", "audit_trail:admin_actions:retention"]),
    ("alerts", ["system_alerts:critical"]),
    ("metrics", ["subscription_metrics:prod", "subscription_metrics:prod:users"]),
    ("diagnostics", ["diagnostics:performance_trace"]),
    (
        "alerts",
        [
            "system_alerts:critical",
            "system_alerts:warning",
            "system_alerts:critical:database",
            "system_alerts:Critical",
        ],
    ),
    HEALTH,
    LIFECYCLE,
]
"""What each line's consumer receives, in the order of the lines, of the topics below."""

TOPICS: Final = [
    "subscription_health:prod",
    "subscription_health:prod:users",
    "subscription_health",
    "subscription_healthy:prod",
    "process_health:subscription_health",
    "process_lifecycle:subscription_proxies",
    "process_lifecycle:pool:worker:7",
    "process_lifecycle",
    "security_events:authentication",
    "security_events:vpn:berlin",
    "threat_detection:security_events",
    "audit_trail:admin_actions",
    "audit_trail:admin_actions:retention",
    "compliance_events:gdpr",
    "system_alerts:critical",
    "system_alerts:warning",
    "system_alerts:critical:database",
    "system_alerts:Critical",
    "incident_alerts:critical",
    "subscription_metrics:prod",
    "subscription_metrics:prod:users",
    "throughput_stats:prod",
    "diagnostics:performance_trace",
    "diagnostics:performance_trace:gc",
    "diagnostics:memory_analysis",
]


class TestConsumerPatterns:
    def test_receive_what_they_name_and_nothing_else(self, server: Server) -> None:
        lines = re.findall(r'^Phoenix\.PubSub\.subscribe\((:\w+), "(.+)"\)$', CONSUMER_PATTERNS, re.MULTILINE)
        assert len(lines) == len(RECEIVED) == 10
        with ExitStack() as stack:
            publisher = stack.enter_context(Subscriber(server))
            consumers = []
            for instance, pattern in lines:
                consumer = stack.enter_context(Subscriber(server))
                told = consumer.subscribe(instance, pattern)
                assert told["pattern"] == pattern
                consumers.append(consumer)

            for instance in NAMES:
                publisher.publish_all(instance, [{"topic": topic, "event_type": "tried"} for topic in TOPICS])

            for (instance, _), consumer, (name, topics) in zip(lines, consumers, RECEIVED, strict=True):
                consumer.settled(instance)
                # The hub itself tells security and lifecycle what happens meanwhile; those events aren't of the test.
                own = [event for event in consumer.events if event["event_type"] == "tried"]
                assert {event["instance"] for event in own} == {name}
                assert sorted(event["topic"] for event in own) == sorted(topics)
                assert consumer.of("gap") == []
