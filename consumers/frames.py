"""What a client may say: one JSON object with an id and one verb; and how it is told what was wrong with it."""

from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from instances.error_codes import Refusal

PROTOCOL: Final = "gaterhub.v1+json"
CLIENT_MESSAGE_MAX_BYTES: Final = 128 * 1024


class BadFrame(Refusal):
    def __init__(self, message: str) -> None:
        super().__init__("bad_request", message)


class Connect(msgspec.Struct, forbid_unknown_fields=True):
    token: str | UnsetType = UNSET


class Subscribe(msgspec.Struct, forbid_unknown_fields=True):
    instance: str
    pattern: str
    since: dict[str, str] | UnsetType = UNSET
    durable: str | UnsetType = UNSET


class Unsubscribe(msgspec.Struct, forbid_unknown_fields=True):
    sub: str


class Ack(msgspec.Struct, forbid_unknown_fields=True):
    sub: str
    positions: dict[str, str]


class Viewing(msgspec.Struct, forbid_unknown_fields=True):
    views: list[str]


class Pong(msgspec.Struct, forbid_unknown_fields=True):
    pass


class Frame(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A client's frame; exactly one of its verbs is set."""

    id: int | str | UnsetType = UNSET
    connect: Connect | UnsetType = UNSET
    subscribe: Subscribe | UnsetType = UNSET
    unsubscribe: Unsubscribe | UnsetType = UNSET
    publish: Raw | UnsetType = UNSET
    """Still bytes: the pipeline reads them."""
    ack: Ack | UnsetType = UNSET
    viewing: Viewing | UnsetType = UNSET
    pong: Pong | UnsetType = UNSET


class _Answerable(msgspec.Struct):
    """As much of a broken frame as it takes to answer it."""

    id: int | str | UnsetType = UNSET


VERBS: Final = tuple(name for name in Frame.__struct_fields__ if name != "id")
_ID_MAX_CHARACTERS: Final = 128

_decode: Final = msgspec.json.Decoder(Frame).decode
_decode_id: Final = msgspec.json.Decoder(_Answerable).decode


def is_too_large(text: str) -> bool:
    """Tell whether a message is larger than a client's may be."""
    # A character is one byte at least, so that most texts need not be encoded to be measured.
    return len(text) > CLIENT_MESSAGE_MAX_BYTES or (
        len(text) * 4 > CLIENT_MESSAGE_MAX_BYTES and len(text.encode()) > CLIENT_MESSAGE_MAX_BYTES
    )


def read_frame(text: str | bytes) -> Frame:
    """Return the frame. Raises: BadFrame, which says what would be right."""
    try:
        frame = _decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadFrame(
            f"The frame can't be read: {error}. A frame is one JSON object with an id and one of {', '.join(VERBS)}."
        ) from error
    said = [verb for verb in VERBS if getattr(frame, verb) is not UNSET]
    if len(said) != 1:
        raise BadFrame(f"A frame says one of {', '.join(VERBS)}; this one says {' and '.join(said) or 'none'}.")
    if isinstance(frame.id, str) and len(frame.id) > _ID_MAX_CHARACTERS:
        raise BadFrame(f"A frame's id has at most {_ID_MAX_CHARACTERS} characters.")
    return frame


def id_of(text: str | bytes) -> int | str | None:
    """Return the id of a frame that could not be read otherwise, or None."""
    try:
        id = _decode_id(text).id
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return None if isinstance(id, UnsetType) or len(str(id)) > _ID_MAX_CHARACTERS else id


def error_of(refusal: Refusal, *, ids: list[str] | None) -> dict[str, Any]:
    """Return what an `error` frame says of a refusal; `ids` are those of events that may be published all the same."""
    told: dict[str, Any] = {"code": refusal.code, "message": refusal.message, "retry": refusal.retry}
    if refusal.retry_after_seconds is not None:
        told["retry_after_ms"] = round(refusal.retry_after_seconds * 1000)
    if refusal.errors:
        told["errors"] = refusal.errors
    if ids is not None:
        # Whether the events are in is unknown, so the publisher needs their ids to try again.
        told["ids"] = ids
    return told
