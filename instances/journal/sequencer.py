"""The sequencer: one of the processes that stand by numbers what is on record, seals it, and broadcasts it."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from django.db import Error, connections

from instances.catalog import INSTANCES
from instances.journal.leading import LOOK_SECONDS, Leadership
from instances.journal.numbering import STEP_ENTRIES, Step, number, waiting_in
from instances.journal.router import ALIAS
from instances.spec import InstanceSpec

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.05
"""How soon what another process committed is found; what this one did wakes the sequencer."""
PAUSE_SECONDS: Final = 0.5
"""After an error of the database."""

JOURNALED: Final = tuple(spec for spec in INSTANCES if spec.delivery.journaled)


class Tick(Protocol):
    """What the leader does between two steps, such as signing a checkpoint that is due."""

    def tick(self) -> None: ...


class Sequencer:
    """Stands by in a thread of its own, and works while it leads.

    `send` takes each step after its commit; `between` is what else the leader does.
    """

    def __init__(
        self,
        holder: str,
        *,
        send: Callable[[InstanceSpec, Step], None],
        between: Sequence[Tick] = (),
        specs: Sequence[InstanceSpec] = JOURNALED,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.leadership = Leadership(holder, clock=clock)
        self._send = send
        self._between = between
        self._specs = specs
        self._awake = threading.Event()
        self._stop = threading.Event()

    def run(self) -> None:
        """Take turns until stopped, then let the next one lead."""
        while not self._stop.is_set():
            pause = self.turn()
            # Woken while it worked: what was committed meanwhile may have been seen or not.
            if pause:
                self._awake.wait(pause)
            self._awake.clear()
        try:
            self.leadership.give_back()
        except Error as error:
            logger.warning("The sequencer's lead was not given back, and ends by itself: %s", error)
        connections[ALIAS].close()

    def stop(self) -> None:
        """Have it end after its present step; from any thread."""
        self._stop.set()
        self._awake.set()

    def wake(self) -> None:
        """Tell it that something was committed; from any thread."""
        self._awake.set()

    def turn(self) -> float:
        """Number what waits, if this process leads, and return for how many seconds to pause."""
        try:
            if not self.leadership.take():
                return LOOK_SECONDS
            more = False
            for spec in waiting_in(self._specs):
                step = number(spec)
                if step is not None:
                    more = more or len(step.entries) >= STEP_ENTRIES
                    self._send_safely(spec, step)
        except Error as error:
            logger.warning("The sequencer can't work on the journal: %s", error)
            self.leadership.lose()
            connections[ALIAS].close()
            return PAUSE_SECONDS
        for each in self._between:
            self._tick_safely(each)
        return 0.0 if more else POLL_SECONDS

    def _send_safely(self, spec: InstanceSpec, step: Step) -> None:
        try:
            self._send(spec, step)
        except Exception:
            # It is on record, where readers find it at the next beat; the next step must not suffer.
            logger.exception("%d entries of %s were not broadcast.", len(step.entries), spec.name)

    def _tick_safely(self, each: Tick) -> None:
        try:
            each.tick()
        except Exception:
            logger.exception("%s failed; it is tried again.", type(each).__name__)
