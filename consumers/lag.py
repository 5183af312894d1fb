"""How far behind a subscriber is, as plain values."""

import heapq
import time
from collections.abc import Iterable
from typing import Any, Final

from consumers.connection import Connection
from consumers.figures import SubscriberFigures
from consumers.messages import Run

SLOWEST: Final = 20
"""Of a process, told to all others once a second."""


def slowest(connections: Iterable[Connection], now: float) -> tuple[SubscriberFigures, ...]:
    """Return the figures of those for whom most waits, and of those who acknowledge."""
    return tuple(
        _figures(each, now)
        for each in heapq.nlargest(SLOWEST, connections, key=lambda each: each.mailbox.size)
        if each.mailbox or any(subscription.acknowledged for subscription in each.subscriptions.values())
    )


def _figures(connection: Connection, now: float) -> SubscriberFigures:
    subscriptions = list(connection.subscriptions.values())
    said_at = [each.acknowledged_at for each in subscriptions if each.acknowledged_at is not None]
    took = [each.processing_seconds for each in subscriptions if each.processing_seconds is not None]
    return SubscriberFigures(
        id=connection.id,
        principal=connection.principal,
        **lag_of(connection),
        acknowledged_seconds_ago=round(now - min(said_at), 1) if said_at else None,
        processing_seconds=max(took, default=None),
    )


def lag_of(connection: Connection) -> dict[str, Any]:
    """Return what waits for a connection, since when, and what became of what it didn't take in time."""
    mailbox = connection.mailbox
    waiting = [item for item in (*mailbox.urgent, *mailbox.normal) if isinstance(item, Run)]
    oldest = min((run.at for run in waiting), default=None)
    return {
        "events_behind": sum(len(run.events) for run in waiting),
        "seconds_behind": 0.0 if oldest is None else round(max(time.monotonic() - oldest, 0.0), 3),
        "bytes_queued": mailbox.size,
        "delivered": connection.delivered_events,
        "dropped": mailbox.dropped,
        "conflated": mailbox.conflated,
    }
