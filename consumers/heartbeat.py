"""Once a second: who is still there, and how long clients that acknowledge take for what they are sent."""

from collections.abc import Iterable, Mapping
from typing import Final

from consumers.close_codes import NO_PONG
from consumers.connection import GRACE_MOST_SECONDS, GRACE_REGAINED_SECONDS, Connection
from consumers.pump import Pump

PING_SECONDS: Final = 25
PONG_SECONDS: Final = 10.0


def ping(connections: Iterable[Connection], now: float) -> None:
    """Ask those for a sign of life whose turn it is, and close those who gave none."""
    for connection in list(connections):
        if not connection.mailbox:
            connection.grace_seconds = min(connection.grace_seconds + GRACE_REGAINED_SECONDS, GRACE_MOST_SECONDS)
        waits = connection.awaits_pong_since
        if waits is not None:
            if now - waits > PONG_SECONDS:
                connection.close(NO_PONG)
        elif now - connection.pinged_at >= PING_SECONDS:
            connection.pinged_at = connection.awaits_pong_since = now
            connection.tell({"ping": {}})


def probe(connections: Iterable[Connection], pumps: Mapping[str, Pump], now: float) -> None:
    """Begin to measure how long clients that acknowledge take for what they are sent."""
    for connection in connections:
        for subscription in connection.subscriptions.values():
            if subscription.acknowledged_at is not None:
                cursors = pumps[subscription.spec.name].cursors
                subscription.probe({stream: cursors[stream].head for stream in subscription.streams}, now)
