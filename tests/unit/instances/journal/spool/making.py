"""Spools for tests, with a sync that can be made to fail, and a journal in memory to replay into."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from instances.access.sealing import Keyring
from instances.journal.draft import Draft
from instances.journal.spool.folder import ProcessFolder
from instances.journal.spool.room import Room
from instances.journal.spool.spool import Spool
from instances.streams import IdConflict
from tests.integration.journal.writing import ACTION, draft

KEYRING = Keyring.of(b"k" * 32)
ROOM_BYTES = 64 * 1024 * 1024


def spool_at(
    path: Path,
    *,
    keyring: Keyring = KEYRING,
    max_bytes: int = ROOM_BYTES,
    fsync: Callable[[int], None] = os.fsync,
    timeout_seconds: float = 60.0,
) -> Spool:
    """Make the spool of a process that lives; a slow machine alone makes no test time out."""
    folder = ProcessFolder(path, fsync=fsync)
    return Spool(folder, "audit", keyring=keyring, room=Room(max_bytes), fsync=fsync, timeout_seconds=timeout_seconds)


def adopted(path: Path, *, keyring: Keyring = KEYRING) -> Spool:
    """Take a spool whose process is dead."""
    folder = ProcessFolder(path)
    assert folder.take()
    return Spool(folder, "audit", keyring=keyring, room=Room(ROOM_BYTES), timeout_seconds=60.0)


def die(spool: Spool) -> None:
    """End as a killed process does: the lock goes, and the files stay as they are."""
    spool.folder.forget()


def numbered(count: int, *, start: int = 0) -> list[Draft]:
    """Make drafts that tell themselves apart by their resource: r0, r1 …"""
    return [draft(data=ACTION["data"] | {"resource": f"r{number}"}) for number in range(start, start + count)]


def resources(drafts: Sequence[Draft]) -> list[str]:
    return [each.resource for each in drafts]


class JournalInMemory:
    """What `append` promises, without a database."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Draft] = {}
        self.groups: list[int] = []
        self.out: Exception | None = None

    def append(self, publications: Sequence[Sequence[Draft]]) -> list[object]:
        if self.out is not None:
            raise self.out
        self.groups.append(len(publications))
        answers: list[object] = []
        for [each] in publications:
            known = self.kept.setdefault(each.id, each)
            answers.append(each if known.leaf_hash == each.leaf_hash else IdConflict(index=0, id=str(each.id)))
        return answers


class Disk:
    """A sync that counts, and that fails or hangs when it is told to."""

    def __init__(self) -> None:
        self.syncs = 0
        self.failing = False

    def fsync(self, descriptor: int) -> None:
        if self.failing:
            raise OSError(5, "Input/output error")
        os.fsync(descriptor)
        self.syncs += 1
