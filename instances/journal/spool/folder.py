"""The folder in which a process keeps what the database could not take, and the lock that says whether it lives."""

import fcntl
import os
import re
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Final

LOCK: Final = "lock"
SUFFIX: Final = ".spool"
ASIDE: Final = "aside"
"""Beside the processes' folders: what could not be read, kept for whoever looks into it."""

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_.-]")
_PRIVATE: Final = 0o700

Sync = Callable[[int], None]


def folder_name(node: str, pid: int, started_ms: int) -> str:
    """Return the name of a process's folder; names of one node sort by when their processes began."""
    return f"{_UNSAFE.sub('_', node)[:100].lstrip('.') or 'node'}-{started_ms:013d}-{pid}"


class NotHeld(OSError):
    """A folder that this process has no right to write into."""


class ProcessFolder:
    """A folder that one process holds. `fsync` is called with every descriptor that has to be on the disk.

    The hold is an flock, which the kernel lets go when the process ends, however it ends. It works for all processes
    that share a kernel, containers included, and only on a local file system.
    """

    def __init__(self, path: Path, *, fsync: Sync = os.fsync) -> None:
        self.path: Final = path
        self._fsync = fsync
        self._lock: int | None = None
        self._named = False
        self._making = threading.Lock()
        self._pid = os.getpid()
        _folders.add(self)

    @property
    def held(self) -> bool:
        return self._lock is not None

    def ensure(self) -> None:
        """Make the folder, unless it was made. Raises: OSError.

        It appears under its name only once its lock is held, so that nobody takes it for a dead process's.
        """
        if self._pid != os.getpid():
            raise NotHeld(f"The spool {self.path} belongs to the process {self._pid}, from which this one was forked.")
        with self._making:
            if self._lock is None:
                self._lock = self._make()
            if not self._named:
                self.sync_names(self.path.parent)
                self._named = True

    def _make(self) -> int:
        root = self.path.parent
        root.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        unborn = root / f".{self.path.name}"
        unborn.mkdir(mode=_PRIVATE, exist_ok=True)
        lock = os.open(unborn / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unborn.rename(self.path)
        except OSError:
            os.close(lock)
            raise
        return lock

    def take(self) -> bool:
        """Take over an existing folder if its process is dead; of several that try, one succeeds."""
        try:
            lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except (FileNotFoundError, NotADirectoryError):
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it before may have removed the folder meanwhile, and the lock is then that of a ghost.
            if os.fstat(lock).st_ino == (self.path / LOCK).stat().st_ino:
                self._lock, self._named = lock, True
                return True
        except (BlockingIOError, FileNotFoundError):
            pass
        except OSError:
            os.close(lock)
            raise
        os.close(lock)
        return False

    def segments(self, instance: str) -> list[Path]:
        """Return the segment files of an instance, oldest first."""
        return sorted(self.path.glob(f"{instance}-*{SUFFIX}"))

    def instances(self) -> list[str]:
        """Return the names of the instances that have segments here."""
        return sorted({path.name.rpartition("-")[0] for path in self.path.glob(f"*-*{SUFFIX}")})

    def sync_names(self, folder: Path | None = None) -> None:
        """Bring the names of the files in the folder, or in another one, onto the disk."""
        descriptor = os.open(folder or self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._fsync(descriptor)
        finally:
            os.close(descriptor)

    def set_aside(self, path: Path, *, why: str) -> Path:
        """Move one of its files where nothing touches it any more, and return where to."""
        aside = self.path.parent / ASIDE
        aside.mkdir(mode=_PRIVATE, exist_ok=True)
        moved = aside / f"{self.path.name}.{path.name}.{why}"
        path.rename(moved)
        self.sync_names(aside)
        return moved

    def is_empty(self) -> bool:
        """Tell whether nothing but its lock is in it."""
        return all(each.name == LOCK for each in self.path.iterdir())

    def let_go(self) -> None:
        """Let another process take it, or remove it where nothing is left in it."""
        if self._lock is None:
            return
        lock, self._lock = self._lock, None
        try:
            if self.is_empty():
                (self.path / LOCK).unlink()
                self.path.rmdir()
        except OSError:
            # Somebody else's to remove, then: an empty folder of a dead process is taken and removed by the next.
            pass
        finally:
            os.close(lock)

    def forget(self) -> None:
        """Close the lock in a forked child. The parent's hold stays: it ends only with the last copy, or unlocked."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


_folders: Final[weakref.WeakSet[ProcessFolder]] = weakref.WeakSet()


def _forget_after_fork() -> None:
    # A child that kept its parent's lock would let a dead parent look alive.
    for folder in list(_folders):
        folder.forget()


os.register_at_fork(after_in_child=_forget_after_fork)
