"""What the signer remembers outside of the database, so that an older one is not taken for the present one."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from instances.journal.keys import sync_folder
from instances.journal.merkle import HASH_BYTES

FILE: Final = "signed.json"


class Forgetful(Exception):
    """That what was signed can't be remembered, or remembered no more; nothing may be signed then."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The tree that a log's last checkpoint was over."""

    generation: int
    size: int
    root: bytes
    signed_ms: int

    def is_after(self, other: "Signed") -> bool:
        return (self.generation, self.size, self.signed_ms) > (other.generation, other.size, other.signed_ms)


class Memory:
    """A small file, always whole: a new one takes the place of the one before in a single step, once on the disk."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(settings.GATERHUB_JOURNAL_STATE_DIR)

    @property
    def path(self) -> Path:
        return self._folder / FILE

    def last(self, instance: str) -> Signed | None:
        """Return the latest tree of that instance that was signed here; None: none was. Raises: Forgetful."""
        return self._read().get(instance)

    def keep(self, instance: str, signed: Signed) -> None:
        """Remember a tree, unless a later one is. It outlasts a power failure once this returns. Raises: Forgetful."""
        known = self._read()
        if instance in known and not signed.is_after(known[instance]):
            return
        self._write(known | {instance: signed})

    def _read(self) -> dict[str, Signed]:
        try:
            said = json.loads(self.path.read_text(encoding="utf-8"))
            return {str(instance): _signed(row) for instance, row in said.items()}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise Forgetful(f"What was signed last can't be read from {self.path}: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Forgetful(
                f"{self.path} doesn't say what was signed last. Bring it back from before it was damaged; without it, "
                "an older journal would go unnoticed."
            ) from error

    def _write(self, known: Mapping[str, Signed]) -> None:
        rows = {instance: asdict(signed) | {"root": signed.root.hex()} for instance, signed in known.items()}
        fresh = self.path.with_name(f"{FILE}.{os.getpid()}.new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with fresh.open("w", encoding="utf-8") as file:
                file.write(json.dumps(rows, indent=1, sort_keys=True) + "\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
            sync_folder(self._folder)
        except OSError as error:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise Forgetful(f"What is signed can't be remembered in {self.path}: {error.strerror}.") from error


def _signed(row: Mapping[str, Any]) -> Signed:
    signed = Signed(int(row["generation"]), int(row["size"]), bytes.fromhex(row["root"]), int(row["signed_ms"]))
    if signed.size < 0 or len(signed.root) != HASH_BYTES:
        raise ValueError("a size below 0, or a root of another length")
    return signed
