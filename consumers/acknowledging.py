"""What a client may acknowledge: how far it has come in the streams of its subscription."""

from collections.abc import Mapping

from consumers.connection import Subscription
from consumers.cursor import Cursor
from instances.error_codes import Refusal
from instances.streams import Position


def check_acknowledged(
    subscription: Subscription, positions: Mapping[str, Position], cursors: Mapping[str, Cursor]
) -> dict[str, Position]:
    """Return the positions that name events which are known to be, of the epochs that streams are in.

    Those of epochs that ended can't be checked. Raises: Refusal for a stream that the subscription hasn't, or a
    position ahead of its end.
    """
    current = {}
    for stream, position in positions.items():
        if stream not in subscription.streams:
            raise Refusal("bad_request", f"The subscription {subscription.id} has no stream {stream[:80]!r}.")
        head = cursors[stream].head
        if position.epoch == head.epoch and position.offset > head.offset:
            raise Refusal("bad_request", f"{stream} ends at {head}; {position} can't be acknowledged yet.")
        if position.epoch == head.epoch:
            current[stream] = position
    return current
