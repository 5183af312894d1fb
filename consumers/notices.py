"""What the hub tells the rest of the program, as Django signals sent on its loop: receivers must return at once."""

from typing import Any, Final

from django.dispatch import Signal

from consumers.connection import Connection, Subscription

subscription_opened: Final = Signal()
"""With plain values: connection (id), principal (name), instance, pattern."""

subscription_closed: Final = Signal()
"""With the same."""

attempt_denied: Final = Signal()
"""With plain values: address (or None), actor ("user:ada", "token:orders" or "anonymous"), kind ("token", "session",
"origin" or "permission"), action (a frame's verb), reason (a sentence), prefix (the public one of a token, or None)."""

socket_ended: Final = Signal()
"""A socket that was let in is closed, because its access ended or an operator wants it so. With plain values:
connection (id), actor and address as above, code (a close code's name)."""


def told_of(connection: Connection, subscription: Subscription) -> dict[str, Any]:
    """Return what is told of a subscription."""
    return {
        "connection": connection.id,
        "principal": connection.principal,
        "instance": subscription.spec.name,
        "pattern": subscription.pattern.text,
    }
