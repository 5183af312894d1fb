"""Canonical JSON (RFC 8785): one text for what an event says, so that its hash can be found again anywhere.

The common event takes the quick way: decoded and encoded by msgspec, whose text is the canonical one but for numbers
with a point and for the order of keys beyond the Basic Multilingual Plane. Where anything is in doubt, it is read
again, slowly and by path.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, NoReturn

import msgspec
from msgspec import Raw

from instances.event import BadEvent

INTEGER_MAX: Final = 2**53
"""Up to there a double, which is what most readers make of a number, tells every integer from the next."""

# As many digits as it takes to be too large, once every digit is a zero; and a NUL. Both may be harmless.
_AS_ZEROS: Final = bytes.maketrans(b"123456789", b"0" * 9)
_MANY_DIGITS: Final = b"0" * len(str(INTEGER_MAX))
_NUL: Final = b"\\u0000"
# A character that UTF-16 writes as a pair, in UTF-8.
_PAIR: Final = re.compile(rb"[\xf0-\xf4]")
_NO_NUMBER: Final = Raw(b"NaN")


def number(literal: str) -> Raw:
    """Return a JSON number with a point or an exponent as ECMAScript writes it (RFC 8785 section 3.2.2.3)."""
    value = float(literal)
    if not math.isfinite(value):
        return _NO_NUMBER
    # Both languages write the shortest digits that make the same double, and differ only in where the point goes.
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        text = mantissa.removesuffix(".0")
        return Raw(b"0" if text == "-0" else text.encode())
    sign = "-" if mantissa[0] == "-" else ""
    digits = mantissa.lstrip("-").replace(".", "")
    return Raw(f"{sign}{_with_point(digits, int(exponent) + 1)}".encode())


def _with_point(digits: str, point: int) -> str:
    """Return 0.`digits` times ten to the power of `point` (ECMA-262, Number::toString)."""
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{rest}e{point - 1:+d}"


_decode: Final = msgspec.json.Decoder(float_hook=number).decode
_encode: Final = msgspec.json.Encoder().encode
_encode_sorted: Final = msgspec.json.Encoder(order="deterministic").encode


def read(text: bytes) -> dict[str, Any]:
    """Return what a JSON object says, to be written by `canonical`; numbers with a point are `Raw`.

    Raises: BadEvent, by path, for a key that stands twice in an object, an integer beyond ±2^53, a number beyond all
    doubles and a NUL; and for what is no JSON.
    """
    try:
        said: dict[str, Any] = _decode(text)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadEvent("bad_request", f"The event is no JSON that every reader can read: {error}.") from error
    # msgspec writes no key twice, so neither did whoever wrote exactly what msgspec writes.
    if _encode(said) != text or _MANY_DIGITS in text.translate(_AS_ZEROS) or _NUL in text:
        _check_by_path(text)
    return said


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 text of what `read` gave, or of dicts, lists, texts and integers."""
    text = _encode_sorted(value)
    if not text.isascii() and _PAIR.search(text) is not None:
        # By UTF-16, as RFC 8785 section 3.2.3 has it, these come before U+E000 to U+FFFF; by UTF-8 they come after.
        return _encode(_sorted(value))
    return text


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: _sorted(value[key]) for key in keys}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


class _Object(NamedTuple):
    pairs: list[tuple[str, Any]]


class _Literal(NamedTuple):
    """A number as it was written."""

    text: str

    @property
    def wrong(self) -> str | None:
        if not self.text.lstrip("-").isdigit():
            return None if number(self.text) is not _NO_NUMBER else "is a number that no computer's double holds"
        # One with more digits isn't made an integer at all: it would take time, and is too large anyway.
        if len(self.text) <= len(str(-INTEGER_MAX)) and abs(int(self.text)) <= INTEGER_MAX:
            return None
        return (
            "is an integer beyond ±2^53, which most readers would take for another; send it as a text, or with a "
            "decimal point if it needn't be exact"
        )


def _check_by_path(text: bytes) -> None:
    """Raises: BadEvent."""
    read_again = json.loads(text, object_pairs_hook=_Object, parse_int=_Literal, parse_float=_Literal)
    for path, wrong in _wrong(read_again, ""):
        _refuse(path, wrong)


def _wrong(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong, each with where it stands, such as "data.items.0.count"."""
    if isinstance(value, _Object):
        names = set()
        for name, inner in value.pairs:
            place = f"{path}.{name}" if path else name
            if name in names:
                yield place, "stands more than once in its object, so readers would differ about what it says"
            names.add(name)
            if "\0" in name:
                yield path, "has a key with a NUL character (\\u0000), which is not taken"
            yield from _wrong(inner, place)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _wrong(inner, f"{path}.{position}")
    elif isinstance(value, _Literal):
        if value.wrong is not None:
            yield path, value.wrong
    elif isinstance(value, str) and "\0" in value:
        yield path, "holds a NUL character (\\u0000), which is not taken"


def _refuse(path: str, wrong: str) -> NoReturn:
    raise BadEvent("bad_request", f"`{path}` {wrong}. Evidence is taken only where it says one thing to everybody.")
