"""What a full mailbox gives up: events of the classes that may go, in the order that their overflow policies name.

Runs are shared by many mailboxes, and a flood fills all of those that don't read at once. So what is left of a run is
worked out once, kept with it, and found there by the next mailbox; and a run is rather given up as a whole than cut
where one mailbox has enough, because the two ends would be this mailbox's alone.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from consumers.messages import Event, Gap, Item, Run, runs_of
from instances.spec import Overflow


class Left(NamedTuple):
    """What is left of a run, with gaps in the places of what was dropped; conflated events leave none."""

    items: tuple[Run | Gap, ...]
    dropped: Counter[str]
    """How many events of each stream went, and are told as missing."""
    conflated: Counter[str]
    """How many newer ones replaced."""


Lefts = dict[Run, Left]


class Relief(NamedTuple):
    """A queue written anew."""

    queue: list[Item]
    dropped: Counter[str]
    conflated: Counter[str]


class Excess:
    """How many bytes are to go, and how many may, so that a run needn't be cut."""

    __slots__ = ("may", "must")

    def __init__(self, *, must: int, may: int) -> None:
        self.must = must
        self.may = may

    def __bool__(self) -> bool:
        return self.must > 0

    def take(self, size: int) -> None:
        self.must -= size
        self.may -= size


def relieved(queue: Sequence[Item], *, must: int, may: int) -> Relief | None:
    """Return the queue without events of so many bytes at least and at most, or None where nothing in it may go.

    1. Take the waiting runs by their class's turn: debug, firehose, state; the others have none.
    2. Give up one class after the other, in the order that its overflow policy names, until it is enough.
    3. Write the queue anew: a gap stands where events of a stream are missing; conflated ones leave none.
    """
    waiting: dict[tuple[int, Overflow], list[Run]] = {}
    for item in queue:
        if isinstance(item, Run) and (turn := item.events[0].delivery.gives_up) is not None:
            waiting.setdefault((turn, item.events[0].delivery.overflow), []).append(item)
    lefts: Lefts = {}
    excess = Excess(must=must, may=may)
    # Within a turn the instances of which an operator wants other events dropped come by themselves.
    for turn_and_overflow in sorted(waiting):
        if excess:
            _GIVE_UP[turn_and_overflow[1]](waiting[turn_and_overflow], excess, lefts)
    if not lefts:
        return None
    dropped: Counter[str] = Counter()
    conflated: Counter[str] = Counter()
    for left in lefts.values():
        dropped.update(left.dropped)
        conflated.update(left.conflated)
    return Relief(rewritten(queue, lefts), dropped, conflated)


# --- The overflow policies: each notes what it leaves of which run


def _oldest_of_the_least_grave(runs: Sequence[Run], excess: Excess, lefts: Lefts) -> None:
    """Give up one severity after the other, and of the last that it takes only the oldest."""
    weights: Counter[int] = Counter()
    for run in runs:
        weights.update(run.weights)
    below = 0
    cut = -1
    for cut in sorted(weights):
        if below + weights[cut] >= excess.must:
            break
        below += weights[cut]
    else:
        # All of it isn't enough, so all of it goes.
        cut += 1
    excess.take(below)
    for run in runs:
        of_cut = run.weights.get(cut, 0) if excess else 0
        if of_cut > excess.may:
            lefts[run] = left_of(run, _until_enough(run.events, cut, excess), set())
            continue
        excess.take(of_cut)
        level = cut + 1 if of_cut else cut
        if min(run.weights) < level:
            lefts[run] = _left_above(run, level)


def _until_enough(events: Sequence[Event], cut: int, excess: Excess) -> set[Event]:
    """Return the events of less than that severity, and the first of it until it is enough."""
    going = set()
    for event in events:
        if event.severity < cut:
            going.add(event)
        elif event.severity == cut and excess:
            going.add(event)
            excess.take(event.size)
    return going


def _newest(runs: Sequence[Run], excess: Excess, lefts: Lefts) -> None:
    for run in reversed(runs):
        if not excess:
            break
        if run.size <= excess.may:
            lefts[run] = _left_above(run, max(run.weights) + 1)
            excess.take(run.size)
            continue
        going = set()
        for event in reversed(run.events):
            if excess:
                going.add(event)
                excess.take(event.size)
        lefts[run] = left_of(run, going, set())


def _superseded_then_oldest(runs: Sequence[Run], excess: Excess, lefts: Lefts) -> None:
    """Let go of what a newer event of the same topic and type makes needless; if that isn't enough, of the oldest."""
    conflated: set[Event] = set()
    newest: set[tuple[str, str, str]] = set()
    for run in reversed(runs):
        for event in reversed(run.events):
            key = (event.stream, event.topic, event.event_type)
            if key in newest:
                conflated.add(event)
                excess.take(event.size)
            newest.add(key)
    dropped: set[Event] = set()
    for run in runs:
        for event in run.events if excess else ():
            if excess and event not in conflated:
                dropped.add(event)
                excess.take(event.size)
        if not conflated.isdisjoint(run.events) or not dropped.isdisjoint(run.events):
            lefts[run] = left_of(run, dropped, conflated)


_GIVE_UP: Final[dict[Overflow, Callable[[Sequence[Run], Excess, Lefts], None]]] = {
    Overflow.DROP_NEWEST: _newest,
    Overflow.DROP_OLDEST: _oldest_of_the_least_grave,
    Overflow.CONFLATE: _superseded_then_oldest,
}


def _left_above(run: Run, level: int) -> Left:
    """Return what is left of a run without the events below that severity."""
    level = min(level, max(run.weights) + 1)
    if run.left is None:
        run.left = {}
    left: Left | None = run.left.get(level)
    if left is None:
        left = run.left[level] = left_of(run, {event for event in run.events if event.severity < level}, set())
    return left


def left_of(run: Run, dropped: set[Event], conflated: set[Event]) -> Left:
    """Return what is left of a run's events, with one gap for those in a row that were given up."""
    kept: list[Event | Gap] = []
    row: list[Event] = []
    for event in run.events:
        if row and (event not in dropped or (event.stream, event.epoch) != (row[0].stream, row[0].epoch)):
            if event in conflated:
                continue
            kept.append(_missed(row))
            row = []
        if event in dropped:
            row.append(event)
        elif event not in conflated:
            kept.append(event)
    if row:
        kept.append(_missed(row))
    items: list[Run | Gap] = []
    for is_event, group in groupby(kept, key=lambda entry: isinstance(entry, Event)):
        if is_event:
            items += runs_of([entry for entry in group if isinstance(entry, Event)], at=run.at)
        else:
            items += [entry for entry in group if isinstance(entry, Gap)]
    return Left(
        tuple(items),
        Counter(event.stream for event in run.events if event in dropped),
        Counter(event.stream for event in run.events if event in conflated),
    )


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


# --- The queue, written anew


def rewritten(queue: Sequence[Item], lefts: Lefts) -> list[Item]:
    """Return the queue with what is left of its runs; gaps between which nothing of their stream is told become one."""
    kept: list[Item] = []
    open_gaps: dict[str, int] = {}
    """Where in `kept` the last gap of a stream stands, as long as nothing that tells of the stream came after it."""

    def keep(item: Item) -> None:
        if isinstance(item, Gap):
            place = open_gaps.get(item.stream)
            earlier = None if place is None else kept[place]
            if place is not None and isinstance(earlier, Gap) and _go_together(earlier, item):
                kept[place] = earlier.extended(item)
                return
            open_gaps[item.stream] = len(kept)
        elif isinstance(item, Run):
            for stream in item.streams:
                open_gaps.pop(stream, None)
        else:
            # It may tell positions, which must not stand behind a gap that reaches beyond them.
            open_gaps.clear()
        kept.append(item)

    for item in queue:
        left = lefts.get(item) if isinstance(item, Run) else None
        if left is None:
            keep(item)
        else:
            for piece in left.items:
                keep(piece)
    return kept


def _go_together(earlier: Gap, later: Gap) -> bool:
    alike = (earlier.epoch, earlier.reason, earlier.sub) == (later.epoch, later.reason, later.sub)
    return alike and earlier.last is not None
