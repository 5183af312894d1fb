"""Policies as an operator states them, and what is on record of it."""

import json
from typing import Any

from instances.journal.models import AuditEntry
from instances.journal.router import ALIAS
from instances.models import RetentionPolicy
from instances.retention import setting

POLICY: dict[str, Any] = {
    "name": "Shops",
    "instance": "health",
    "pattern": "process_health:*",
    "recent_seconds": None,
    "kept_seconds": None,
    "at_most_seconds": 60,
    "rule": "GDPR art. 5(1)(e)",
    "note": "",
    "active": True,
}
FORM: dict[str, str] = {
    "name": "Shops",
    "instance": "health",
    "pattern": "process_health:*",
    "recent_seconds": "",
    "kept_seconds": "",
    "at_most_seconds": "1 minute",
    "rule": "GDPR art. 5(1)(e)",
    "note": "",
    "active": "on",
    "because": "DPO-31",
}
ADD = "/admin/instances/retentionpolicy/add/"
LIST = "/admin/instances/retentionpolicy/"


def stated(**values: Any) -> RetentionPolicy:
    row = RetentionPolicy()
    setting.set_policy(row, POLICY | values, by="ada", because="DPO-31")
    return row


def page_of(row: RetentionPolicy, what: str = "change") -> str:
    return f"{LIST}{row.pk}/{what}/"


def recorded(event_type: str) -> list[dict[str, Any]]:
    rows = AuditEntry._base_manager.using(ALIAS).filter(event_type=event_type).order_by("number")
    return [json.loads(bytes(body))["data"] for body in rows.values_list("body", flat=True)]
