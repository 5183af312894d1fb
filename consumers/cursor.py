"""How far a process has come in a stream: puts what arrives in order, and tells what doesn't come."""

from dataclasses import dataclass, field
from typing import Final

from instances.batch import Batch
from instances.streams import Position

HELD_BATCHES_MAX: Final = 200
"""Waiting for what should come before them; with more, what is missing is told at once."""


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


@dataclass(slots=True)
class Cursor:
    """One for each stream that the process follows. `head` is the last event passed on, or told as missing."""

    stream: str
    head: Position
    last_topic: str | None = None
    _held: dict[int, Batch] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Whether batches are held back for what should come before them."""
        return bool(self._held)

    def accept(self, batch: Batch) -> list[Batch | Hole]:
        """Return what can be passed on now, in order. Publishers in several processes may be heard out of order."""
        passed: list[Batch | Hole] = []
        if batch.epoch != self.head.epoch:
            passed += self.give_up()
            passed.append(
                Hole(
                    stream=self.stream,
                    epoch=self.head.epoch,
                    first=self.head.offset + 1,
                    last=None,
                    following=Position(batch.epoch, batch.first - 1),
                    reason="epoch",
                )
            )
            self.head = Position(batch.epoch, batch.first - 1)
        if batch.first > self.head.offset + 1:
            self._held[batch.first] = batch
            return passed + (self.give_up() if len(self._held) > HELD_BATCHES_MAX else [])
        self._pass(batch, passed)
        self._pass_held(passed)
        return passed

    def give_up(self) -> list[Batch | Hole]:
        """Return the batches held back, with a hole for what never came before them."""
        passed: list[Batch | Hole] = []
        while self._held:
            first = min(self._held)
            passed.append(
                Hole(
                    stream=self.stream,
                    epoch=self.head.epoch,
                    first=self.head.offset + 1,
                    last=first - 1,
                    following=Position(self.head.epoch, first - 1),
                    reason="lost",
                )
            )
            self.head = Position(self.head.epoch, first - 1)
            self._pass_held(passed)
        return passed

    def _pass_held(self, passed: list[Batch | Hole]) -> None:
        while self._held:
            first = min(self._held)
            if first > self.head.offset + 1:
                return
            self._pass(self._held.pop(first), passed)

    def _pass(self, batch: Batch, passed: list[Batch | Hole]) -> None:
        """Pass the batch on, but for what was passed on, or told as missing, already."""
        known = self.head.offset + 1 - batch.first
        if known >= len(batch.events):
            return
        if known > 0:
            batch = Batch(batch.stream, batch.epoch, self.head.offset + 1, batch.events[known:])
        self.head = Position(batch.epoch, batch.last)
        self.last_topic = batch.events[-1].topic
        passed.append(batch)
