"""What this process answers about the subscribers that it has. On the hub's loop; it reads, and changes nothing."""

import heapq
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

import msgspec

from consumers.connection import Connection, Origin, Subscription
from consumers.hub import Hub
from consumers.inspector.orders import ORDERS
from consumers.inspector.subscriber import Asked, Counted, Followed, Inspected, Subscriber
from consumers.lag import lag_of
from instances.process import process_name

PIECE_TESTED: Final = 500
PIECE_ROWS: Final = 50
"""About a millisecond's work, so that no alert waits behind somebody who looks."""
T = TypeVar("T")

_read: Final = msgspec.json.Decoder(Asked).decode
_write: Final = msgspec.json.Encoder().encode


async def list_here(hub: Hub, body: bytes) -> bytes:
    """Return the first rows of those that are asked for, as far as this process has them; in pieces."""
    asked = _read(body)
    fits = _test_of(asked)
    # Another version of the hub may know more orders.
    place = ORDERS.get(asked.order, ORDERS["slowest"]).place
    found: list[tuple[float | str, str, Connection]] = []
    everybody = list(hub.connections.values())
    for piece in _pieces(everybody, PIECE_TESTED):
        await hub.turns.take()
        found += [(place(each), each.id, each) for each in piece if fits(each)]
    await hub.turns.take()
    first = heapq.nsmallest(asked.offset + asked.limit, found)
    now = hub.now()
    rows: list[Subscriber] = []
    for some in _pieces(first, PIECE_ROWS):
        await hub.turns.take()
        rows += [_subscriber(each, each.origin, now, at) for at, _, each in some if each.origin is not None]
    return _write(Counted(total=len(everybody), matched=len(found), rows=rows))


def _pieces(whole: list[T], size: int) -> Iterator[list[T]]:
    for start in range(0, len(whole), size):
        yield whole[start : start + size]


async def look_here(hub: Hub, body: bytes) -> bytes | None:
    """Return all about the one subscriber, where this process has it."""
    connection = hub.connections.get(body.decode())
    if connection is None or connection.origin is None:
        return None
    now = hub.now()
    return _write(
        Inspected(
            subscriber=_subscriber(connection, connection.origin, now, 0.0),
            following=tuple(_followed(hub, each, now) for each in connection.subscriptions.values()),
            queue_max_bytes=connection.mailbox.max_bytes,
        )
    )


def _test_of(asked: Asked) -> Callable[[Connection], bool]:
    text = asked.text.casefold()
    topic = asked.topic
    elsewhere = asked.process not in (None, process_name())

    def fits(each: Connection) -> bool:
        origin = each.origin
        if origin is None or elsewhere:
            return False
        if asked.kind is not None and origin.principal.kind != asked.kind:
            return False
        if asked.principal_id is not None and origin.principal.id != asked.principal_id:
            return False
        if text and not any(text in said.casefold() for said in _said_of(each, origin)):
            return False
        if not asked.instances and topic is None:
            return True
        return any(
            (not asked.instances or followed.spec.name in asked.instances)
            and (topic is None or followed.pattern.matches(topic))
            for followed in each.subscriptions.values()
        )

    return fits


def _said_of(connection: Connection, origin: Origin) -> Iterator[str]:
    yield connection.id
    yield connection.principal
    yield origin.address or ""
    yield origin.agent


def _subscriber(connection: Connection, origin: Origin, now: float, place: float | str) -> Subscriber:
    subscriptions = connection.subscriptions.values()
    said_at = [each.acknowledged_at for each in subscriptions if each.acknowledged_at is not None]
    lag = lag_of(connection)
    return Subscriber(
        id=connection.id,
        process=process_name(),
        kind=origin.principal.kind,
        principal_id=origin.principal.id,
        principal=connection.principal,
        address=origin.address,
        agent=origin.agent,
        connected_ms=origin.connected_ms,
        patterns=tuple(f"{each.spec.name} {each.pattern.text}" for each in subscriptions),
        queued_bytes=lag["bytes_queued"],
        events_behind=lag["events_behind"],
        seconds_behind=lag["seconds_behind"],
        keeps_up=connection.writer.writable,
        events_per_second=round(connection.events_per_second, 1),
        delivered=lag["delivered"],
        dropped=lag["dropped"],
        conflated=lag["conflated"],
        gaps=connection.gaps_told,
        acknowledged_seconds_ago=round(now - max(said_at), 1) if said_at else None,
        place=place,
        views=connection.views,
    )


def _followed(hub: Hub, subscription: Subscription, now: float) -> Followed:
    heads = {stream: hub.head_of(subscription.spec, stream) for stream in subscription.streams}
    acknowledged = subscription.acknowledged
    return Followed(
        id=subscription.id,
        instance=subscription.spec.name,
        pattern=subscription.pattern.text,
        policy=hub.changes.delivery[subscription.spec.name].overflow.value,
        personal=subscription.personal,
        streams={stream: str(head) for stream, head in heads.items()},
        acknowledged={stream: str(position) for stream, position in acknowledged.items()},
        unacknowledged=None
        if subscription.acknowledged_at is None
        else sum(
            max(heads[stream].offset - position.offset, 0)
            for stream, position in acknowledged.items()
            if stream in heads and heads[stream].epoch == position.epoch
        ),
        acknowledged_seconds_ago=None
        if subscription.acknowledged_at is None
        else round(now - subscription.acknowledged_at, 1),
        processing_seconds=subscription.processing_seconds,
        durable=subscription.durable,
    )
