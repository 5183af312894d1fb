"""The writing end of one instance: counts what was published, in order, and hands it to the channel layer."""

import asyncio
import concurrent.futures
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from instances.batch import Carried, in_messages
from instances.broker import Broker
from instances.error_codes import Refusal
from instances.event import Prepared
from instances.groups import group_of, stream_of
from instances.spec import InstanceSpec
from instances.streams import Append, Position

MAX_WAITING_EVENTS: Final = 20_000
"""Per instance; a publisher beyond it is refused with `too_many_requests` instead of growing the process."""
MAX_STEP_EVENTS: Final = 2_000
"""Counted in one step; the rest waits for the next, so that no step holds the loop for long."""

# A publisher that has run out of patience cancels its future, in a thread of its own at any moment.
_NOBODY_WAITS: Final = (asyncio.InvalidStateError, concurrent.futures.InvalidStateError)

Answer = asyncio.Future[list[Position]] | concurrent.futures.Future[list[Position]]


@dataclass(slots=True)
class Publication:
    """Events that are accepted together, and whom to tell where they stand."""

    events: list[Prepared]
    answer: Answer


class LaneFull(Refusal):
    """More was published than could be counted and sent."""

    def __init__(self, *, instance: str, waiting_events: int) -> None:
        super().__init__(
            "too_many_requests",
            f"{waiting_events:,} events wait to enter {instance} already; slow down and try again.",
        )


@dataclass(slots=True)
class Lane:
    """One for each instance, so that none waits behind another. All calls belong on its event loop."""

    spec: InstanceSpec
    broker: Broker
    waiting_events: int = 0
    published_events: int = 0
    published_bytes: int = 0
    failed_events: int = 0
    _waiting: list[Publication] = field(default_factory=list)
    _in_step: list[Publication] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

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
                self._in_step = self._next_step()
                try:
                    answers = await self._advance(self._in_step)
                except Refusal as refusal:
                    self._refuse(self._in_step, refusal)
                else:
                    for publication, positions in zip(self._in_step, answers, strict=True):
                        with suppress(*_NOBODY_WAITS):
                            publication.answer.set_result(positions)
                self._in_step = []

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

    async def _advance(self, step: list[Publication]) -> list[list[Position]]:
        """Count and broadcast.

        1. Gather the events by stream; a stream's order is the order of arrival.
        2. Count all streams in one atomic step.
        3. Give each event its wire form, now that its place is known.
        4. Send each stream's run to its group.
        """
        by_stream: defaultdict[str, list[Prepared]] = defaultdict(list)
        streams = [[stream_of(self.spec, event.topic) for event in publication.events] for publication in step]
        for publication, names in zip(step, streams, strict=True):
            for event, name in zip(publication.events, names, strict=True):
                by_stream[name].append(event)
        firsts = await self.broker.append(
            [
                Append(name, len(events), events[-1].received_ms, events[-1].topic, events[-1].event_type)
                for name, events in by_stream.items()
            ]
        )
        for (name, events), first in zip(by_stream.items(), firsts, strict=True):
            epoch, offset = first.epoch, first.offset
            run = [
                Carried(event.topic, event.event_type, event.severity, event.wire(name, epoch, offset + number))
                for number, event in enumerate(events)
            ]
            for message in in_messages(name, epoch, offset, run):
                await self.broker.send(self.spec.delivery.layer, group_of(name), message)
            self.published_events += len(run)
            self.published_bytes += sum(len(carried.wire) for carried in run)

        next_offset = {name: first.offset for name, first in zip(by_stream, firsts, strict=True)}
        epochs = {name: first.epoch for name, first in zip(by_stream, firsts, strict=True)}
        answers = []
        for names in streams:
            positions = []
            for name in names:
                positions.append(Position(epochs[name], next_offset[name]))
                next_offset[name] += 1
            answers.append(positions)
        return answers

    def _refuse(self, publications: list[Publication], refusal: Refusal) -> None:
        for publication in publications:
            self.failed_events += len(publication.events)
            with suppress(*_NOBODY_WAITS):
                publication.answer.set_exception(refusal)
