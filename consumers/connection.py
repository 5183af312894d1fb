"""One connected subscriber: its mailbox, its writer, its subscriptions."""

import itertools
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from consumers.close_codes import SLOW_CONSUMER, CloseCode
from consumers.losses import LOSSES
from consumers.mailbox import Mailbox
from consumers.messages import Control, Gap, Item, Message, Run, joined
from consumers.writers import Writer
from instances.spec import InstanceSpec
from instances.topics import Pattern

MAX_SUBSCRIPTIONS: Final = 128
GRACE_MOST_SECONDS: Final = 0.25
GRACE_REGAINED_SECONDS: Final = 0.025
"""In each second in which nothing waits for it."""

Shared = dict[tuple[Item, ...], Message]
"""Messages made in this turn of the loop, for the next connection with the same items waiting."""

# Unlikely to be met twice over restarts, so that a log line names one connection.
_process: Final = secrets.token_hex(2)
_numbers: Final = itertools.count(1)


@dataclass(frozen=True, slots=True, eq=False)
class Subscription:
    id: str
    spec: InstanceSpec
    pattern: Pattern
    streams: tuple[str, ...]


class Connection:
    """Made when a socket opens; the hub knows it from `connected` on. All of it happens on the hub's loop."""

    __slots__ = (
        "__weakref__",
        "awaits_pong_since",
        "connected_at",
        "delivered",
        "dirty",
        "grace_seconds",
        "id",
        "mailbox",
        "on_close",
        "open",
        "pinged_at",
        "positions_wait",
        "principal",
        "subscriptions",
        "told_conflated",
        "writer",
    )

    def __init__(self, writer: Writer) -> None:
        self.id = f"c_{_process}{next(_numbers):x}"
        self.writer = writer
        self.mailbox = Mailbox()
        self.subscriptions: dict[str, Subscription] = {}
        self.principal = ""
        """The name that its events carry as publisher."""
        self.dirty = False
        """Whether it waits for the flush at the end of this turn of the loop."""
        self.delivered = 0
        """Items handed to the writer: runs of events, gaps and control frames."""
        self.told_conflated = 0
        self.grace_seconds = GRACE_MOST_SECONDS
        """For how long pumps still wait for it to read what came all at once."""
        self.positions_wait: Control | None = None
        """A positions frame that is still in the mailbox."""
        self.connected_at = self.pinged_at = 0.0
        self.awaits_pong_since: float | None = None
        self.open = True
        self.on_close: Callable[[CloseCode], None] | None = None
        """Called with the code once the hub or the connection itself decides to close."""

    def put(self, item: Item, *, urgent: bool = False) -> None:
        """Let the item wait for the next flush; a mailbox full of what must not be dropped ends the connection."""
        if self.open and not self.mailbox.put(item, urgent=urgent):
            if isinstance(item, Run):
                LOSSES.closed[item.events[0].stream] += 1
            self.close(SLOW_CONSUMER)

    def tell_gap(self, gap: Gap, *, urgent: bool = False) -> None:
        """Let a gap wait for the next flush, and count it."""
        LOSSES.gaps[gap.stream] += 1
        self.put(gap, urgent=urgent)

    def tell(self, value: object, *, urgent: bool = True) -> None:
        """Send a control frame: before what waits already, or in its order."""
        self.put(Control(value), urgent=urgent)
        self.flush({})

    def flush(self, shared: Shared) -> None:
        """Write what waits, as long as the client keeps up."""
        self.dirty = False
        mailbox, writer = self.mailbox, self.writer
        while mailbox and writer.writable:
            items = mailbox.take()
            self.delivered += len(items)
            writer.write(_message(items, shared))

    def became_writable(self) -> None:
        """Go on where a slow client made the flush stop."""
        self.flush({})

    def close(self, code: CloseCode) -> None:
        """Let go of what waits and have the socket closed; only the first reason counts."""
        if self.open:
            self.leave()
            if self.on_close is not None:
                self.on_close(code)

    def leave(self) -> None:
        """Take nothing more in, and let go of what waits: it has nobody to go to."""
        self.open = False
        self.mailbox.clear()


def _message(items: Sequence[Item], shared: Shared) -> Message:
    key = tuple(items)
    message = shared.get(key)
    if message is None:
        message = shared[key] = joined(items)
    return message
