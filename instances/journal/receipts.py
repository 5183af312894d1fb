"""What a publisher of evidence gets at once: the hub's signature over what it took, before there is a place for it."""

import base64
import binascii
from collections.abc import Iterable
from typing import Final, NamedTuple
from uuid import UUID

from instances.journal import notes
from instances.journal.keys import SigningKey

FORM: Final = "gaterhub-receipt/v1"


class Taken(NamedTuple):
    """What the hub took, and when."""

    event_id: UUID | str
    received_ms: int
    leaf_hash: bytes


def receipt_text(log: str, taken: Iterable[Taken]) -> str:
    """Return what a receipt signs: that the log took these events, in this order, each with its hash and then."""
    lines = [f"{event_id} {received_ms} {leaf_hash.hex()}\n" for event_id, received_ms, leaf_hash in taken]
    return f"{FORM}\n{log}\n{''.join(lines)}"


def sign(log: str, taken: Iterable[Taken], key: SigningKey) -> str:
    """Return a receipt's signature: the key's id and the Ed25519 signature, in base64.

    One for all events that are published together: a signature of its own for each took a third of a batch's time.
    """
    return base64.b64encode(key.note_key_id(log) + key.sign(receipt_text(log, taken).encode())).decode()


def verify(signature: str, log: str, taken: Iterable[Taken], *, public: bytes) -> bool:
    """Tell whether a receipt is that public key's, over these events."""
    try:
        blob = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    if blob[: notes.KEY_ID_BYTES] != notes.key_id(log, public):
        return False
    return notes.verified(public, blob[notes.KEY_ID_BYTES :], receipt_text(log, taken).encode())
