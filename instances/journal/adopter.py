"""Looks after what dead processes of this host left in their spools."""

import logging
import threading
from typing import Final

from instances.journal.committers import committer_of
from instances.journal.fallback import fallback
from instances.journal.sequencer import JOURNALED

logger = logging.getLogger(__name__)

EVERY_SECONDS: Final = 5.0
END_SECONDS: Final = 5.0


class Adopter:
    """A thread of each process that lasts: one that serves, or that works apart."""

    def __init__(self, *, every_seconds: float = EVERY_SECONDS) -> None:
        self._every_seconds = every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="adopter of spools", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let it end; blocks."""
        self._stop.set()
        self._thread.join(END_SECONDS)

    def look(self) -> None:
        """Adopt what there is, and have it brought on record."""
        try:
            found = fallback().adopt()
        except Exception:
            # What is there stays there; a thread that ended would never look again.
            logger.exception("What dead processes spooled could not be looked after; it is tried again.")
            return
        if found:
            for spec in JOURNALED:
                committer_of(spec).wake()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._stop.wait(self._every_seconds)
