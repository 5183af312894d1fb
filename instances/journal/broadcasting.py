"""From a numbered step to the channel layer, in order; a layer that is out holds up nobody."""

import asyncio
import logging
import queue
import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from django.db import Error, connections

from instances.batch import Carried, in_messages
from instances.error_codes import Refusal
from instances.explorer import steps
from instances.explorer.traces import TRACES
from instances.groups import group_of
from instances.journal.numbering import Step
from instances.journal.reading import carried
from instances.journal.router import ALIAS
from instances.spec import InstanceSpec
from instances.supervisor import home

logger = logging.getLogger(__name__)

WAITING_STEPS_MAX: Final = 10
"""Each is of a thousand entries at most."""
WAITING_MESSAGES_MAX: Final = 200
"""Each is of 240 KiB at most. Beyond either, readers find the events in the journal at the next beat."""
IDLE_SECONDS: Final = 60.0
"""Without a step for so long, the thread ends, and its connection with it."""


class Broadcaster:
    """Makes messages of steps in a thread of its own, which the next step needn't wait for, and has them sent in order
    on the loop of this process's instances."""

    def __init__(self) -> None:
        self.dropped_messages = 0
        self.dropped_steps = 0
        self._steps: queue.SimpleQueue[tuple[InstanceSpec, Step]] = queue.SimpleQueue()
        self._waiting_steps = 0
        self._changing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._waiting_messages = 0
        self._turn: asyncio.Lock | None = None

    def send(self, spec: InstanceSpec, step: Step) -> None:
        """Have the step's events sent, each stream's to its group; returns at once.

        A process that has no home for the instances sends nothing: the serving process finds them in the journal.
        """
        if TRACES.running:
            steps.numbered(spec, step)
        if home() is None:
            return
        with self._changing:
            if self._waiting_steps >= WAITING_STEPS_MAX:
                self.dropped_steps += 1
                logger.warning("%d entries of %s are not broadcast: too many wait.", len(step.entries), spec.name)
                return
            self._waiting_steps += 1
            self._steps.put((spec, step))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="broadcaster", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                spec, step = self._steps.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with self._changing:
                    if self._waiting_steps:
                        continue
                    self._thread = None
                connections[ALIAS].close()
                return
            try:
                self._hand_over(spec, _messages(spec, step))
            except Exception:
                # They are on record, where readers find them; the next step must not suffer.
                logger.exception("%d entries of %s were not broadcast.", len(step.entries), spec.name)
            finally:
                with self._changing:
                    self._waiting_steps -= 1

    def _hand_over(self, spec: InstanceSpec, messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
        here = home()
        if here is None or here.loop.is_closed():
            return
        with self._changing:
            full = self._waiting_messages + len(messages) > WAITING_MESSAGES_MAX
            if not full:
                self._waiting_messages += len(messages)
        if full:
            self.dropped_messages += len(messages)
            logger.warning("%d messages of %s are not broadcast: too many wait for Redis.", len(messages), spec.name)
            return
        asyncio.run_coroutine_threadsafe(self._send(spec.delivery.layer, messages), here.loop)

    async def _send(self, layer: str, messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
        here = home()
        if self._turn is None:
            self._turn = asyncio.Lock()
        # A lock of asyncio is fair, so what was given first is sent first.
        async with self._turn:
            try:
                for group, message in messages:
                    if here is not None:
                        with here.broker.turns.urgent():
                            await here.broker.send(layer, group, message)
            except Refusal as refusal:
                # They are on record: who follows finds them there, at the next event or heartbeat.
                logger.warning("Events of the journal were not broadcast: %s", refusal.message)
            finally:
                with self._changing:
                    self._waiting_messages -= len(messages)


def _messages(spec: InstanceSpec, step: Step) -> list[tuple[str, dict[str, Any]]]:
    rows = [
        (each.id, each.index, each.stream, each.offset, each.topic, each.event_type, each.severity, each.body)
        for each in step.entries
    ]
    runs: dict[str, list[tuple[int, Carried]]] = defaultdict(list)
    try:
        events = carried(spec, step.epoch, rows, using=ALIAS)
    except Error:
        # A connection that was closed since the last step says so only now.
        connections[ALIAS].close()
        events = carried(spec, step.epoch, rows, using=ALIAS)
    for entry, event in zip(step.entries, events, strict=True):
        runs[entry.stream].append((entry.offset, event))
    return [
        (group_of(stream), message)
        for stream, run in runs.items()
        for message in in_messages(stream, step.epoch, run[0][0], [event for _, event in run])
    ]
