"""The files in which a process of its own says how far it is, so that others watch it."""

import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.conf import settings

SILENT_SECONDS: Final = 60
"""A run is kept each second; one that wasn't for so long has ended without a word."""
_NAME: Final = re.compile(r"[a-z0-9-]{1,60}")


def path_of(folder: str, name: str) -> Path:
    """Return where a run is kept. Raises: ValueError for what can't be a run's name."""
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"A run's name is small letters, digits and hyphens, not {name[:80]!r}.")
    return Path(settings.DATA_DIR) / folder / f"{name}.json"


def write(path: Path, said: Mapping[str, Any]) -> None:
    """Write it beside the file and put it in its place, so that a reader sees all of it or what was before."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(said), encoding="utf-8")
    beside.replace(path)


def is_alive(pid: int, updated_ms: int) -> bool:
    """Tell whether the process is there, and was at it lately: another one may have got its number since."""
    return time.time() - updated_ms / 1000 <= SILENT_SECONDS and lives(pid)


def lives(pid: int) -> bool:
    """Tell whether a process of this host is there; one that has no number yet is about to begin."""
    if pid <= 0:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
