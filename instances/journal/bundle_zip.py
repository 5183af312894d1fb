"""A zip whose bytes depend on nothing but what is put into it."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The first that a zip can hold."""
_UNIX: Final = 3
_MODE: Final = 0o644 << 16
_COPY_BYTES: Final = 1 << 20

Write = Callable[[bytes], None]


class BundleZip:
    """Writes files one after the other, and knows length and hash of each."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w")
        self.files: dict[str, dict[str, Any]] = {}

    def close(self) -> None:
        self._zip.close()

    @contextmanager
    def file(self, name: str) -> Iterator[Write]:
        """Give what writes to a new file."""
        info = zipfile.ZipInfo(name, _DATE)
        info.create_system, info.external_attr, info.compress_type = _UNIX, _MODE, zipfile.ZIP_DEFLATED
        digest, length = sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as file:

            def write(data: bytes) -> None:
                nonlocal length
                file.write(data)
                digest.update(data)
                length += len(data)

            yield write
        self.files[name] = {"bytes": length, "sha256": digest.hexdigest()}

    def add(self, name: str, data: bytes) -> None:
        with self.file(name) as write:
            write(data)

    def copy(self, name: str, path: Path) -> None:
        with self.file(name) as write, path.open("rb") as source:
            while chunk := source.read(_COPY_BYTES):
                write(chunk)
