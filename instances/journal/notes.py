"""Signed notes and checkpoints, as C2SP writes them: signed-note, tlog-checkpoint, tlog-cosignature."""

import base64
import binascii
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519: Final = 0x01
"""The kind of key that signs a note's text."""
COSIGNATURE: Final = 0x04
"""The kind of key that signs the text and the time: that of a witness."""
KEY_ID_BYTES: Final = 4
PUBLIC_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
NOTE_MAX_BYTES: Final = 64 * 1024
"""Far above what a log with some witnesses writes; what is longer is refused unread."""
MOST_SIGNATURES: Final = 100

_DASH: Final = "\N{EM DASH} "
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_KEY_ID: Final = re.compile(r"[0-9a-f]{8}")


class BadNote(ValueError):
    """A text that is no signed note, no checkpoint, or no verifier key."""


class Signing(Protocol):
    """A key that signs: keys.SigningKey, or one of a test's own."""

    @property
    def public(self) -> bytes: ...

    def sign(self, data: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    key_id: bytes
    value: bytes
    """Without the key's id."""

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {_encoded(self.key_id + self.value)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a newline, and who signed it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n" + "".join(f"{signature}\n" for signature in self.signatures)


@dataclass(frozen=True, slots=True)
class Checkpointed:
    """What a checkpoint's text says."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a key, with the name of whom it belongs to."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Return what `name+id+key` says. Raises: BadNote."""
        # The base64 of the key may hold a plus, a name never does.
        name, _, rest = text.strip().partition("+")
        digits, _, encoded = rest.partition("+")
        check_name(name)
        blob = _decoded(encoded, f"the key of {name}")
        if len(blob) != 1 + PUBLIC_BYTES or blob[0] not in (ED25519, COSIGNATURE):
            raise BadNote(f"The verifier key of {name} is neither an Ed25519 key nor a cosigning one.")
        key = cls(name, blob[0], blob[1:])
        if _KEY_ID.fullmatch(digits) is None or bytes.fromhex(digits) != key.key_id:
            raise BadNote(f"The verifier key of {name} says the id {digits[:8]!r}, and its own is {key.key_id.hex()}.")
        return key

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, self.public, kind=self.kind)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_encoded(bytes((self.kind,)) + self.public)}"


def key_id(name: str, public: bytes, *, kind: int = ED25519) -> bytes:
    """Return the four bytes by which a signature tells its key."""
    return sha256(name.encode() + b"\n" + bytes((kind,)) + public).digest()[:KEY_ID_BYTES]


def check_name(name: str) -> None:
    """Refuse what can't be a key's name. Raises: BadNote."""
    if not name or len(name) > 255 or "+" in name or any(_breaks(character) for character in name):
        raise BadNote(f"A key's name is 1 to 255 characters without spaces, pluses or controls, not {name[:80]!r}.")


def _breaks(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cs")


# --- Notes -----------------------------------------------------------------------------------------------------------


def parse(text: str) -> Note:
    """Return the note, of which no signature is verified yet. Raises: BadNote."""
    if len(text) > NOTE_MAX_BYTES:
        raise BadNote(f"The note has {len(text)} characters, and {NOTE_MAX_BYTES} are read.")
    if any(character != "\n" and unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise BadNote("The note holds a control character other than a newline.")
    body, blank, block = text.rpartition("\n\n")
    if not blank or not block.endswith("\n"):
        raise BadNote("A note is a text, an empty line, and lines of signatures, each ended by a newline.")
    lines = block[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise BadNote(f"The note has {len(lines)} signatures, and {MOST_SIGNATURES} are read.")
    return Note(f"{body}\n", tuple(parse_signature(line) for line in lines))


def parse_signature(line: str) -> Signature:
    """Return what a line of signature says, given without its newline. Raises: BadNote."""
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH):
        raise BadNote("A line of signature begins with an em dash and a space.")
    check_name(name)
    blob = _decoded(encoded, f"the signature of {name}")
    if len(blob) <= KEY_ID_BYTES:
        raise BadNote(f"The signature of {name} has {len(blob)} bytes, of which {KEY_ID_BYTES} are the key's id.")
    return Signature(name, blob[:KEY_ID_BYTES], blob[KEY_ID_BYTES:])


def sign(text: str, name: str, key: Signing, *others: Signing) -> str:
    """Return the text as a note, signed under that name by each of the keys. Raises: BadNote."""
    check_name(name)
    if not text.endswith("\n"):
        raise BadNote("A note's text ends in a newline.")
    signatures = tuple(Signature(name, key_id(name, each.public), each.sign(text.encode())) for each in (key, *others))
    return str(Note(text, signatures))


def cosign(text: str, name: str, key: Signing, *, seconds: int) -> str:
    """Return a witness's line of signature, without a newline, over a text that it saw at that Unix time."""
    check_name(name)
    value = seconds.to_bytes(8, "big") + key.sign(_cosigned(text, seconds))
    return str(Signature(name, key_id(name, key.public, kind=COSIGNATURE), value))


def verify(note: Note, verifier_key: "str | VerifierKey") -> bool:
    """Tell whether one of the note's signatures is that key's, and right. Raises: BadNote for what is no key."""
    key = VerifierKey.parse(verifier_key) if isinstance(verifier_key, str) else verifier_key
    return any(verify_signature(note.text, signature, key) for signature in note.signatures)


def verify_signature(text: str, signature: Signature, key: VerifierKey) -> bool:
    """Tell whether a signature over the text is that key's, and right."""
    if signature.name != key.name or signature.key_id != key.key_id:
        return False
    if key.kind == ED25519:
        return verified(key.public, signature.value, text.encode())
    if len(signature.value) != 8 + SIGNATURE_BYTES:
        return False
    return verified(key.public, signature.value[8:], _cosigned(text, int.from_bytes(signature.value[:8], "big")))


def verified(public: bytes, signature: bytes, data: bytes) -> bool:
    """Tell whether an Ed25519 signature (RFC 8032) over the data is right."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


# --- Checkpoints -----------------------------------------------------------------------------------------------------


def checkpoint_text(origin: str, size: int, root: bytes, extensions: Sequence[str] = ()) -> str:
    """Return the text of a checkpoint, to be signed."""
    return "".join(f"{line}\n" for line in (origin, str(size), _encoded(root), *extensions))


def parse_checkpoint(text: str) -> Checkpointed:
    """Return what the text of a checkpoint says, a note's text. Raises: BadNote."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() != "" or not all(lines):
        raise BadNote("A checkpoint is a line for origin, size and root each, and none of its lines is empty.")
    origin, size, root, *extensions = lines
    hashed = _decoded(root, "the root")
    if len(hashed) != sha256().digest_size:
        raise BadNote(f"The root of a checkpoint has {sha256().digest_size} bytes, not {len(hashed)}.")
    return Checkpointed(origin, size_of(size), hashed, tuple(extensions))


def size_of(text: str) -> int:
    """Return a tree's size as checkpoints write it. Raises: BadNote."""
    if _DECIMAL.fullmatch(text) is None:
        raise BadNote(f"A tree's size is a decimal of up to 19 digits without leading zeros, not {text[:40]!r}.")
    size = int(text)
    if size >= 1 << 63:
        raise BadNote("No tree has 2^63 entries.")
    return size


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str, what: str) -> bytes:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise BadNote(f"What should be {what} is no base64: {error}.") from None
    if _encoded(data) != text:
        # Bits that nobody reads could be turned without a signature noticing.
        raise BadNote(f"What should be {what} is base64 with spare bits that are not zero.")
    return data
