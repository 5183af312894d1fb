"""This hub as a witness of other hubs' logs (C2SP tlog-witness): it cosigns a tree that grew from the one before."""

import base64
import binascii
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from instances.journal import merkle, notes
from instances.journal.append import writing
from instances.journal.keys import old_keys, signing_key
from instances.journal.models import Witnessed
from instances.journal.router import ALIAS

REQUEST_MAX_BYTES: Final = notes.NOTE_MAX_BYTES + 8 * 1024
"""A checkpoint, and a proof of at most 63 hashes."""
_PROOF_MAX_LINES: Final = 63
_OLD: Final = "old "


class Declined(Exception):
    """A checkpoint that isn't cosigned."""

    status: int = 400


class Malformed(Declined):
    """A request that isn't in the protocol's form."""


class UnknownLog(Declined):
    """A log whose key isn't in GATERHUB_WITNESS_LOGS."""

    status = 404


class NotSigned(Declined):
    """A checkpoint without a right signature of its log."""

    status = 403


class AnotherSize(Declined):
    """A request that goes on from another tree than the one that was cosigned last; `size` is that one's."""

    status = 409

    def __init__(self, size: int) -> None:
        super().__init__(f"The tree that was cosigned last has {size} entries.")
        self.size = size


class AnotherTree(Declined):
    """A tree of the size that was cosigned last, with another root: the log has forked."""

    status = 409


class NotGrown(Declined):
    """A proof that doesn't show that the tree grew from the one before."""

    status = 422


@dataclass(frozen=True, slots=True)
class Request:
    """What a log asks its witness."""

    old: int
    proof: tuple[bytes, ...]
    note: notes.Note
    said: notes.Checkpointed


def witness_name() -> str:
    """Return the name under which this hub cosigns."""
    return str(settings.GATERHUB_JOURNAL_ORIGIN)


def verifier_key() -> str:
    """Return the verifier key of this hub's cosignatures. Raises: NoKey."""
    return signing_key().verifier(witness_name(), kind=notes.COSIGNATURE)


def known_logs() -> list[notes.VerifierKey]:
    """Return whose checkpoints are cosigned here; a log may have two keys during a change."""
    return [notes.VerifierKey.parse(text) for text in settings.GATERHUB_WITNESS_LOGS]


def add_checkpoint(body: bytes, *, clock: Callable[[], float] = time.time) -> str:
    """Return this hub's lines of cosignature over a log's checkpoint.

    1. The checkpoint is read, and its signature verified with a key of its log.
    2. The log's row is locked; the request has to go on from the tree that it names.
    3. The proof is verified, and what was seen is on record before anybody gets a signature.

    Raises: Declined; NoKey; what the database raises.
    """
    request = read(body)
    said, keys = request.said, [key for key in known_logs() if key.name == request.said.origin]
    if not keys:
        raise UnknownLog(f"The log {said.origin[:100]!r} is not witnessed here.")
    if not any(notes.verify(request.note, key) for key in keys):
        raise NotSigned(f"The checkpoint has no right signature of {said.origin}.")
    if request.old > said.size:
        raise Malformed(f"The old size, {request.old}, is larger than the checkpoint's, {said.size}.")
    now = clock()
    with writing(ALIAS):
        rows = Witnessed.objects.using(ALIAS)
        rows.get_or_create(
            origin=said.origin, defaults={"size": 0, "root": merkle.EMPTY_ROOT, "at_ms": int(now * 1000)}
        )
        seen = rows.select_for_update().get(origin=said.origin)
        _check(request, seen)
        seen.size, seen.root, seen.at_ms = said.size, said.root, int(now * 1000)
        seen.save(using=ALIAS)
    keys_of_ours = (signing_key(), *old_keys())
    lines = [notes.cosign(request.note.text, witness_name(), key, seconds=int(now)) for key in keys_of_ours]
    return "".join(f"{line}\n" for line in lines)


def _check(request: Request, seen: Witnessed) -> None:
    said, root = request.said, bytes(seen.root)
    if request.old != seen.size:
        raise AnotherSize(seen.size)
    if request.old == said.size and said.root != root:
        raise AnotherTree(f"{said.origin} had another root at {said.size} entries when it was cosigned last.")
    if not merkle.verify_consistency(request.old, said.size, root, said.root, request.proof):
        raise NotGrown(f"The proof doesn't show that {said.size} entries grew from {request.old}.")


def read(body: bytes) -> Request:
    """Return what a request says: `old` and a size, lines of proof, an empty line, a checkpoint. Raises: Malformed."""
    if len(body) > REQUEST_MAX_BYTES:
        raise Malformed(f"The request has more than {REQUEST_MAX_BYTES} bytes.")
    try:
        head, blank, text = body.decode().partition("\n\n")
        first, *proof = head.split("\n")
        if not blank or not first.startswith(_OLD) or len(proof) > _PROOF_MAX_LINES:
            raise Malformed(
                f"A request is a line `old` with a size, up to {_PROOF_MAX_LINES} lines of proof, an empty line, and a "
                "checkpoint."
            )
        note = notes.parse(text)
        said = notes.parse_checkpoint(note.text)
        return Request(notes.size_of(first.removeprefix(_OLD)), tuple(map(_hash, proof)), note, said)
    except (UnicodeDecodeError, notes.BadNote) as error:
        raise Malformed(f"The request can't be read: {error}") from error


def _hash(line: str) -> bytes:
    try:
        step = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        step = b""
    if len(step) != merkle.HASH_BYTES:
        raise Malformed("A line of proof is a hash of 32 bytes in base64.")
    return step
