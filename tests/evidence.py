"""Events that are evidence, on their way into the journal."""

import json
from typing import Any, Final

from instances.catalog import find
from instances.event import Prepared, compact, prepare
from instances.journal.draft import Draft, draft_of

Event = tuple[str, dict[str, Any]]
"""An instance's name, and what is published there."""

RECEIVED_MS: Final = 1_672_531_200_004

# The specification's own, with its keys under `data` and `metadata`.
FAILED_LOGIN: Final[Event] = (
    "security",
    {
        "topic": "security_events:authentication",
        "event_type": "authentication_failure",
        "timestamp": 1672531200000,
        "data": {"user_id": "suspicious_user", "ip_address": "***REDACTED***", "reason": "invalid_credentials"},
        "metadata": {"attempt_count": 5, "user_agent": "curl/7.68.0"},
    },
)
USER_ACTION: Final[Event] = (
    "audit",
    {
        "topic": "audit_trail:user_actions",
        "event_type": "user_action",
        "timestamp": 1672531200000,
        "data": {"user_id": "admin_user", "action": "delete_subscription", "resource": "subscription_123"},
        "metadata": {
            "store_id": "production_store",
            "ip_address": "***REDACTED***",
            "session_id": "sess_abc123",
        },
    },
)
ADMIN_OPERATION: Final[Event] = (
    "audit",
    {
        "topic": "audit_trail:admin_operations",
        "event_type": "admin_operation",
        "timestamp": 1672531200000,
        "data": {
            "actor": "user:ada",
            "actor_kind": "user",
            "ip_address": "203.0.113.7",
            "action": "change",
            "resource": "access.user:9",
            "resource_name": "Bob Example",
            "change": "Changed Strict.",
            "outcome": "success",
        },
        "metadata": {
            "session_id": "session-5e55",
            "user_agent": "Mozilla/5.0",
            "host": "hub-1",
            "trace_id": "4bf92f3577b34da6",
        },
    },
)
PERSONAL_OF_ADMIN_OPERATION: Final = ("user:ada", "203.0.113.7", "Bob Example", "session-5e55", "Mozilla/5.0")
EVENTS: Final = (FAILED_LOGIN, USER_ACTION, ADMIN_OPERATION)


def prepared(event: Event, *, publisher: str = "orders", **other: Any) -> Prepared:
    """Check an event as the pipeline does; `other` are keys of the event that are different."""
    instance, body = event
    return prepare(
        find(instance),
        compact(json.dumps(body | other)),
        publisher_json=json.dumps(publisher).encode(),
        clock=lambda: RECEIVED_MS,
    )


def drafted(event: Event, *, publisher: str = "orders", address: str | None = None, **other: Any) -> Draft:
    return draft_of(find(event[0]), prepared(event, publisher=publisher, **other), address=address)
