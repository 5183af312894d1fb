"""What waits for one connection: bounded in bytes, and relieved as the delivery classes say."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Final

from consumers.losses import LOSSES, Losses
from consumers.messages import MESSAGE_MAX_BYTES, Event, Gap, Item, Run, runs_of
from instances.spec import Overflow

MAILBOX_MAX_BYTES: Final = 1024 * 1024
RELIEVED_TO: Final = 0.75
"""A full mailbox is relieved to this share, so that the work is done once for many events that follow."""


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
        """Give up events until the mailbox is at three quarters; False where that isn't enough to be within bounds.

        1. Take the waiting events by their class's turn: debug, firehose, state; the others have none.
        2. Give up one class after the other, in the order that its overflow policy names, until it is enough.
        3. Write the queue anew: a gap stands where events of a stream are missing; conflated ones leave none.
        """
        excess = self.size - int(self.max_bytes * RELIEVED_TO)
        waiting: dict[int, list[Event]] = {}
        for item in self.normal:
            if isinstance(item, Run):
                turn = item.events[0].delivery.gives_up
                if turn is not None:
                    waiting.setdefault(turn, []).extend(item.events)
        dropped: set[Event] = set()
        conflated: set[Event] = set()
        for turn in sorted(waiting):
            events = waiting[turn]
            overflow = events[0].delivery.overflow
            if overflow is Overflow.CONFLATE:
                superseded = _superseded(events)
                conflated.update(superseded)
                excess -= sum(event.size for event in superseded)
            for event in _IN_ORDER[overflow](events):
                if excess <= 0:
                    break
                if event not in conflated:
                    dropped.add(event)
                    excess -= event.size
            if excess <= 0:
                break
        if dropped or conflated:
            self.dropped += len(dropped)
            self.conflated += len(conflated)
            before, self.normal = self.normal, _rewritten(self.normal, dropped, conflated)
            self.losses.dropped.update(event.stream for event in dropped)
            if conflated:
                by_stream = Counter(event.stream for event in conflated)
                self.untold_conflated = (self.untold_conflated or Counter()) + by_stream
                self.losses.conflated.update(by_stream)
            # A gap that grew was counted when it began.
            self.losses.gaps.update(_gaps(self.normal) - _gaps(before))
            self.size = sum(item.size for item in self.urgent) + sum(item.size for item in self.normal)
        return self.size <= self.max_bytes


def _superseded(events: list[Event]) -> list[Event]:
    """Return the events that a newer one with the same topic and type makes needless."""
    newest: set[tuple[str, str, str]] = set()
    superseded = []
    for event in reversed(events):
        key = (event.stream, event.topic, event.event_type)
        if key in newest:
            superseded.append(event)
        newest.add(key)
    return superseded


_IN_ORDER: Final[dict[Overflow, Callable[[list[Event]], Iterable[Event]]]] = {
    Overflow.DROP_NEWEST: reversed,
    # Sorting keeps the order of arrival among equals, so the oldest of the least grave go first.
    Overflow.DROP_OLDEST: lambda events: sorted(events, key=lambda event: event.severity),
    Overflow.CONFLATE: lambda events: events,
}


def _rewritten(queue: list[Item], dropped: set[Event], conflated: set[Event]) -> list[Item]:
    kept: list[Event | Item] = []
    open_gaps: dict[str, int] = {}
    """Where in `kept` the last gap of a stream stands, as long as nothing that tells of the stream came after it."""

    def miss(gap: Gap) -> None:
        place = open_gaps.get(gap.stream)
        earlier = None if place is None else kept[place]
        if (
            place is not None
            and isinstance(earlier, Gap)
            and (earlier.epoch, earlier.reason, earlier.sub) == (gap.epoch, gap.reason, gap.sub)
            and earlier.last is not None
        ):
            kept[place] = earlier.extended(gap)
        else:
            open_gaps[gap.stream] = len(kept)
            kept.append(gap)

    for item in queue:
        if isinstance(item, Gap):
            miss(item)
        elif isinstance(item, Run):
            if dropped.isdisjoint(item.events) and conflated.isdisjoint(item.events):
                # Most runs stay as they are: to make them anew for each slow reader would hold up everybody else.
                for stream in {event.stream for event in item.events}:
                    open_gaps.pop(stream, None)
                kept.append(item)
                continue
            for left in _left_of(item.events, dropped, conflated):
                if isinstance(left, Gap):
                    miss(left)
                else:
                    open_gaps.pop(left.stream, None)
                    kept.append(left)
        else:
            # It may tell positions, which must not stand behind a gap that reaches beyond them.
            open_gaps.clear()
            kept.append(item)

    return _in_runs(kept)


def _in_runs(kept: Sequence[Event | Item]) -> list[Item]:
    items: list[Item] = []
    for is_event, group in groupby(kept, key=lambda entry: isinstance(entry, Event)):
        entries = list(group)
        if is_event:
            events = [entry for entry in entries if isinstance(entry, Event)]
            for _, alike in groupby(events, key=lambda event: event.delivery.name):
                items += runs_of(list(alike))
        else:
            items += [entry for entry in entries if not isinstance(entry, Event)]
    return items


def _left_of(events: Sequence[Event], dropped: set[Event], conflated: set[Event]) -> list[Event | Gap]:
    """Return what is left of a run's events, with one gap for those in a row that were given up."""
    left: list[Event | Gap] = []
    row: list[Event] = []
    for event in events:
        if row and (event not in dropped or (event.stream, event.epoch) != (row[0].stream, row[0].epoch)):
            if event in conflated:
                continue
            left.append(_missed(row))
            row = []
        if event in dropped:
            row.append(event)
        elif event not in conflated:
            left.append(event)
    if row:
        left.append(_missed(row))
    return left


def _gaps(queue: list[Item]) -> Counter[str]:
    return Counter(item.stream for item in queue if isinstance(item, Gap))


def _missed(events: Sequence[Event]) -> Gap:
    """Return the gap for events of one stream that were given up in a row."""
    first, last = events[0], events[-1]
    return Gap(
        stream=first.stream,
        epoch=first.epoch,
        first=first.offset,
        last=last.offset,
        following=f"{last.epoch}:{last.offset}",
        lost=len(events),
        reason="slow",
    )
