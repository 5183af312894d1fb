"""Taking over what processes of this host left behind when they died."""

import logging
import os
import time
from pathlib import Path
from typing import Final

from instances.journal.spool.folder import ASIDE, ProcessFolder, Sync

logger = logging.getLogger(__name__)

_UNBORN_SECONDS: Final = 60.0
"""After which a folder that never got its name is its dead maker's; it takes milliseconds."""


def adopt(root: Path, *, fsync: Sync = os.fsync) -> list[ProcessFolder]:
    """Take the folders of dead processes, the oldest first; one of a living process never.

    Of several processes that try, each folder goes to one, which holds it for as long as it lives, and removes it with
    `let_go` once it is empty. Raises: OSError where the root can't be read.
    """
    if not root.is_dir():
        return []
    adopted = []
    for path in sorted(root.iterdir(), key=_began):
        if path.name == ASIDE or _may_be_unborn(path):
            continue
        folder = ProcessFolder(path, fsync=fsync)
        if not folder.take():
            continue
        if folder.is_empty():
            folder.let_go()
        else:
            logger.warning("Adopted the spool %s of a process that has ended.", path)
            adopted.append(folder)
    return adopted


def _began(path: Path) -> str:
    """Return when the folder's process began, as `folder_name` has it, whatever its node."""
    return "-".join(path.name.rsplit("-", 2)[1:])


def _may_be_unborn(path: Path) -> bool:
    try:
        return path.name.startswith(".") and time.time() - path.stat().st_mtime < _UNBORN_SECONDS
    except FileNotFoundError:
        # It has its name by now.
        return True
