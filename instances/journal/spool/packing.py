"""What a record of the spool says, and how it is written."""

from collections.abc import Sequence
from typing import Final

import msgspec

from instances.journal.draft import Draft

VERSION: Final = 1
"""Of this form. A field that a draft gains needs a default, and then older records stay readable."""


class Unreadable(Exception):
    """A record as it was written, by a gaterhub that writes them otherwise."""


class _Envelope(msgspec.Struct, array_like=True):
    version: int
    instance: str
    drafts: msgspec.Raw


_encode: Final = msgspec.msgpack.Encoder().encode
_decode_envelope: Final = msgspec.msgpack.Decoder(_Envelope).decode
_decode_drafts: Final = msgspec.msgpack.Decoder(list[Draft]).decode


def packed(instance: str, drafts: Sequence[Draft]) -> bytes:
    return _encode(_Envelope(VERSION, instance, msgspec.Raw(_encode(list(drafts)))))


def unpacked(payload: bytes, *, instance: str) -> list[Draft]:
    """Return the drafts of that instance. Raises: Unreadable."""
    try:
        envelope = _decode_envelope(payload)
        if envelope.version > VERSION:
            raise Unreadable(
                f"It has the form {envelope.version}, and this gaterhub reads up to {VERSION}: start the newer one "
                "that wrote it."
            )
        if envelope.instance != instance:
            raise Unreadable(f"It holds events of {envelope.instance}, in a file that is named after {instance}.")
        return _decode_drafts(envelope.drafts)
    except msgspec.DecodeError as error:
        raise Unreadable(f"It holds no drafts that this gaterhub understands: {error}.") from error
