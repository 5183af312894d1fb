"""Anchors: where checkpoints are kept outside of the hub, so that it can't take back what it once signed."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

from django.conf import settings

from instances.journal import notes, outgoing
from instances.journal.cosigning import Witness
from instances.journal.keys import old_keys, signing_key, sync_folder
from instances.journal.memory import Signed
from instances.journal.models import Checkpoint
from instances.journal.tiles import MissingLeaf

DIRECTORY: Final = "dir:"
WITNESS: Final = "witness:"
NAME_MAX_CHARACTERS: Final = 200
_MOST_NAMESAKES: Final = 100


class BadAnchor(ValueError):
    """An entry of GATERHUB_JOURNAL_ANCHORS that can't work."""


class NotAnchored(Exception):
    """That an anchor has not kept a checkpoint, and why."""


class Ahead(NotAnchored):
    """An anchor that keeps a later checkpoint of this very log: the hub has lost what it once signed."""

    def __init__(self, anchor: str, signed: Signed) -> None:
        super().__init__(
            f"{anchor} keeps a checkpoint over {signed.size:,} entries, signed by this hub, that is later."
        )
        self.signed = signed


class Anchor(Protocol):
    """Keeps checkpoints. It may take its time: each has a thread of its own."""

    @property
    def name(self) -> str:
        """As it stands in the setting."""

    def keep(self, checkpoint: Checkpoint) -> str:
        """Keep it and return what the anchor said, such as a cosignature. Raises: NotAnchored."""


def anchors() -> list[Anchor]:
    """Return what GATERHUB_JOURNAL_ANCHORS names. Raises: BadAnchor."""
    return [anchor_of(text) for text in settings.GATERHUB_JOURNAL_ANCHORS]


def anchor_of(text: str) -> Anchor:
    """Return one anchor. Raises: BadAnchor."""
    if len(text) > NAME_MAX_CHARACTERS:
        raise BadAnchor(f"The anchor {text[:60]!r}… has more than {NAME_MAX_CHARACTERS} characters.")
    if text.startswith(DIRECTORY):
        folder = Path(text.removeprefix(DIRECTORY))
        if not folder.is_absolute():
            raise BadAnchor(f"The anchor {text!r} is to name a folder from the root, such as dir:/mnt/worm/gaterhub.")
        return Directory(folder)
    url = text.removeprefix(WITNESS)
    try:
        outgoing.check_url(url)
    except ValueError as error:
        raise BadAnchor(
            f"The anchor {text!r} is to be dir:/path, https://host/path or witness:https://host/path, and {error}."
        ) from None
    if not text.startswith(WITNESS):
        return Webhook(url)
    try:
        keys = [notes.VerifierKey.parse(each) for each in settings.GATERHUB_JOURNAL_WITNESS_KEYS]
    except notes.BadNote as error:
        raise BadAnchor(f"GATERHUB_JOURNAL_WITNESS_KEYS: {error}") from None
    if not keys:
        raise BadAnchor(f"The anchor {text!r} needs the witness's verifier key in GATERHUB_JOURNAL_WITNESS_KEYS.")
    return Cosigned(Witness(url, keys))


# --- A folder --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Directory:
    """A folder on another disk, best one in which nothing can be changed: a file for each checkpoint.

    They are `<log>/<day>/<size>-<milliseconds>.note`, the log's name in percent-encoding.
    """

    folder: Path
    _looked_into: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return f"{DIRECTORY}{self.folder}"

    def keep(self, checkpoint: Checkpoint) -> str:
        text = checkpoint.note
        origin = notes.parse_checkpoint(notes.parse(text).text).origin
        day = datetime.fromtimestamp(checkpoint.signed_ms // 1000, UTC).date().isoformat()
        log = self.folder / quote(origin, safe="")
        try:
            if not self.folder.is_dir():
                # An empty mount point would take the files, too, and lose them once the disk is back over it.
                raise NotAnchored(f"{self.folder} is no folder. It has to be there, and is not made.")
            if origin not in self._looked_into:
                self._refuse_if_ahead(log, checkpoint, origin)
                self._looked_into |= {origin}
            for made in (log, log / day):
                if not made.is_dir():
                    made.mkdir(exist_ok=True)
                    sync_folder(made.parent)
            return _write(log / day, f"{checkpoint.size:020d}-{checkpoint.signed_ms}", text)
        except OSError as error:
            raise NotAnchored(f"{self.folder} can't be written: {error.strerror}.") from error

    def _refuse_if_ahead(self, log: Path, checkpoint: Checkpoint, origin: str) -> None:
        """Look, once a process, whether the newest file says more than the hub knows. Raises: Ahead; OSError."""
        days = sorted((day for day in log.iterdir() if day.is_dir()), reverse=True) if log.is_dir() else []
        newest = next((found for day in days if (found := sorted(day.glob("*.note")))), None)
        if newest is None:
            return
        try:
            there = notes.parse(newest[-1].read_text(encoding="utf-8"))
            said = notes.parse_checkpoint(there.text)
        except (notes.BadNote, UnicodeDecodeError):
            return
        # Whoever can write there could write a number; only a signature of the hub's own tells that it forgot.
        if said.origin == origin and said.size > checkpoint.size and _is_ours(there, origin):
            raise Ahead(self.name, Signed(checkpoint.generation, said.size, said.root, _signed_ms(newest[-1])))


def _is_ours(note: notes.Note, origin: str) -> bool:
    keys = (signing_key(), *old_keys())
    return any(notes.verify(note, notes.VerifierKey(origin, notes.ED25519, key.public)) for key in keys)


def _signed_ms(path: Path) -> int:
    digits = path.name.partition("-")[2].partition(".")[0]
    return int(digits) if digits.isdecimal() and digits.isascii() else 0


def _write(folder: Path, stem: str, text: str) -> str:
    """Add a file that was not there, and return its name. A torn one of an earlier try is left. Raises: OSError."""
    for attempt in range(_MOST_NAMESAKES):
        path = folder / (f"{stem}.note" if not attempt else f"{stem}.{attempt}.note")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            if path.read_bytes() == text.encode():
                return path.name
            continue
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        sync_folder(folder)
        return path.name
    raise FileExistsError(17, f"there are {_MOST_NAMESAKES} files that begin with {stem}")


# --- Other programs --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Webhook:
    """A program that gets each checkpoint's text by POST, and answers with a status from 200 to 299."""

    url: str

    @property
    def name(self) -> str:
        return self.url

    def keep(self, checkpoint: Checkpoint) -> str:
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        if settings.GATERHUB_JOURNAL_ANCHOR_TOKEN:
            headers["Authorization"] = f"Bearer {settings.GATERHUB_JOURNAL_ANCHOR_TOKEN}"
        try:
            answer = outgoing.post(self.url, checkpoint.note.encode(), headers)
        except outgoing.NoAnswer as error:
            raise NotAnchored(str(error)) from error
        if not 200 <= answer.status < 300:
            raise NotAnchored(f"{self.url} answered {answer.status}.")
        return answer.body.decode(errors="replace").replace("\0", "")[:1_000]


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A witness, whose answer is its signature."""

    witness: Witness

    @property
    def name(self) -> str:
        return f"{WITNESS}{self.witness.url}"

    def keep(self, checkpoint: Checkpoint) -> str:
        try:
            return self.witness.cosignatures(checkpoint, anchor=self.name)
        except (outgoing.NoAnswer, MissingLeaf) as error:
            raise NotAnchored(str(error)) from error
