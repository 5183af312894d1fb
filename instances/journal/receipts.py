"""What a publisher of evidence gets at once: the hub's signature over what it took, before there is a place for it."""

import base64
import binascii
from typing import Final
from uuid import UUID

from instances.journal import notes
from instances.journal.keys import SigningKey

FORM: Final = "gaterhub-receipt/v1"


def receipt_text(*, log: str, event_id: UUID | str, received_ms: int, leaf_hash: bytes) -> str:
    """Return what a receipt signs: that the log took the event with that hash, then."""
    return f"{FORM}\n{log}\n{event_id}\n{received_ms}\n{leaf_hash.hex()}\n"


def sign(*, log: str, event_id: UUID | str, received_ms: int, leaf_hash: bytes, key: SigningKey) -> str:
    """Return a receipt's signature: the key's id and the Ed25519 signature, in base64."""
    text = receipt_text(log=log, event_id=event_id, received_ms=received_ms, leaf_hash=leaf_hash)
    return base64.b64encode(key.note_key_id(log) + key.sign(text.encode())).decode()


def verify(
    signature: str, *, log: str, event_id: UUID | str, received_ms: int, leaf_hash: bytes, public: bytes
) -> bool:
    """Tell whether a receipt is that public key's, over that event."""
    try:
        blob = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    text = receipt_text(log=log, event_id=event_id, received_ms=received_ms, leaf_hash=leaf_hash)
    if blob[: notes.KEY_ID_BYTES] != notes.key_id(log, public):
        return False
    return notes.verified(public, blob[notes.KEY_ID_BYTES :], text.encode())
