"""What tests of the journal publish, and how they have it numbered."""

import json
from typing import Any

from instances.catalog import find
from instances.event import prepare
from instances.journal.append import append
from instances.journal.draft import Draft, draft_of
from instances.journal.models import Entry, entry_model
from instances.journal.numbering import number
from instances.spec import InstanceSpec
from instances.streams import IdConflict

AUDIT = find("audit")
SECURITY = find("security")
ALERTS = find("alerts")

ACTION: dict[str, Any] = {
    "topic": "audit_trail:user_actions",
    "event_type": "user_action",
    "data": {"user_id": "admin_user", "action": "delete_subscription", "resource": "subscription_123"},
    "metadata": {"store_id": "production_store", "ip_address": "203.0.113.7", "session_id": "sess_abc123"},
}


def draft(spec: InstanceSpec = AUDIT, **event: Any) -> Draft:
    """Make an entry of an event, by default that of a user's action."""
    text = json.dumps(ACTION | event, separators=(",", ":")).encode()
    return draft_of(spec, prepare(spec, text, publisher_json=b'"publisher"'), address=None)


def keep(spec: InstanceSpec = AUDIT, *drafts: Draft, count: int = 1) -> list[Draft]:
    """Put entries on record, without numbers."""
    kept = list(drafts) or [draft(spec, data=ACTION["data"] | {"resource": f"r{each}"}) for each in range(count)]
    (answer,) = append([kept], spec)
    assert not isinstance(answer, IdConflict)
    return kept


def number_all(spec: InstanceSpec = AUDIT) -> int:
    """Have all numbered that waits, and return how many entries that were."""
    numbered = 0
    while step := number(spec):
        numbered += len(step.entries)
    return numbered


def entries(spec: InstanceSpec = AUDIT) -> list[Entry]:
    """Return the entries in the order of their index, those without one first."""
    return list(entry_model(spec).objects.order_by("index", "number"))
