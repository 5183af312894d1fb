"""What a process holds in memory."""

import gc
import os
from collections.abc import Callable
from typing import Any, Final

import psutil

from gaterhub.agent.reading import Reading
from gaterhub.origin import plain
from instances.schemas.diagnostics import memory_analysis

MAPS_SHOWN: Final = 20
"""The largest; a Python process has hundreds, most of them a page or two."""


def memory_readings(process: psutil.Process, *, deep: bool) -> list[Reading]:
    """Return one reading; a deep one names the largest mappings, which costs the kernel some milliseconds."""
    data: dict[str, Any] = {
        "process": plain(process.name()),
        "pid": process.pid,
        "threads": process.num_threads(),
    }
    memory = process.memory_info()
    data["resident_bytes"] = memory.rss
    data["virtual_bytes"] = memory.vms
    full = allowed(process.memory_full_info)
    if full is not None:
        data["unique_bytes"] = full.uss
        for field, name in (("pss", "proportional_bytes"), ("swap", "swapped_bytes")):
            if hasattr(full, field):
                data[name] = getattr(full, field)
    if process.pid == os.getpid():
        data["garbage_collector"] = collector()
    if deep:
        data["largest_mappings"] = _mappings(process)
    return [Reading.of(memory_analysis(**data))]


def collector() -> dict[str, Any]:
    """Return what Python's garbage collector has done in this process since it started."""
    generations = gc.get_stats()
    return {
        "collections": [generation["collections"] for generation in generations],
        "collected_objects": sum(generation["collected"] for generation in generations),
        "uncollectable_objects": sum(generation["uncollectable"] for generation in generations),
        "waiting_objects": gc.get_count()[0],
    }


def allowed(read: Callable[[], Any]) -> Any:
    """Return what may be read, or None where the system doesn't tell this user, or not at all."""
    try:
        return read()
    except (psutil.AccessDenied, NotImplementedError, AttributeError):
        return None


def _mappings(process: psutil.Process) -> list[dict[str, Any]] | None:
    maps = allowed(lambda: process.memory_maps(grouped=True))
    if maps is None:
        return None
    largest = sorted(maps, key=lambda each: each.rss, reverse=True)[:MAPS_SHOWN]
    return [
        {
            "path": plain(each.path),
            "resident_bytes": each.rss,
            "private_bytes": getattr(each, "private_clean", 0) + getattr(each, "private_dirty", 0),
        }
        for each in largest
    ]
