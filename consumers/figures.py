"""The figures of every serving process: each pins its own to the board once a second, and reads those of all."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct

from consumers.losses import LOSSES, by_instance
from instances.broker import Broker, Unavailable
from instances.keeper import Keeper
from instances.supervisor import instances

logger = logging.getLogger(__name__)

PIN_SECONDS: Final = 1.0
SILENT_SECONDS: Final = 5.0
"""A process that wasn't heard from for so long isn't taken for running; its figures count no more."""


class InstanceFigures(Struct, frozen=True):
    """How an instance fares in one process. Counts are since the process started."""

    up: bool
    refused: int = 0
    failed: int = 0
    waiting: int = 0
    subscribers: int = 0
    dropped: int = 0
    conflated: int = 0
    gaps: int = 0
    closed: int = 0
    published_bytes: int = 0
    """Broadcast by this process, as subscribers get them; 0 for evidence and alerts, which others number and send."""


class SubscriberFigures(Struct, frozen=True):
    """How far one subscriber is behind; of each process, those that are most."""

    id: str
    principal: str
    events_behind: int
    seconds_behind: float
    """Since the oldest event that waits came here."""
    bytes_queued: int
    delivered: int
    dropped: int
    conflated: int
    acknowledged_seconds_ago: float | None = None
    """None for one that doesn't acknowledge."""
    processing_seconds: float | None = None
    """From the passing of an event to its acknowledgement, as measured last."""


class ProcessFigures(Struct, frozen=True):
    """What one process tells of itself. Other versions of the hub may read it: add, and give what is new a default."""

    name: str
    version: str
    started_ms: int
    connections: int
    queued_bytes: int
    breaker: str
    instances: dict[str, InstanceFigures]
    healed: int = 0
    """Events that did not arrive by themselves and were read from history."""
    pump_age_seconds: float | None = None
    """Since the pump that has heard nothing for longest heard something; None where none ever did."""
    slowest: tuple[SubscriberFigures, ...] = ()


def instance_figures(*, follows: Mapping[str, bool], subscribers: Mapping[str, int]) -> dict[str, InstanceFigures]:
    """Return how each instance fares in this process; `follows` tells whether its pump runs."""
    dropped, conflated = by_instance(LOSSES.dropped), by_instance(LOSSES.conflated)
    gaps, closed = by_instance(LOSSES.gaps), by_instance(LOSSES.closed)
    figures = {}
    for name, instance in instances().items():
        live = instance.snapshot()
        figures[name] = InstanceFigures(
            up=live["up"] and follows[name],
            refused=live["refused"],
            failed=live["failed"],
            waiting=live["waiting"],
            subscribers=subscribers[name],
            dropped=dropped[name],
            conflated=conflated[name],
            gaps=gaps[name],
            closed=closed[name],
            published_bytes=instance.published_bytes,
        )
    return figures


@dataclass(frozen=True, slots=True)
class Told:
    """A process's figures, and how long ago it told them."""

    figures: ProcessFigures
    age_seconds: float
    here: bool = False
    """Whether it is the process that was asked."""

    @property
    def up(self) -> bool:
        return self.age_seconds <= SILENT_SECONDS


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(ProcessFigures).decode


class Exchange:
    """Of one process: tells the others how it fares, and remembers what they told. Runs on the hub's loop."""

    def __init__(
        self, broker: Broker, own: Callable[[], ProcessFigures], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._broker = broker
        self._own = own
        self._clock = clock
        self._mine = own()
        self._others: Mapping[str, Told] = {}
        self._read_at_seconds = clock()
        self._keeper: Keeper | None = None

    def start(self) -> None:
        self._keeper = Keeper("exchange of figures", self._run)

    async def stop(self) -> None:
        """Take this process's figures back: it ends on purpose, and is not to look as if it had died."""
        if self._keeper is not None:
            await self._keeper.stop()
        try:
            await self._broker.take_down(self._mine.name)
        except Unavailable as refusal:
            logger.info("This process could not take its leave of the others: %s", refusal.message)

    def told(self) -> list[Told]:
        """Return what every process last told, in the order of their names. Any thread may ask."""
        since_seconds = self._clock() - self._read_at_seconds
        others = [Told(each.figures, each.age_seconds + since_seconds) for each in self._others.values()]
        return sorted([Told(self._mine, 0.0, here=True), *others], key=_name)

    async def turn(self) -> None:
        """Tell and read once. While the broker is out, this process knows itself, and the others grow silent."""
        mine = self._mine = self._own()
        try:
            notes = await self._broker.pin(mine.name, _encode(mine))
        except Unavailable:
            return
        others = {}
        for name, note in notes.items():
            if name != mine.name:
                try:
                    others[name] = Told(_decode(note.text), note.age_seconds)
                except msgspec.DecodeError:
                    logger.debug("The figures of %s can't be read; it may be of another version.", name)
        self._others, self._read_at_seconds = others, self._clock()

    async def _run(self) -> None:
        while True:
            await self.turn()
            await asyncio.sleep(PIN_SECONDS)


def _name(told: Told) -> str:
    return told.figures.name
