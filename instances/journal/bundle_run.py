"""A bundle of evidence that a page asked for: made in a process of its own, fetched by who asked, then forgotten."""

import json
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from instances.journal import run_file
from instances.journal.bundle import Exported, Selection
from instances.journal.verification_start import Start, start_process

FOLDER: Final = "bundles"
FORM: Final = 1
"""Of the file. One of another form is not read."""
COMMAND: Final = "export_evidence"
KEPT_SECONDS: Final = 3_600
"""So long after it was made a bundle may be fetched: it is a copy of evidence that nobody watches over."""
TOLD_SECONDS: Final = 1.0
"""So often its process says how far it is."""


@dataclass(slots=True)
class BundleRun:
    """One bundle in the making, or made."""

    name: str
    instance: str
    by: str
    """Who asked for it, as acts name them, such as `user:vera`."""
    by_id: int
    """Their account; nobody else sees it."""
    address: str | None
    """That they asked from."""
    filters: dict[str, Any]
    """What was selected, as the bundle's manifest says it."""
    personal: bool
    started_ms: int
    updated_ms: int
    pid: int = 0
    """Of its process; 0 until that has begun."""
    done: int = 0
    size: int = 0
    """Entries of the log that were gone through, and all of them."""
    exported: dict[str, Any] | None = None
    """What it holds; None before it is made."""
    size_bytes: int = 0
    trouble: str = ""
    """Why there is none."""

    @property
    def is_running(self) -> bool:
        return self.exported is None and not self.trouble and run_file.is_alive(self.pid, self.updated_ms)

    @property
    def percent(self) -> int:
        """Return how much of it is done, rounded down."""
        return 100 if self.exported is not None else 100 * self.done // self.size if self.size else 0

    @property
    def path(self) -> Path:
        """Where the bundle is, once it is made."""
        return run_file.path_of(FOLDER, self.name).with_suffix(".zip")

    def told(self, done: int, size: int, *, now: float) -> None:
        """Keep how far it is, no more often than others look."""
        self.done, self.size = done, size
        if now - self.updated_ms / 1000 >= TOLD_SECONDS:
            self.keep(now)

    def made(self, exported: Exported, size_bytes: int, *, now: float) -> None:
        self.exported, self.size_bytes = asdict(exported), size_bytes
        self.keep(now)

    def failed(self, why: str, *, now: float) -> None:
        self.trouble = why
        self.keep(now)

    def keep(self, now: float) -> None:
        """Write it to its file."""
        self.updated_ms = int(now * 1000)
        said = asdict(self)
        run_file.write(run_file.path_of(FOLDER, self.name), {"form": FORM, **said})


class AnotherRuns(Exception):
    """That the same person's bundle is in the making already."""

    def __init__(self, run: BundleRun) -> None:
        super().__init__("A bundle of yours is being made. It has to end before another begins.")
        self.run = run


def start(
    instance: str,
    selection: Selection,
    *,
    by: str,
    by_id: int,
    address: str | None,
    personal: bool,
    reason: str | None,
    clock: Callable[[], float] = time.time,
    process: Start | None = None,
) -> BundleRun:
    """Have a bundle made, and return the run to be watched. Raises: AnotherRuns; OSError."""
    forget_old(clock())
    for before in runs_of(by_id):
        if before.is_running:
            raise AnotherRuns(before)
    now = clock()
    run = BundleRun(
        name=f"bundle-{int(now * 1000)}-{secrets.token_hex(4)}",
        instance=instance,
        by=by,
        by_id=by_id,
        address=address,
        filters=selection.as_json(),
        personal=personal,
        started_ms=int(now * 1000),
        updated_ms=int(now * 1000),
    )
    run.keep(now)
    options = {
        "out": str(run.path),
        "run": run.name,
        "topic": None if selection.topic is None else selection.topic.text,
        "event-type": selection.event_type,
        "from": _moment(selection.received_from_ms),
        "to": _moment(selection.received_to_ms),
        "index-from": selection.index_from,
        "index-to": selection.index_to,
        "reason": reason,
    }
    # One argument each with its value, so that none that somebody typed is taken for another option.
    arguments = [f"--{name}={value}" for name, value in options.items() if value is not None]
    (process or start_process)([COMMAND, instance, *arguments, *(["--personal"] if personal else [])])
    return run


def read_run(name: str) -> BundleRun | None:
    """Return a run that was kept, or None, also for a file that is none. Raises: ValueError for what is no name."""
    try:
        said = json.loads(run_file.path_of(FOLDER, name).read_bytes())
        return BundleRun(**said) if said.pop("form") == FORM else None
    except FileNotFoundError:
        return None
    except (LookupError, TypeError, AttributeError, json.JSONDecodeError):
        return None


def runs_of(by_id: int) -> list[BundleRun]:
    """Return the runs of one person on this host, the latest first."""
    found = [read_run(path.stem) for path in _folder().glob("*.json")]
    return sorted((run for run in found if run and run.by_id == by_id), key=lambda run: -run.started_ms)


def forget_old(now: float) -> None:
    """Delete bundles that were there to be fetched for long enough, and what a process left that was killed."""
    for path in list(_folder().iterdir()) if _folder().is_dir() else ():
        with suppress(FileNotFoundError):
            if now - _touched_at(path) <= KEPT_SECONDS:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def forget_those_of_now() -> None:
    """Delete what is old by now; a job of the worker, for bundles that nobody comes back for."""
    forget_old(time.time())


def _touched_at(path: Path) -> float:
    """Return when somebody last wrote to the file, or to anything in the folder."""
    inside = path.iterdir() if path.is_dir() else ()
    return max(float(each.stat().st_mtime) for each in (path, *inside))


def _folder() -> Path:
    return Path(settings.DATA_DIR) / FOLDER


def _moment(ms: int | None) -> str | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC).isoformat()
