"""Faults that nobody but a process's own C library can make: syncs that fail, and a clock that is set back."""

import mmap
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.conftest import missing

_SOURCE: Final = Path(__file__).with_name("sabotage.c")
_ORDERS: Final = struct.Struct("=qqq232s")
"""As in the source."""
_SHIFT, _FAIL, _FAILED, _PATH = 0, 8, 16, 24


def compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc")


def needed(sabotage: "Sabotage | None") -> "Sabotage":
    """Return it, or skip the test where it can't be made."""
    return sabotage if sabotage is not None else missing("a C compiler", "install gcc")


class Sabotage:
    """What is in the way of the processes that were started with `environment`, while they run."""

    def __init__(self, folder: Path) -> None:
        program = compiler()
        assert program is not None
        library, orders = folder / "sabotage.so", folder / "sabotage"
        subprocess.run(
            [program, "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE), "-ldl"], check=True, timeout=60
        )
        orders.write_bytes(bytes(_ORDERS.size))
        with orders.open("r+b") as file:
            self._orders = mmap.mmap(file.fileno(), _ORDERS.size)
        self.environment: Final = {"LD_PRELOAD": str(library), "GATERHUB_SABOTAGE": str(orders)}

    @property
    def failed_syncs(self) -> int:
        [told] = struct.unpack_from("=q", self._orders, _FAILED)
        return int(told)

    @contextmanager
    def syncs_fail(self, path: str = "") -> Iterator[None]:
        """Have every sync of a file fail whose path holds this."""
        told = path.encode() + b"\0"
        self._orders[_PATH : _PATH + len(told)] = told
        self._order(_FAIL, 1)
        try:
            yield
        finally:
            self._order(_FAIL, 0)

    @contextmanager
    def clock_shifted(self, seconds: int) -> Iterator[None]:
        self._order(_SHIFT, seconds)
        try:
            yield
        finally:
            self._order(_SHIFT, 0)

    def _order(self, place: int, value: int) -> None:
        struct.pack_into("=q", self._orders, place, value)
