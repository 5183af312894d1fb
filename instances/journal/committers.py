"""The committers of this process: one for each journaled instance, made when the first event comes."""

import os
import threading
from collections.abc import Callable

from instances.journal.committer import Committer
from instances.journal.fallback import fallback
from instances.spec import InstanceSpec

_committers: dict[str, Committer] = {}
_making = threading.Lock()
_when_committed: list[Callable[[], None]] = []


def committer_of(spec: InstanceSpec) -> Committer:
    """Return the process's committer of a journaled instance; whoever asks, and however often, gets the same one."""
    found = _committers.get(spec.name)
    if found is None:
        with _making:
            found = _committers.get(spec.name)
            if found is None:
                found = _committers[spec.name] = Committer(spec, fallback(), on_commit=committed)
    return found


def when_committed(call: Callable[[], None]) -> None:
    """Have it called, in a committer's thread, whenever something is on record that was not before."""
    _when_committed.append(call)


def no_longer(call: Callable[[], None]) -> None:
    """Take back what `when_committed` was told."""
    if call in _when_committed:
        _when_committed.remove(call)


def stop_committers() -> None:
    """Have what waits committed or spooled, and end; who publishes afterwards gets new ones. Blocks."""
    with _making:
        stopping = list(_committers.values())
        _committers.clear()
    for each in stopping:
        each.stop()


def committed() -> None:
    """Tell whoever wants to know that something is on record that was not before."""
    for call in _when_committed:
        call()


def _forget_after_fork() -> None:
    """A child has neither its parent's threads nor its connections."""
    global _making
    _making = threading.Lock()
    _committers.clear()
    _when_committed.clear()


os.register_at_fork(after_in_child=_forget_after_fork)
