"""Secrets that came with an event are taken out before anybody can read it; what they look like is a table.

It works on the bytes of compact JSON, so that all that is no secret stays as it came, to the digit.
"""

import re
from typing import Final, NamedTuple

import msgspec

from instances.secrets_table import CARD, CARD_LEAST_DIGITS, KEY_HINTS, LONG_RUN, SECRET_KEYS, SECRETS, Secret

SCRUBBED: Final = "[scrubbed]"
PLACES_MAX: Final = 5
"""Named in the warning; more say nothing more."""
_NAME_MAX_CHARACTERS: Final = 60

_LONG_HINTS: Final = tuple({hint for row in SECRETS if row.long for hint in row.hints})
_ALL_HINTS: Final = {hint for row in SECRETS if not row.long for hint in row.hints} | set(KEY_HINTS)
_HINTS: Final = tuple(hint for hint in _ALL_HINTS if not any(other != hint and other in hint for other in _ALL_HINTS))
"""Whatever holds a longer one holds one of these."""
_WORD: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
_TO_A: Final = bytes.maketrans(_WORD, b"a" * len(_WORD))
_LONG: Final = b"a" * LONG_RUN
_TO_ZERO: Final = bytes.maketrans(b"123456789", b"000000000")
_CARD_DIGITS: Final = b"0" * CARD_LEAST_DIGITS

_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]|[-+0-9.eE]+|true|false|null')
_JOINTS: Final = str.maketrans("", "", "_-. ")
_SAYS_NOTHING: Final = frozenset({b"true", b"false", b"null", b'""', b'"[scrubbed]"'})
_encode: Final = msgspec.json.Encoder().encode
_decode_text: Final = msgspec.json.Decoder(str).decode


class Clean(NamedTuple):
    """JSON without secrets."""

    payload: bytes
    secrets: int
    """How many were taken out."""
    places: tuple[str, ...] = ()
    """The keys at the top under which they stood, each once."""


def is_suspect(payload: bytes) -> bool:
    """Tell whether the JSON is worth a closer look; most isn't, and this is all that it costs."""
    # Whoever writes a letter as an escape may write any; a slash, too, is in some forms.
    if b"\\u" in payload or b"\\/" in payload:
        return True
    # Texts are searched several times faster than bytes are, and as this one each byte is a character.
    lowered = payload.decode("latin-1").lower()
    for hint in _HINTS:
        if hint in lowered:
            return True
    if _LONG in payload.translate(_TO_A):
        for hint in _LONG_HINTS:
            if hint in lowered:
                return True
    return _CARD_DIGITS in payload.translate(_TO_ZERO, b" -")


def scrub(payload: bytes) -> Clean:
    """Return the compact JSON with each secret in its texts and names replaced; of the same structure.

    What stands under the name of a secret is replaced whatever it is, except true, false, null and nothing.
    """
    return _scrubbed(payload) if is_suspect(payload) else Clean(payload, 0)


def _scrubbed(payload: bytes) -> Clean:
    parts: list[bytes] = []
    places: dict[str, None] = {}
    copied = count = depth = 0
    # The depth from which on all that is written is secret; 0 while nothing is.
    secret_from = 0
    is_named = False
    top = ""
    for token in _TOKEN.finditer(payload):
        text = token[0]
        if text in b"{[":
            depth += 1
            secret_from = secret_from or (depth if is_named else 0)
            is_named = False
            continue
        if text in b"}]":
            secret_from = 0 if depth == secret_from else secret_from
            depth -= 1
            continue
        # In compact JSON a name is what a colon follows.
        if payload[token.end() : token.end() + 1] == b":":
            is_named, replaced, found = _name(text, number=count + 1)
            if depth == 1:
                top = _decode_text(replaced)
        else:
            replaced, found = _secret_value(text) if is_named or secret_from else _value(text)
            is_named = False
        if found:
            count += found
            places[top[:_NAME_MAX_CHARACTERS]] = None
            parts += (payload[copied : token.start()], replaced)
            copied = token.end()
    if not count:
        return Clean(payload, 0)
    return Clean(b"".join((*parts, payload[copied:])), count, tuple(places))


def _name(text: bytes, *, number: int) -> tuple[bool, bytes, int]:
    """Return whether the value of that name is secret, the name without secrets, and how many it held."""
    name = _decode_text(text)
    is_secret = name.translate(_JOINTS).lower().endswith(SECRET_KEYS)
    new, found = _without_secrets(name)
    # Numbered, so that two names don't become the same one.
    return is_secret, _encode(new.replace(SCRUBBED, f"[scrubbed {number}]")) if found else text, found


def _secret_value(text: bytes) -> tuple[bytes, int]:
    return (text, 0) if text in _SAYS_NOTHING else (_encode(SCRUBBED), 1)


def _value(text: bytes) -> tuple[bytes, int]:
    if text.startswith(b'"'):
        new, found = _without_secrets(_decode_text(text))
        return (_encode(new), found) if found else (text, 0)
    is_card = len(text) >= CARD_LEAST_DIGITS and _is_card(text.decode())
    return (_encode(SCRUBBED), 1) if is_card else (text, 0)


def _is_card(text: str) -> bool:
    return CARD.pattern.fullmatch(text) is not None and CARD.confirm is not None and CARD.confirm(text)


def _without_secrets(text: str) -> tuple[str, int]:
    """Return the text with each secret replaced, and how many there were."""
    lowered, found = text.lower(), 0
    for row in SECRETS:
        for hint in row.hints:
            if hint in lowered:
                text, more = _without(text, row)
                found += more
                break
    if len(text) >= CARD_LEAST_DIGITS:
        text, more = _without(text, CARD)
        found += more
    return text, found


def _without(text: str, row: Secret) -> tuple[str, int]:
    found = 0
    group = "secret" if "secret" in row.pattern.groupindex else 0

    def replace(match: re.Match[str]) -> str:
        nonlocal found
        secret = match[group]
        if secret == SCRUBBED or (row.confirm is not None and not row.confirm(secret)):
            return match[0]
        found += 1
        start, end = match.span(group)
        # An opening quote stays, so that quotes stay in pairs for whoever reads the text as JSON or as a command.
        opening = re.match(r"\\{0,8}[\"']", secret)
        quote = opening[0] if opening is not None and row.pattern.groupindex else ""
        return match.string[match.start() : start] + quote + SCRUBBED + match.string[end : match.end()]

    return row.pattern.sub(replace, text), found


def told(count: int, places: tuple[str, ...]) -> str:
    """Return the warning for a publisher whose events held secrets."""
    named = ", ".join(places[:PLACES_MAX])
    others = f" and {len(places) - PLACES_MAX} other places" if len(places) > PLACES_MAX else ""
    what = "1 secret was" if count == 1 else f"{count} secrets were"
    return f"{what} scrubbed from {named}{others}: publish none. docs/scrubbing.md says what counts as one."
