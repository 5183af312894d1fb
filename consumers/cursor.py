"""How far a process has come in a stream: puts what arrives in order, and tells what doesn't come."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from instances.batch import Batch
from instances.streams import Position, Slice

HELD_BATCHES_MAX: Final = 200
"""Waiting for what should come before them; with more, they are let go, and read from history in their turn."""
RECENT_EVENTS_MAX: Final = 2_000
"""What a resuming subscriber finds here, so that it can pass from history to live without a hole."""
_EPOCHS_LEFT_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Hole:
    """Offsets that did not arrive, or an epoch whose end is not known."""

    stream: str
    epoch: str
    first: int
    last: int | None
    following: Position
    """The position to go on from."""
    reason: str


Passed = list[Batch | Hole]


@dataclass(slots=True)
class Cursor:
    """One for each stream that the process follows. `head` is the last event passed on, or told as missing."""

    stream: str
    head: Position
    taps: int = 0
    """How many resuming subscribers need the recent batches."""
    _held: dict[int, Batch] = field(default_factory=dict)
    _ahead: list[Batch] = field(default_factory=list)
    """Of an epoch that has not begun here."""
    _let_go: Position | None = None
    """Where the last of those ended that were too many to be held."""
    _left: deque[str] = field(default_factory=lambda: deque(maxlen=_EPOCHS_LEFT_MAX))
    _recent: deque[Batch] = field(default_factory=deque)
    _recent_events: int = 0

    @property
    def waits(self) -> bool:
        """Whether batches are held back for what should come before them."""
        return bool(self._held or self._ahead) or (self._let_go is not None and not self.reached(self._let_go))

    def reached(self, position: Position) -> bool:
        """Tell whether the position lies behind, or in an epoch that does."""
        if position.epoch == self.head.epoch:
            return self.head.offset >= position.offset
        return position.epoch in self._left

    def accept(self, batch: Batch) -> Passed:
        """Return what can be passed on now, in order. Publishers in several processes may be heard out of order."""
        passed: Passed = []
        if batch.epoch != self.head.epoch:
            # What comes late of an earlier epoch is told as missing already. Names of epochs sort by when they began;
            # one that a slow clock named is found in the history, at the next beat.
            if batch.epoch > self.head.epoch:
                self._ahead.append(batch)
        elif batch.first > self.head.offset + 1:
            self._held[batch.first] = batch
        else:
            self._pass(batch, passed)
            self._pass_held(passed)
        if len(self._held) + len(self._ahead) > HELD_BATCHES_MAX:
            # The history has what was broadcast: holding it only spares reading it.
            last = self._ahead[-1] if self._ahead else max(self._held.values(), key=lambda held: held.first)
            self._let_go = Position(last.epoch, last.last)
            self._held.clear()
            self._ahead.clear()
        return passed

    def fill(self, kept: Slice) -> Passed:
        """Return what can be passed on with a stretch of history that was read from the head on, or from before it.

        1. Where the history begins later than the head, or has nothing more, what lies between is gone from it.
        2. Where an epoch has ended, the next one begins.
        """
        passed: Passed = []
        batch = kept.batch
        if batch is not None:
            if batch.epoch == self.head.epoch and batch.last > self.head.offset:
                self._held[batch.first] = batch
                self._pass_held(passed)
                self._miss_evicted(batch.last, passed)
            return passed
        if kept.end is not None:
            self._miss_evicted(kept.end, passed)
        if kept.following is not None:
            self._begin(Position(kept.following, 0), passed)
        return passed

    def give_up(self) -> Passed:
        """Return the batches held back, with a hole for what never came before them."""
        passed: Passed = []
        while self._held or self._ahead:
            if self._held:
                self._miss_up_to(min(self._held) - 1, passed, reason="lost")
            else:
                epoch = self._ahead[0].epoch
                first = min(batch.first for batch in self._ahead if batch.epoch == epoch)
                self._begin(Position(epoch, first - 1), passed)
        ended, self._let_go = self._let_go, None
        if ended is not None and ended.epoch == self.head.epoch and ended.offset > self.head.offset:
            self._miss_up_to(ended.offset, passed, reason="lost")
        return passed

    # --- for those who resume ------------------------------------------------------------------------------------

    def tap(self) -> None:
        """Keep recent batches until `untap`."""
        self.taps += 1

    def untap(self) -> None:
        self.taps -= 1
        if not self.taps:
            self._forget_recent()

    def since(self, position: Position) -> list[Batch] | None:
        """Return all that was passed on after the position, or None where that isn't known here."""
        if position.epoch != self.head.epoch:
            return None
        if position.offset >= self.head.offset:
            return []
        if not self._recent or self._recent[0].first > position.offset + 1:
            return None
        return [after(batch, position.offset) for batch in self._recent if batch.last > position.offset]

    def _remember(self, batch: Batch) -> None:
        self._recent.append(batch)
        self._recent_events += len(batch.events)
        while self._recent_events > RECENT_EVENTS_MAX and len(self._recent) > 1:
            self._recent_events -= len(self._recent.popleft().events)

    def _forget_recent(self) -> None:
        self._recent.clear()
        self._recent_events = 0

    # --- moving on -----------------------------------------------------------------------------------------------

    def _begin(self, position: Position, passed: Passed) -> None:
        """Go over to another epoch. Nobody knows for certain where the one before ended."""
        passed.append(
            Hole(
                stream=self.stream,
                epoch=self.head.epoch,
                first=self.head.offset + 1,
                last=None,
                following=position,
                reason="epoch",
            )
        )
        self._left.append(self.head.epoch)
        self._held.clear()
        self._forget_recent()
        self.head = position
        ahead, self._ahead = self._ahead, []
        for batch in ahead:
            if batch.epoch == position.epoch:
                self._held[batch.first] = batch
            elif batch.epoch > position.epoch:
                self._ahead.append(batch)
        self._pass_held(passed)

    def _miss_evicted(self, last: int, passed: Passed) -> None:
        """Tell what the history has no more, up to that offset, but for what is held."""
        while self.head.offset < last:
            self._miss_up_to(min([last, *(first - 1 for first in self._held)]), passed, reason="evicted")

    def _miss_up_to(self, last: int, passed: Passed, *, reason: str) -> None:
        following = Position(self.head.epoch, last)
        first = self.head.offset + 1
        passed.append(Hole(self.stream, self.head.epoch, first, last, following, reason))
        self._forget_recent()
        self.head = following
        self._pass_held(passed)

    def _pass_held(self, passed: Passed) -> None:
        while self._held:
            first = min(self._held)
            if first > self.head.offset + 1:
                return
            self._pass(self._held.pop(first), passed)

    def _pass(self, batch: Batch, passed: Passed) -> None:
        """Pass the batch on, but for what was passed on, or told as missing, already."""
        if batch.last <= self.head.offset:
            return
        batch = after(batch, self.head.offset)
        self.head = Position(batch.epoch, batch.last)
        passed.append(batch)
        if self.taps:
            self._remember(batch)


def after(batch: Batch, offset: int) -> Batch:
    """Return what the batch has after that offset."""
    known = offset + 1 - batch.first
    return batch if known <= 0 else Batch(batch.stream, batch.epoch, offset + 1, batch.events[known:])
