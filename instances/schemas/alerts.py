"""The event types of `alerts`: what somebody must look at now."""

from dataclasses import replace
from typing import Final

from instances.schemas.people import IP_ADDRESS, USER_AGENT
from instances.schemas.words import Field, Kind, Types
from instances.severity import RANKS

TYPES: Final = Types("alerts")

LEVEL: Final = "system_alerts:{level}"
INCIDENT: Final = "incident_alerts:{severity}"

_SEVERITY: Final = Field(
    "severity", Kind.TEXT, "How soon somebody must act.", choices=tuple(RANKS), required=True, severity=True
)
_COMPONENT: Final = Field("component", Kind.TEXT, "The part of the system that is in trouble.")
_MESSAGE: Final = Field("message", Kind.TEXT, "What is wrong, in one sentence for whoever is woken.", required=True)
_RULE: Final = Field("rule", Kind.TEXT, "The rule that raised it, by which the alert is resolved later.")
_STATE: Final = Field("state", Kind.TEXT, "Where the alert stands: `raised`, `acknowledged` or `resolved`.")
_ALERT_ID: Final = Field("alert_id", Kind.TEXT, "The alert: the id of the event that raised it, or one's own.")
_ALERT: Final = (_SEVERITY, _COMPONENT, _MESSAGE, _RULE, _STATE, _ALERT_ID)

_ESCALATE: Final = Field("escalation_required", Kind.BOOLEAN, "Whether it must go further if nobody takes it.")
_AFFECTED: Final = Field("affected", Kind.TEXT, "What suffers, such as a mount point or a service.")
_ABOUT: Final = (
    _AFFECTED,
    Field("affected_subscriptions", Kind.INTEGER, "How many subscriptions suffer.", unit="subscriptions", least=0),
    Field("estimated_impact", Kind.TEXT, "What users notice, as far as it can be told."),
    _ESCALATE,
    Field("remedy", Kind.TEXT, "What can be done about it."),
    Field("runbook", Kind.TEXT, "The address of the page that says how to go about it."),
    Field("measured_ratio", Kind.NUMBER, "The figure that raised or resolved it.", unit="ratio"),
    Field("threshold_ratio", Kind.NUMBER, "The limit that the figure was held against.", unit="ratio"),
    Field("measured_topic", Kind.TEXT, "The topic in `metrics` where the figure can be followed."),
)

critical_alert = TYPES.add(
    "critical_alert",
    title="Critical alert",
    purpose="Something is broken, and somebody must act now.",
    topic="system_alerts:critical",
    data=_ALERT,
    metadata=_ABOUT,
    severity="critical",
    example={
        "severity": "high",
        "component": "subscription_system",
        "message": "Circuit breaker opened for multiple subscriptions",
        "affected_subscriptions": 5,
        "estimated_impact": "50% of real-time projections offline",
        "escalation_required": True,
    },
)

warning_alert = TYPES.add(
    "warning_alert",
    title="Warning alert",
    purpose="Something will break unless somebody acts in time.",
    topic="system_alerts:warning",
    data=_ALERT,
    metadata=_ABOUT,
    severity="warning",
    example={
        "severity": "medium",
        "component": "disk",
        "message": "The disk use of /var is 91.4%, at or above 90%",
        "rule": "disk_filling",
        "state": "raised",
        "affected": "/var",
        "measured_ratio": 0.9142,
        "threshold_ratio": 0.9,
        "measured_topic": "performance_metrics:disk:/var",
        "escalation_required": False,
    },
)

_OPTIONAL_SEVERITY: Final = replace(_SEVERITY, required=False)

alert_acknowledged = TYPES.add(
    "alert_acknowledged",
    title="Alert acknowledged",
    purpose="Somebody has taken an alert, and nobody else need be woken.",
    topic=LEVEL,
    data=(
        _ALERT_ID,
        _RULE,
        Field("acknowledged_by", Kind.TEXT, "Who has taken it.", required=True, personal=True),
        Field("note", Kind.TEXT, "What they say about it."),
        Field("silent_ms", Kind.INTEGER, "How long it stood before somebody took it.", unit="ms", least=0),
        _OPTIONAL_SEVERITY,
        _COMPONENT,
        _STATE,
    ),
    example={
        "level": "critical",
        "alert_id": "0190b7c4-5f1c-7000-8000-3d2f9a1b6c55",
        "rule": "disk_full",
        "acknowledged_by": "ada",
        "note": "Clearing the old releases.",
        "silent_ms": 48000,
        "state": "acknowledged",
    },
)

alert_escalated = TYPES.add(
    "alert_escalated",
    title="Alert escalated",
    purpose="An alert that nobody took, or nobody could mend, went on to others.",
    topic=LEVEL,
    data=(
        _ALERT_ID,
        _RULE,
        Field("escalated_to", Kind.TEXT, "Who has it now: a person, or a team.", required=True, personal=True),
        Field("escalation_step", Kind.INTEGER, "How often it has gone on, from 1.", least=1),
        Field("reason", Kind.TEXT, "Why, such as `not_acknowledged`."),
        _OPTIONAL_SEVERITY,
        _COMPONENT,
    ),
    severity="critical",
    example={
        "level": "critical",
        "alert_id": "0190b7c4-5f1c-7000-8000-3d2f9a1b6c55",
        "rule": "disk_full",
        "escalated_to": "platform-lead",
        "escalation_step": 2,
        "reason": "not_acknowledged",
        "severity": "critical",
    },
)

alert_resolved = TYPES.add(
    "alert_resolved",
    title="Alert resolved",
    purpose="What an alert was about is over.",
    topic=LEVEL,
    data=(
        _OPTIONAL_SEVERITY,
        _COMPONENT,
        replace(_MESSAGE, help="How things are again, in one sentence.", required=False),
        _RULE,
        _STATE,
        _ALERT_ID,
        Field("resolved_by", Kind.TEXT, "Who ended it; absent where it ended by itself.", personal=True),
        Field("lasted_ms", Kind.INTEGER, "How long it stood.", unit="ms", least=0),
    ),
    metadata=_ABOUT,
    example={
        "level": "warning",
        "severity": "info",
        "component": "disk",
        "message": "The disk use of /var is 84.2%, below 85%",
        "rule": "disk_filling",
        "state": "resolved",
        "affected": "/var",
        "measured_ratio": 0.8421,
        "threshold_ratio": 0.85,
        "measured_topic": "performance_metrics:disk:/var",
        "escalation_required": False,
    },
)

pager_notified = TYPES.add(
    "pager_notified",
    title="Pager notified",
    purpose="A person was called because of an alert, whether it reached them or not.",
    topic=LEVEL,
    data=(
        _ALERT_ID,
        Field("recipient", Kind.TEXT, "Who was called.", required=True, personal=True),
        Field("channel", Kind.TEXT, "By which way, such as `sms`, `call` or `email`."),
        Field("delivered", Kind.BOOLEAN, "Whether the provider took it."),
        Field("error", Kind.TEXT, "Why not, in the provider's words."),
    ),
    severity="notice",
    example={
        "level": "critical",
        "alert_id": "0190b7c4-5f1c-7000-8000-3d2f9a1b6c55",
        "recipient": "ada",
        "channel": "sms",
        "delivered": True,
    },
)

repeated_authentication_failure = TYPES.add(
    "repeated_authentication_failure",
    title="Log-ins fail again and again",
    purpose="Somebody may be trying out passwords.",
    topic="incident_alerts:warning",
    data=(_SEVERITY, _COMPONENT, replace(_MESSAGE, personal=True), _RULE, _STATE, _ALERT_ID),
    metadata=(
        replace(_AFFECTED, help="The name or the address whose log-ins fail.", personal=True),
        Field("attempt_count", Kind.INTEGER, "Failures within the window that is watched.", least=0),
        IP_ADDRESS,
        USER_AGENT,
        _ESCALATE,
    ),
    severity="high",
    example={
        "severity": "high",
        "component": "authentication",
        "message": "5 log-ins of the name 'ada' failed within 15 minutes",
        "state": "raised",
        "affected": "the name 'ada'",
        "attempt_count": 5,
        "ip_address": "203.0.113.7",
        "user_agent": "curl/7.68.0",
        "escalation_required": False,
    },
)

_INCIDENT: Final = (
    Field("incident_id", Kind.TEXT, "The incident's number, by which its events belong together.", required=True),
    replace(_SEVERITY, help="How grave the incident is; it is also the end of the topic."),
)
_COMMANDER: Final = Field("commander", Kind.TEXT, "Who leads the work on it.", personal=True)
_SERVICES: Final = Field("affected_services", Kind.LIST, "The services that suffer.", of=Kind.TEXT)

incident_opened = TYPES.add(
    "incident_opened",
    title="Incident opened",
    purpose="Trouble is so grave that it is worked on as an incident.",
    topic=INCIDENT,
    data=(*_INCIDENT, _MESSAGE, _COMMANDER, _SERVICES),
    metadata=(
        Field("estimated_impact", Kind.TEXT, "What users notice, as far as it can be told."),
        Field("alert_ids", Kind.LIST, "The alerts that led to it.", of=Kind.TEXT),
        _ESCALATE,
    ),
    severity="critical",
    example={
        "incident_id": "INC-311",
        "severity": "critical",
        "message": "Checkout answers no requests in Europe.",
        "commander": "ada",
        "affected_services": ["checkout", "payments"],
        "estimated_impact": "No orders from Europe",
    },
)

incident_updated = TYPES.add(
    "incident_updated",
    title="Incident updated",
    purpose="There is news of an incident that is worked on.",
    topic=INCIDENT,
    data=(
        *_INCIDENT,
        _MESSAGE,
        Field(
            "status",
            Kind.TEXT,
            "How far the work is.",
            choices=("investigating", "identified", "mitigated", "monitoring"),
        ),
        _COMMANDER,
        _SERVICES,
    ),
    severity="warning",
    example={
        "incident_id": "INC-311",
        "severity": "high",
        "message": "Traffic goes through the second region; half of the requests are answered.",
        "status": "mitigated",
        "commander": "ada",
        "affected_services": ["checkout"],
    },
)

incident_resolved = TYPES.add(
    "incident_resolved",
    title="Incident resolved",
    purpose="The work on an incident is done, and users notice nothing any more.",
    topic=INCIDENT,
    data=(
        *_INCIDENT,
        replace(_MESSAGE, help="What it was and what ended it, in a sentence or two.", required=False),
        Field("cause", Kind.TEXT, "The cause, as far as it is known."),
        Field("lasted_ms", Kind.INTEGER, "From the first trouble to the end.", unit="ms", least=0),
        _COMMANDER,
    ),
    example={
        "incident_id": "INC-311",
        "severity": "info",
        "message": "Checkout is back after the expired certificate was replaced.",
        "cause": "certificate_expired",
        "lasted_ms": 2820000,
        "commander": "ada",
    },
)

sla_breached = TYPES.add(
    "sla_breached",
    title="Service level breached",
    purpose="A service was worse than what its users were promised.",
    topic=INCIDENT,
    data=(
        replace(_SEVERITY, help="How grave the breach is; it is also the end of the topic."),
        Field("service", Kind.TEXT, "The service that was promised.", required=True),
        Field("objective", Kind.TEXT, "What was promised, such as `availability` or `latency_p99`.", required=True),
        Field("measured", Kind.NUMBER, "What it was instead, in the objective's own unit."),
        Field("promised", Kind.NUMBER, "The least or most that was promised, in the same unit."),
        Field("measured_unit", Kind.TEXT, "That unit, such as `ms` or `ratio`."),
        Field("window_ms", Kind.INTEGER, "The time over which it was measured.", unit="ms", least=0),
        replace(_MESSAGE, required=False),
    ),
    metadata=(
        Field("customers", Kind.INTEGER, "How many customers have that promise.", unit="customers", least=0),
        _ESCALATE,
    ),
    severity="high",
    example={
        "severity": "high",
        "service": "checkout",
        "objective": "availability",
        "measured": 0.9934,
        "promised": 0.999,
        "measured_unit": "ratio",
        "window_ms": 2592000000,
        "message": "Checkout was there 99.34% of the last 30 days; 99.9% are promised.",
        "customers": 118,
        "escalation_required": True,
    },
)
