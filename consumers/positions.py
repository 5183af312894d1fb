"""How far a connection may consider itself served in streams whose newest events went past it."""

from collections.abc import Iterable, Mapping
from typing import Final

from consumers.connection import Connection
from consumers.messages import Control
from consumers.pump import Pump
from instances.streams import Position

NOBODY: Final[tuple[Connection, ...]] = ()


class Positions:
    """Tells, once a second, where streams have come to; and how many events were conflated, along with it or alone."""

    def __init__(self) -> None:
        self._told: dict[str, Position] = {}
        """Of each stream, the end that all of its followers know of."""
        self._served: dict[str, tuple[Connection, ...]] = {}
        """Of each stream that went on since the last tell, to whom its newest event went."""

    def begin(self, stream: str, head: Position) -> None:
        """Begin with a stream that had no follower: the first one knows where it ends."""
        self._told[stream] = head

    def went(self, stream: str, targets: tuple[Connection, ...]) -> None:
        """Take note of to whom the newest event of the stream went."""
        self._served[stream] = targets

    def tell(
        self,
        pumps: Iterable[Pump],
        followers: Mapping[str, Iterable[Connection]],
        connections: Iterable[Connection],
    ) -> None:
        """Tell everybody whom a stream's newest event did not reach.

        1. Urgent streams at once, but only where nothing urgent waits.
        2. The others in one frame for each connection, which waits in its queue like an event.
        """
        told: dict[Connection, dict[str, str]] = {
            connection: {} for connection in connections if connection.mailbox.untold_conflated is not None
        }
        for pump in pumps:
            for stream, cursor in pump.cursors.items():
                served = set(self._served.pop(stream, NOBODY))
                if self._told.get(stream) == cursor.head:
                    continue
                self._told[stream] = cursor.head
                # A copy: a full mailbox ends its connection, which follows nothing then.
                passed_by = [each for each in followers.get(stream, NOBODY) if each not in served]
                if pump.spec.delivery.urgent:
                    self._tell_urgently(stream, cursor.head, passed_by)
                else:
                    for connection in passed_by:
                        told.setdefault(connection, {})[stream] = str(cursor.head)
        for connection, positions in told.items():
            self._put(connection, positions)

    def _tell_urgently(self, stream: str, head: Position, passed_by: Iterable[Connection]) -> None:
        for connection in passed_by:
            if connection.mailbox.urgent:
                self._told.pop(stream, None)
            else:
                # Behind what waits in the other queue, newer events of the stream would go before it.
                connection.tell({"positions": {stream: str(head)}})

    def _put(self, connection: Connection, positions: Mapping[str, str]) -> None:
        if connection.positions_wait in connection.mailbox.normal:
            # A slow client has the last ones still before it; the next tell of these streams too.
            for stream in positions:
                self._told.pop(stream, None)
            return
        frame: dict[str, object] = {"positions": positions}
        conflated = connection.take_conflated()
        if conflated:
            frame["conflated"] = conflated
        connection.positions_wait = Control(frame)
        connection.put(connection.positions_wait)
        connection.flush({})
