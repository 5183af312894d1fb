"""How far behind a subscriber is, as plain values."""

import heapq
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from consumers.connection import Connection, Subscription
from consumers.cursor import Cursor
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


def subscriber(connection: Connection, cursors: Mapping[str, Mapping[str, Cursor]], now: float) -> dict[str, Any]:
    """Return who a connection is, what it follows, and how far behind it is.

    `cursors` are those of the process, by instance and stream; `now` is the loop's clock.
    """
    return {
        "id": connection.id,
        "principal": connection.principal,
        "connected_seconds": round(now - connection.connected_at, 3),
        **lag_of(connection),
        "subscriptions": [
            {
                "id": each.id,
                "instance": each.spec.name,
                "pattern": each.pattern.text,
                "acknowledged": acknowledged(each, cursors[each.spec.name], now),
            }
            for each in connection.subscriptions.values()
        ],
    }


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


def acknowledged(subscription: Subscription, cursors: Mapping[str, Cursor], now: float) -> dict[str, Any]:
    """Return how far a client has worked off a subscription, by its own word; `now` is the loop's clock.

    `unacknowledged` counts the events of its streams beyond its word, whether the pattern matches them or not; None
    where its word is of another epoch.
    """
    unacknowledged: int | None = 0
    for stream, position in subscription.acknowledged.items():
        head = cursors[stream].head if stream in cursors else None
        if head is None or head.epoch != position.epoch:
            unacknowledged = None
        elif unacknowledged is not None:
            unacknowledged += max(head.offset - position.offset, 0)
    at = subscription.acknowledged_at
    return {
        "positions": {stream: str(position) for stream, position in subscription.acknowledged.items()},
        "seconds_ago": None if at is None else round(now - at, 3),
        "unacknowledged": None if at is None else unacknowledged,
        "processing_seconds": subscription.processing_seconds,
    }
