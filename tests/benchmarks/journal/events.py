"""What the journal's benchmark publishes: the specification's audit event, by two hundred people."""

import json
from collections.abc import Iterable
from typing import Any, Final

INSTANCE: Final = "audit"
TOPIC: Final = "audit_trail:user_actions"
PEOPLE: Final = 200


def event(number: int) -> dict[str, Any]:
    """Return an event as it is submitted."""
    return {
        "topic": TOPIC,
        "event_type": "user_action",
        "data": {
            "user_id": f"admin_user_{number % PEOPLE}",
            "action": "delete_subscription",
            "resource": f"subscription_{number}",
        },
        "metadata": {
            "store_id": "production_store",
            "ip_address": f"203.0.113.{number % PEOPLE}",
            "session_id": f"sess_{number:09}",
        },
    }


def body(numbers: Iterable[int]) -> bytes:
    """Write the body of a request: one event, or an array of several."""
    events = [event(number) for number in numbers]
    return json.dumps(events if len(events) > 1 else events[0]).encode()
