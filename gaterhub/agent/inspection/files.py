"""Which files a process holds open."""

from typing import Any, Final

import psutil

from gaterhub.agent.inspection.memory import allowed
from gaterhub.agent.reading import Reading
from gaterhub.origin import plain
from instances.schemas.diagnostics import open_files

FILES_SHOWN: Final = 100


def file_readings(process: psutil.Process, *, deep: bool) -> list[Reading]:
    """Return one reading: how many descriptors and files are open; a deep one names the files."""
    data: dict[str, Any] = {"process": plain(process.name()), "pid": process.pid}
    data["descriptors"] = allowed(process.num_fds)
    limits = allowed(lambda: process.rlimit(psutil.RLIMIT_NOFILE))
    if limits is not None:
        data["descriptors_limit"] = limits[0]
    files = allowed(process.open_files)
    data["open_files"] = None if files is None else len(files)
    if deep and files is not None:
        shown = sorted(files, key=lambda each: each.path)[:FILES_SHOWN]
        data["files"] = [{"path": plain(each.path), "mode": getattr(each, "mode", "")} for each in shown]
    return [Reading.of(open_files(**data))]
