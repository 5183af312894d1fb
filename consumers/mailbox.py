"""What waits for one connection: bounded in bytes, and relieved as the delivery classes say."""

from collections import Counter
from typing import Final

from consumers.explorer import steps
from consumers.losses import LOSSES, Losses
from consumers.messages import MESSAGE_MAX_BYTES, Gap, Item
from consumers.relief import relieved
from instances.explorer.traces import TRACES

MAILBOX_MAX_BYTES: Final = 1024 * 1024
RELIEVED_TO: Final = 0.75
"""A full mailbox is relieved to this share, so that the work is done once for many events that follow."""
RELIEVED_TO_AT_LEAST: Final = 0.5
"""And to no less than this, where a run that many mailboxes share can go as a whole."""


class Mailbox:
    """Two queues in order of arrival: the urgent one, for alerts and answers, is sent first.

    Lists, and not deques, because most mailboxes are empty most of the time, and there are many.
    """

    __slots__ = ("conflated", "dropped", "losses", "max_bytes", "normal", "size", "untold_conflated", "urgent")

    def __init__(self, max_bytes: int = MAILBOX_MAX_BYTES, *, losses: Losses = LOSSES) -> None:
        self.max_bytes = max_bytes
        self.losses = losses
        """Of all mailboxes of the process together."""
        self.urgent: list[Item] = []
        self.normal: list[Item] = []
        self.size = 0
        """Bytes of all that waits."""
        self.dropped = 0
        self.conflated = 0
        self.untold_conflated: Counter[str] | None = None
        """Of each stream, those conflated that the client hasn't been told of. None: as most mailboxes are."""

    def __bool__(self) -> bool:
        return bool(self.urgent or self.normal)

    def put(self, item: Item, *, urgent: bool = False) -> bool:
        """Take the item in; False says that the mailbox is full of what must not be dropped."""
        (self.urgent if urgent else self.normal).append(item)
        self.size += item.size
        return self.size <= self.max_bytes or self._relieve()

    def take(self) -> list[Item]:
        """Return what goes into the next message, at most 256 KiB of it, and let go of it."""
        queue = self.urgent or self.normal
        size = count = 0
        for item in queue:
            size += item.size + 1
            if size > MESSAGE_MAX_BYTES and count:
                break
            count += 1
        items = queue[:count]
        del queue[:count]
        self.size -= sum(item.size for item in items)
        return items

    def clear(self) -> None:
        self.urgent, self.normal, self.size = [], [], 0

    def _relieve(self) -> bool:
        """Give up events until the mailbox is at three quarters or less; False where it stays over its bound."""
        relief = relieved(
            self.normal,
            must=self.size - int(self.max_bytes * RELIEVED_TO),
            may=self.size - int(self.max_bytes * RELIEVED_TO_AT_LEAST),
        )
        if relief is not None:
            self.dropped += relief.dropped.total()
            self.conflated += relief.conflated.total()
            before, self.normal = self.normal, relief.queue
            if TRACES.running:
                steps.relieved(self, before, self.normal)
            self.losses.dropped.update(relief.dropped)
            if relief.conflated:
                self.untold_conflated = (self.untold_conflated or Counter()) + relief.conflated
                self.losses.conflated.update(relief.conflated)
            # A gap that grew was counted when it began.
            self.losses.gaps.update(_gaps(self.normal) - _gaps(before))
            self.size = sum(item.size for item in self.urgent) + sum(item.size for item in self.normal)
        return self.size <= self.max_bytes


def _gaps(queue: list[Item]) -> Counter[str]:
    return Counter(item.stream for item in queue if isinstance(item, Gap))
