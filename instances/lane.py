"""The writing end of one instance: counts what was published, in order, and hands it to the channel layer."""

import asyncio
import concurrent.futures
import logging
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from instances import config
from instances.batch import in_messages
from instances.broker import Broker
from instances.error_codes import Refusal
from instances.event import Prepared, Signed
from instances.explorer import steps
from instances.explorer.tally import Tally, tally_of
from instances.explorer.traces import TRACES
from instances.groups import group_of
from instances.replays import Replayed
from instances.spec import InstanceSpec
from instances.streams import IdConflict, Keeps, Placed, Position
from instances.turns import PIECE_EVENTS

logger = logging.getLogger(__name__)

MAX_WAITING_EVENTS: Final = 20_000
"""Per instance; a publisher beyond it is refused with `too_many_requests` instead of growing the process."""
MAX_STEP_EVENTS: Final = 500
"""Counted in one step; the rest waits for the next, so that no step holds the loop for long."""

# A publisher that has run out of patience cancels its future, in a thread of its own at any moment.
NOBODY_WAITS: Final = (asyncio.InvalidStateError, concurrent.futures.InvalidStateError)

Run = defaultdict[str, list[tuple[Prepared, Position]]]
"""New events with their places, by stream."""
Answer = asyncio.Future[Placed] | concurrent.futures.Future[Placed]


@dataclass(slots=True, eq=False)
class Publication:
    """Events that are accepted together, and whom to tell where they stand."""

    events: list[Prepared]
    answer: Answer
    publisher: str = ""


class LaneFull(Refusal):
    """More was published than could be counted and sent."""

    def __init__(self, *, instance: str, waiting_events: int) -> None:
        super().__init__(
            "too_many_requests",
            f"{waiting_events:,} events wait to enter {instance} already; slow down and try again.",
        )
        self.retry_after_seconds = 1.0


@dataclass(slots=True)
class Lane:
    """One for each instance, so that none waits behind another. All calls belong on its event loop."""

    spec: InstanceSpec
    broker: Broker
    waiting_events: int = 0
    published_events: int = 0
    published_bytes: int = 0
    failed_events: int = 0
    keeps: Callable[[], Keeps] = field(init=False)
    """Tells how much of each of its streams is kept, as of now."""
    tally: Tally = field(init=False)
    _waiting: list[Publication] = field(default_factory=list)
    _in_step: list[Publication] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.keeps = lambda: config.effective(self.spec.name).keeps
        self.tally = tally_of(self.spec.name)

    def put(self, publication: Publication) -> None:
        """Take the publication into the queue. Raises: LaneFull."""
        if self.waiting_events + len(publication.events) > MAX_WAITING_EVENTS:
            raise LaneFull(instance=self.spec.name, waiting_events=self.waiting_events)
        self.waiting_events += len(publication.events)
        self._waiting.append(publication)
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                await self._turn(self.waiting_events)
                if self.spec.delivery.gives_way:
                    await self._step()
                else:
                    with self.broker.turns.urgent():
                        await self._step()

    async def _step(self) -> None:
        """Count and keep what waits, answer its publishers, and broadcast it."""
        self._in_step = self._next_step()
        await self._refuse_replayed()
        if not self._in_step:
            return
        try:
            answers = await self.broker.append(
                self.spec.name, [publication.events for publication in self._in_step], self.keeps()
            )
        except Refusal as refusal:
            self._refuse(self._in_step, refusal)
            return
        step, self._in_step = self._in_step, []
        await self._give_back_or_log(
            [publication for publication, answer in zip(step, answers, strict=True) if isinstance(answer, IdConflict)]
        )
        placed = self._answer(step, answers)
        try:
            await self._broadcast(placed)
        except Refusal as refusal:
            # The history has them: who follows finds them there, at the next event or heartbeat.
            logger.warning("Events of %s were kept and not broadcast: %s", self.spec.name, refusal.message)
            if TRACES.running:
                for events in placed.values():
                    steps.broadcast(self.spec, events, refusal)

    async def _refuse_replayed(self) -> None:
        """Let no signed event pass a second time; asked here, where what one publisher sent is in its order."""
        signing = [publication for publication in self._in_step if _signed(publication)]
        if not signing:
            return
        try:
            claimed = await self.broker.claim([_signed(publication) for publication in signing])
        except Refusal as refusal:
            self._drop(signing, refusal)
            return
        for publication, known in zip(signing, claimed, strict=True):
            if known:
                indices = [index for index, event in enumerate(publication.events) if event.signed is not None]
                replayed = [indices[each] for each in known]
                self._drop([publication], Replayed(replayed, [publication.events[index].id for index in replayed]))

    def _drop(self, publications: list[Publication], refusal: Refusal) -> None:
        """Take publications out of the step."""
        self._in_step = [publication for publication in self._in_step if publication not in publications]
        self._refuse(publications, refusal)

    async def _give_back_or_log(self, publications: list[Publication]) -> None:
        """Forget the signatures of what was certainly not taken, so that its good events can be sent as they are."""
        signed = [each for publication in publications for each in _signed(publication)]
        if signed:
            try:
                await self.broker.give_back(signed)
            except Refusal as refusal:
                logger.warning("Signatures of refused events are remembered all the same: %s", refusal.message)

    async def _turn(self, events: int) -> None:
        """Wait until so many events may be worked on."""
        if self.spec.delivery.gives_way and events >= PIECE_EVENTS:
            await self.broker.turns.take()

    def abandon(self, refusal: Refusal) -> None:
        """Tell everybody who waits that nothing will come of it, or that nobody knows."""
        self._refuse(self._in_step + self._waiting, refusal)
        self._in_step, self._waiting, self.waiting_events = [], [], 0

    def _next_step(self) -> list[Publication]:
        taken = count = 0
        for publication in self._waiting:
            count += len(publication.events)
            taken += 1
            if count >= MAX_STEP_EVENTS:
                break
        step, self._waiting = self._waiting[:taken], self._waiting[taken:]
        self.waiting_events -= count
        return step

    def _answer(self, step: list[Publication], answers: list[Placed | IdConflict]) -> Run:
        """Tell each publisher where its events stand, and return by stream those that are new.

        What was published before under the same id was broadcast then.
        """
        placed: Run = defaultdict(list)
        for publication, answer in zip(step, answers, strict=True):
            if isinstance(answer, IdConflict):
                self._refuse([publication], answer)
                continue
            self.tally.note(publication.publisher, publication.events, answer.repeated)
            if TRACES.running:
                steps.stored(self.spec, publication.events, publication.publisher, answer)
            for index, (event, position) in enumerate(zip(publication.events, answer.positions, strict=True)):
                if index not in answer.repeated:
                    placed[event.stream].append((event, position))
            with suppress(*NOBODY_WAITS):
                publication.answer.set_result(answer)
        return placed

    async def _broadcast(self, placed: Run) -> None:
        """Give each event its wire form, now that its place is known, and send each stream's run to its group."""
        for stream, events in placed.items():
            await self._turn(len(events))
            first = events[0][1]
            run = [event.carried(position.epoch, position.offset) for event, position in events]
            self.published_events += len(run)
            self.published_bytes += sum(len(carried.wire) for carried in run)
            for message in in_messages(stream, first.epoch, first.offset, run):
                await self.broker.send(self.spec.delivery.layer, group_of(stream), message)
            if TRACES.running:
                steps.broadcast(self.spec, events)

    def _refuse(self, publications: list[Publication], refusal: Refusal) -> None:
        for publication in publications:
            self.failed_events += len(publication.events)
            if TRACES.running:
                steps.turned_away(self.spec, publication.events, publication.publisher, refusal)
            with suppress(*NOBODY_WAITS):
                publication.answer.set_exception(refusal)


def _signed(publication: Publication) -> list[Signed]:
    return [event.signed for event in publication.events if event.signed is not None]
