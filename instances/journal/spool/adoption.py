"""Taking over what processes of this host left behind when they died."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from instances.access.sealing import Keyring
from instances.event import now_ms
from instances.journal.spool.folder import ASIDE, ProcessFolder, Sync
from instances.journal.spool.spool import Spool

logger = logging.getLogger(__name__)

_UNBORN_SECONDS: Final = 60.0
"""After which a folder that never got its name is its dead maker's; it takes milliseconds."""


def adopt(
    root: Path,
    *,
    keyring: Keyring,
    max_bytes: int,
    fsync: Sync = os.fsync,
    clock: Callable[[], int] = now_ms,
) -> list[Spool]:
    """Take the spools of dead processes, the oldest first; one of a living process never.

    Of several processes that try, each spool goes to one. It is the dead's for as long as whoever took it lives, and
    is removed by `close` once it is replayed. Raises: OSError where the root can't be read.
    """
    if not root.is_dir():
        return []
    adopted = []
    for path in root.iterdir():
        if path.name == ASIDE or not path.is_dir() or _may_be_unborn(path):
            continue
        folder = ProcessFolder(path, fsync=fsync)
        if not folder.take():
            continue
        if all(each.name == "lock" for each in path.iterdir()):
            folder.let_go()
            continue
        spool = Spool(folder, keyring=keyring, max_bytes=max_bytes, fsync=fsync, clock=clock)
        logger.warning("Adopted the spool %s of a process that ended: %d events.", path, spool.figures().events)
        adopted.append(spool)
    return sorted(adopted, key=lambda spool: spool.figures().oldest_ms or 0)


def _may_be_unborn(path: Path) -> bool:
    try:
        return path.name.startswith(".") and time.time() - path.stat().st_mtime < _UNBORN_SECONDS
    except FileNotFoundError:
        # It has its name by now.
        return True
