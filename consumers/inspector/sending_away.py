"""What this process does with the subscribers that it has, when an operator says so. On the hub's loop."""

from typing import Final

import msgspec
from msgspec import Struct

from consumers.close_codes import DISCONNECTED, CloseCode
from consumers.connection import Connection
from consumers.hub import Hub

_DONE: Final = b"done"


class Order(Struct, frozen=True):
    """What is to become of one subscriber, or of one of its subscriptions, and why."""

    connection: str
    because: str
    sub: str | None = None


encode: Final = msgspec.json.Encoder().encode
_read: Final = msgspec.json.Decoder(Order).decode


async def disconnect_here(hub: Hub, body: bytes) -> bytes | None:
    """Close the connection, where this process has it."""
    order = _read(body)
    connection = hub.connections.get(order.connection)
    if connection is None:
        return None
    send_away(connection, order.because)
    return _DONE


async def unsubscribe_here(hub: Hub, body: bytes) -> bytes | None:
    """End the subscription, where this process has it."""
    order = _read(body)
    connection = hub.connections.get(order.connection)
    subscription = None if connection is None else connection.subscriptions.get(order.sub or "")
    if connection is None or subscription is None:
        return None
    hub.unsubscribe(connection, subscription)
    if connection.on_unsubscribe is not None:
        connection.on_unsubscribe(subscription, order.because)
    return _DONE


def send_away(connection: Connection, because: str, code: CloseCode = DISCONNECTED) -> None:
    """Close a connection for good, and tell it why: in full to a client that reads, in short with the close."""
    if connection.writer.writable:
        connection.tell({"bye": {"code": code.code, "reason": because}})
    connection.close(code.because(f"{code.reason}: {because}"))
