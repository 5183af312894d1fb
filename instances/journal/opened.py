"""Putting personal values back into the places of their commitments, or saying why they can't be."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from hmac import digest
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Raw

from instances.journal.personal import COMMITTED, Held
from instances.redaction import REDACTED

logger = logging.getLogger(__name__)

ERASED: Final = b'"[erased]"'
"""Where the values of a person were erased."""
UNREADABLE: Final = b'"[unreadable]"'
"""Where the hub hasn't the key that the values were sealed with; it may be given back."""
TAMPERED: Final = b'"[tampered]"'
"""Where a value isn't the one that the entry was sealed with."""


@dataclass(slots=True)
class Opened:
    """What is known of an entry's personal values."""

    values: dict[str, Held] = field(default_factory=dict)
    """By JSON pointer."""
    absent: bytes = ERASED
    """What to say, as JSON, in a place whose value isn't here."""


class Commitments(NamedTuple):
    """How an entry's commitments and what is held apart agree: JSON pointers."""

    broken: tuple[str, ...]
    absent: tuple[str, ...]


class _Listed(msgspec.Struct):
    personal: list[str] = []


_decode_listed: Final = msgspec.json.Decoder(_Listed).decode
_decode_object: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_list: Final = msgspec.json.Decoder(list[Raw]).decode
_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode
_REDACTED_WORD: Final = _decode(REDACTED)

Steps = dict[str, "Steps | str"]
"""The pointers as a tree of keys, each leaf the whole pointer."""


def event_of(body: bytes, opened: Opened | None) -> dict[str, Any]:
    """Return an entry's sealed object with the personal values in their places; None: "[redacted]" there."""
    said: dict[str, Any] = _decode(body)
    put_back(said, said.pop(COMMITTED, ()), opened)
    return said


def put_back(said: Any, pointers: Iterable[str], opened: Opened | None) -> None:
    """Put the personal values back into an entry that was decoded, as `filled` does into its bytes."""
    for pointer in pointers:
        holder, (*before, last) = said, pointer.split("/")[1:]
        for key in before:
            holder = holder[int(key) if type(holder) is list else _plain(key)]
        at = int(last) if type(holder) is list else _plain(last)
        if opened is None:
            holder[at] = _REDACTED_WORD
            continue
        held = opened.values.get(pointer)
        if held is None:
            holder[at] = _decode(opened.absent)
        elif holder[at] != {"commitment": digest(bytes.fromhex(held.s), held.v.encode(), "sha256").hex()}:
            _complain(pointer)
            holder[at] = _decode(TAMPERED)
        else:
            holder[at] = _decode(held.v)


def check_commitments(body: bytes, opened: Opened) -> Commitments:
    """Hold what is held apart against the commitments of the entry's sealed bytes."""
    broken, absent = [], []
    for pointer in _decode_listed(body).personal:
        held = opened.values.get(pointer)
        if held is None:
            absent.append(pointer)
        elif _at(body, pointer) != _committed(held):
            broken.append(pointer)
    return Commitments(tuple(broken), tuple(absent))


def steps_of(pointers: list[str]) -> Steps:
    """Return the pointers as a tree."""
    steps: Steps = {}
    for pointer in pointers:
        *before, last = pointer.split("/")[1:]
        inner: Any = steps
        for key in before:
            inner = inner.setdefault(_plain(key), {})
        inner[_plain(last)] = pointer
    return steps


def _plain(key: str) -> str:
    return key.replace("~1", "/").replace("~0", "~") if "~" in key else key


def filled(text: bytes, steps: "Steps | str", opened: Opened | None) -> bytes:
    """Return JSON with its commitments replaced by the values, or by a word that says why not."""
    if isinstance(steps, str):
        return _value(text, steps, opened)
    if not steps:
        return text
    if text[:1] == b"[":
        items = _decode_list(text)
        for key, inner in steps.items():
            items[int(key)] = Raw(filled(bytes(items[int(key)]), inner, opened))
        return _encode(items)
    held = _decode_object(text)
    for key, inner in steps.items():
        held[key] = Raw(filled(bytes(held[key]), inner, opened))
    return _encode(held)


def _value(committed: bytes, pointer: str, opened: Opened | None) -> bytes:
    if opened is None:
        return REDACTED
    held = opened.values.get(pointer)
    if held is None:
        return opened.absent
    if committed != _committed(held):
        _complain(pointer)
        return TAMPERED
    return held.v.encode()


def _complain(pointer: str) -> None:
    logger.error("A personal value at %s is not the one that its entry was sealed with.", pointer)


def _committed(held: Held) -> bytes:
    return b'{"commitment":"%b"}' % held.commitment.encode()


def _at(text: bytes, pointer: str) -> bytes:
    for key in map(_plain, pointer.split("/")[1:]):
        text = bytes(_decode_list(text)[int(key)] if text[:1] == b"[" else _decode_object(text)[key])
    return text
