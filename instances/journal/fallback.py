"""Where evidence goes while the journal's database is out: into the spool, and where that is out too, into a gap."""

import atexit
import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from django.conf import settings

from instances.access.sealing import keyring
from instances.catalog import find
from instances.journal import gap
from instances.journal.committer import NowhereKept
from instances.journal.database_thread import DatabaseThread
from instances.journal.draft import Draft
from instances.journal.outages import Outages
from instances.journal.spool import Append, Figures, SpoolFull, Spools, SpoolTimeout
from instances.spec import InstanceSpec

logger = logging.getLogger(__name__)

TELL_SECONDS: Final = 2.0
"""For writing a gap into the database."""


class SpoolFirst:
    """What a process has of it. Any thread may call it."""

    def __init__(self, spools: Spools, outages: Outages) -> None:
        self.spools: Final = spools
        self.outages: Final = outages
        self.spooled_events = 0
        self.replayed_events = 0
        self.conflicting_events = 0
        self.refused_events = 0
        self._database = DatabaseThread("outages of the journal")

    def waits(self, spec: InstanceSpec) -> bool:
        """Tell whether something of the instance is to be brought on record: events that were spooled, or a gap."""
        return self.spools.waits(spec.name) or self.outages.waits(spec.name)

    def keep(self, spec: InstanceSpec, drafts: Sequence[Draft]) -> None:
        """Keep the drafts on the local disk. Raises: NowhereKept, and the gap is remembered."""
        try:
            self.spools.write(spec.name, drafts)
        except OSError as error:
            self.refused_events += len(drafts)
            self.outages.refused(spec.name, len(drafts), _cause(error))
            unknown = "whether the events are kept is unknown" if isinstance(error, SpoolTimeout) else "nothing is kept"
            raise NowhereKept(
                f"The journal's database is out, and the spool takes nothing either, so {unknown}. Publish again, with "
                "the same ids."
            ) from error
        self.spooled_events += len(drafts)
        self.outages.mended(spec.name)

    def replay(self, spec: InstanceSpec, append: Append) -> None:
        """Bring on record one group of what was spooled, or where there is none, the gaps.

        Raises: what `append` raises, and what the database does.
        """
        done = self.spools.replay_some(spec.name, append)
        if done is not None:
            self.replayed_events += done.events
            self.conflicting_events += done.conflicts
            return
        append([])
        self.outages.mended(spec.name)
        if self.outages.waits(spec.name):
            self.outages.tell(spec.name, self._tell)
            append([])

    def adopt(self) -> bool:
        """Take over what dead processes of this host left; tell whether there was anything.

        Whoever calls it wakes the committers then, which bring it on record.
        """
        try:
            folders = self.spools.adopt()
        except OSError as error:
            logger.error("The folder of the spools can't be looked into: %s", error)
            return False
        for folder in folders:
            self.outages.inherit(folder)
            self.spools.release(folder)
        return bool(folders)

    def figures(self) -> Figures:
        return self.spools.figures()

    def close(self) -> None:
        """Let go of everything; what is left of it is adopted by another process, or by the next start."""
        self.outages.close()
        self.spools.close()

    def _tell(self, told: gap.Gap) -> None:
        self._database.do(lambda: gap.write(told, find(told.instance)), timeout_seconds=TELL_SECONDS)


def _cause(error: OSError) -> str:
    """Return what is on record of it: never a path, which is nobody's business who reads the journal."""
    if isinstance(error, SpoolFull | SpoolTimeout) or error.strerror is None:
        return str(error)
    return error.strerror


_fallback: SpoolFirst | None = None
_making = threading.Lock()


def fallback() -> SpoolFirst:
    """Return the process's own; made when it is first asked for."""
    global _fallback
    if _fallback is None:
        with _making:
            if _fallback is None:
                _fallback = _made()
    return _fallback


def _made() -> SpoolFirst:
    spools = Spools(
        Path(settings.SPOOL_DIR),
        node=settings.GATERHUB_NODE,
        keyring=keyring(),
        max_bytes=settings.SPOOL_MAX_BYTES,
    )
    made = SpoolFirst(spools, Outages(spools.folder.path.name, folder=spools.folder))
    atexit.register(made.close)
    return made


def close_fallback() -> None:
    """Let go of the process's own; whoever asks for it afterwards gets a new one."""
    global _fallback
    with _making:
        closing, _fallback = _fallback, None
    if closing is not None:
        atexit.unregister(closing.close)
        closing.close()


def _forget_after_fork() -> None:
    """A child has neither its parent's threads nor its folder."""
    global _fallback, _making
    _making = threading.Lock()
    if _fallback is not None:
        atexit.unregister(_fallback.close)
    _fallback = None


os.register_at_fork(after_in_child=_forget_after_fork)
