"""From a numbered step to the channel layer, in order; a layer that is out holds up nobody."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from instances.batch import Carried, in_messages
from instances.error_codes import Refusal
from instances.groups import group_of
from instances.journal.numbering import Step
from instances.journal.reading import carried
from instances.journal.router import ALIAS
from instances.spec import InstanceSpec
from instances.supervisor import home

logger = logging.getLogger(__name__)

WAITING_MESSAGES_MAX: Final = 200
"""Each is of 240 KiB at most. Beyond it they are dropped: readers find the events in the journal at the next beat."""


class Broadcaster:
    """Sends from one thread to the loop of this process's instances, and has them sent one after the other."""

    def __init__(self) -> None:
        self.dropped_messages = 0
        self._waiting = 0
        self._turn: asyncio.Lock | None = None

    def send(self, spec: InstanceSpec, step: Step) -> None:
        """Have the step's events sent, each stream's to its group; returns at once.

        A process that has no home for the instances sends nothing: the serving process finds them in the journal.
        """
        here = home()
        if here is None or here.loop.is_closed():
            return
        messages = _messages(spec, step)
        if self._waiting + len(messages) > WAITING_MESSAGES_MAX:
            self.dropped_messages += len(messages)
            logger.warning("%d messages of %s are not broadcast: too many wait for Redis.", len(messages), spec.name)
            return
        self._waiting += len(messages)
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
                self._waiting -= len(messages)


def _messages(spec: InstanceSpec, step: Step) -> list[tuple[str, dict[str, Any]]]:
    rows = [
        (each.id, each.index, each.stream, each.offset, each.topic, each.event_type, each.severity, each.body)
        for each in step.entries
    ]
    runs: dict[str, list[tuple[int, Carried]]] = defaultdict(list)
    for entry, event in zip(step.entries, carried(spec, step.epoch, rows, using=ALIAS), strict=True):
        runs[entry.stream].append((entry.offset, event))
    return [
        (group_of(stream), message)
        for stream, run in runs.items()
        for message in in_messages(stream, step.epoch, run[0][0], [event for _, event in run])
    ]
