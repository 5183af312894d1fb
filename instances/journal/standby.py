"""The sequencer of this process: a thread that stands by, and the committers that wake it."""

import logging
import threading

from instances.journal.broadcasting import Broadcaster
from instances.journal.committers import no_longer, when_committed
from instances.journal.sequencer import Sequencer
from instances.journal.signer import Signer
from instances.process import process_name

logger = logging.getLogger(__name__)

END_SECONDS = 5.0


class Standby:
    """Starts and ends with a process that serves, or that works apart."""

    def __init__(self) -> None:
        broadcaster = Broadcaster()
        holder = process_name()
        self._signer = Signer()
        self.sequencer = Sequencer(holder, send=broadcaster.send, between=(self._signer,))
        self._thread = threading.Thread(target=self.sequencer.run, name="sequencer", daemon=True)

    def start(self) -> None:
        when_committed(self.sequencer.wake)
        self._thread.start()

    def stop(self) -> None:
        """Let the present step end, and the next process lead; blocks."""
        no_longer(self.sequencer.wake)
        self.sequencer.stop()
        self._thread.join(END_SECONDS)
        if self._thread.is_alive():
            logger.warning("The sequencer waits for its database still, and is left alone.")
        self._signer.close()
