"""The key that signs receipts and checkpoints, and the names of the logs that it signs for."""

import base64
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from instances.access.sealing import BadKey, key_of
from instances.journal import notes

SEED_BYTES: Final = 32
KEY_FILE: Final = "journal.key"
_OLD_SUFFIX: Final = ".old"


class NoKey(Exception):
    """That the key can't be had: where it should be, and why not."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SigningKey:
    """An Ed25519 key (RFC 8032). Its seed is told to nobody."""

    _private: Ed25519PrivateKey
    public: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "public", self._private.public_key().public_bytes_raw())

    @classmethod
    @sensitive_variables("seed")
    def of(cls, seed: bytes) -> "SigningKey":
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def __repr__(self) -> str:
        return f"<SigningKey {self.public.hex()[:8]}>"

    def sign(self, data: bytes) -> bytes:
        """Return the signature's 64 bytes."""
        return self._private.sign(data)

    def note_key_id(self, name: str) -> bytes:
        """Return the four bytes by which a signature under that name tells this key."""
        return _note_key_id(name, self.public)

    def verifier(self, name: str, *, kind: int = notes.ED25519) -> str:
        """Return the public key under that name, as others take it for verifying."""
        return str(notes.VerifierKey(name, kind, self.public))


_note_key_id: Final = lru_cache(maxsize=64)(notes.key_id)


def log_origin(instance: str, generation: int = 1) -> str:
    """Return the name of an instance's log; each accepted restore begins a new one."""
    origin = f"{settings.GATERHUB_JOURNAL_ORIGIN}/{instance}"
    return origin if generation == 1 else f"{origin}/{generation}"


def signing_key() -> SigningKey:
    """Return the key of this hub, from the environment or its file; the default file is made on first use.

    A file that was replaced is read anew. Raises: NoKey.
    """
    if settings.GATERHUB_JOURNAL_KEY:
        return _from_text(settings.GATERHUB_JOURNAL_KEY, "GATERHUB_JOURNAL_KEY")
    path = key_file()
    try:
        found = path.stat()
    except OSError as error:
        if settings.GATERHUB_JOURNAL_KEY_FILE or not isinstance(error, FileNotFoundError):
            raise _unreadable(path, error) from error
        make_key_file(path)
        return _from_file(path)
    return _read(path, found.st_ino, found.st_mtime_ns)


def is_there() -> bool:
    """Tell whether the key was given or made already."""
    return bool(settings.GATERHUB_JOURNAL_KEY) or key_file().exists()


def old_keys() -> list[SigningKey]:
    """Return the keys before this one that go on signing checkpoints beside it, the latest first. Raises: NoKey."""
    found = [_from_text(text, "GATERHUB_JOURNAL_KEYS_OLD") for text in settings.GATERHUB_JOURNAL_KEYS_OLD]
    if not settings.GATERHUB_JOURNAL_KEY and (path := old_key_file()).exists():
        found.append(_from_file(path))
    # While one takes the other's place, both files hold the same key.
    current = signing_key().public
    return [key for key in found if key.public != current]


def key_file() -> Path:
    """Return where the key is kept if the environment doesn't hold it."""
    return _key_path(settings.GATERHUB_JOURNAL_KEY_FILE, settings.DATA_DIR)


@lru_cache(maxsize=8)
def _key_path(given: str | None, data_dir: Path | str) -> Path:
    # Each receipt is signed by whatever the file holds then, and making such a path takes longer than to look there.
    return Path(given or Path(data_dir) / KEY_FILE)


def old_key_file() -> Path:
    """Return where the key before it is kept, while it still signs."""
    path = key_file()
    return path.with_name(path.name + _OLD_SUFFIX)


def replace_key() -> None:
    """Put a new key into the file, and the one that was there beside it. Raises: NoKey.

    1. The present key becomes the old one, while it is still the present one, too.
    2. A new one takes its place, in a single step: no moment is without a key.
    """
    signing_key()
    path, old = key_file(), old_key_file()
    try:
        old.hardlink_to(path)
        sync_folder(path.parent)
    except FileExistsError:
        raise NoKey(
            f"{old} still holds the key before this one. End that change first: rotate_journal_key --finish."
        ) from None
    except OSError as error:
        raise NoKey(f"The journal's key can't be kept in {old}: {error.strerror}.") from error
    make_key_file(path, replace=True)


def end_old_key() -> None:
    """Delete the file with the key before this one. Raises: NoKey."""
    path = old_key_file()
    try:
        path.unlink()
        sync_folder(path.parent)
    except FileNotFoundError:
        raise NoKey(f"There is no {path}: no change of keys is under way.") from None
    except OSError as error:
        raise NoKey(f"{path} can't be deleted: {error.strerror}.") from error


def make_key_file(path: Path, *, replace: bool = False) -> None:
    """Make a file with a new key that only its owner can read; one that is there already stays, unless told.

    It is written under another name and then linked, so that two processes that begin at once use the same one.
    Raises: NoKey.
    """
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(SEED_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            if replace:
                fresh.replace(path)
            else:
                path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise NoKey(f"The journal's key can't be made in {path}: {error.strerror}.") from error


def sync_folder(folder: Path) -> None:
    """Let a file's new name outlast a power failure."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _from_file(path: Path) -> SigningKey:
    try:
        found = path.stat()
        return _read(path, found.st_ino, found.st_mtime_ns)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> NoKey:
    return NoKey(f"The journal's key can't be read from {path}: {error.strerror}.")


@lru_cache(maxsize=8)
def _read(path: Path, inode: int, changed_ns: int) -> SigningKey:
    return _from_text(path.read_text(encoding="ascii", errors="replace"), str(path))


@lru_cache(maxsize=8)
@sensitive_variables("text")
def _from_text(text: str, where: str) -> SigningKey:
    try:
        return SigningKey.of(key_of(text))
    except BadKey as error:
        raise NoKey(f"{where} is to hold the journal's key, 32 bytes in base64, and {error}.") from None
