"""What the kernel was asked to bring onto the disk, and when: strace, and what it writes."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.conftest import missing

OPTIONS: Final = ("-ff", "-ttt", "-T", "-y", "-e", "trace=fsync,fdatasync", "-e", "signal=none")
"""A file for each thread, so that no line is broken by another's; times since 1970, and how long each call took."""
BESIDE: Final = "-D"
"""Has the traced program stay the child of whoever starts it."""
_SYNC: Final = re.compile(r"^([\d.]+) f(?:data)?sync\(\d+<(.+)>\) += (-?\d+).* <([\d.]+)>$")


@dataclass(frozen=True, slots=True)
class Sync:
    """A file that was brought onto the disk, from then to then, in seconds since 1970."""

    path: str
    began: float
    ended: float


def strace(output: Path, *options: str) -> list[str]:
    """Return the command that runs another one and writes its syncs to files that begin so; skip where it can't."""
    program = shutil.which("strace")
    if program is None:
        missing("strace", "install strace")
    tried = subprocess.run([program, "-o", "/dev/null", "true"], capture_output=True, check=False, timeout=60)
    if tried.returncode != 0:
        missing("a kernel that lets strace trace", "allow ptrace here")
    return [program, *options, *OPTIONS, "-o", str(output)]


def syncs(files: Iterable[Path], of: str) -> Iterator[Sync]:
    """Yield the syncs that succeeded, of files whose path holds this."""
    for file in files:
        for line in file.read_text().splitlines():
            found = _SYNC.match(line)
            if found is not None and found[3] == "0" and of in found[2]:
                began = float(found[1])
                yield Sync(found[2], began, began + float(found[4]))
