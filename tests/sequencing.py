"""A sequencer for tests whose hub lives in this process: what a serving process has beside it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from instances.journal.broadcasting import Broadcaster
from instances.journal.committers import no_longer, when_committed
from instances.journal.sequencer import Sequencer


@contextmanager
def sequencing() -> Iterator[Sequencer]:
    """Number and broadcast what is committed, in a thread, until the test is over."""
    sequencer = Sequencer("test", send=Broadcaster().send)
    thread = threading.Thread(target=sequencer.run, name="sequencer", daemon=True)
    when_committed(sequencer.wake)
    thread.start()
    try:
        yield sequencer
    finally:
        no_longer(sequencer.wake)
        sequencer.stop()
        thread.join(30)
