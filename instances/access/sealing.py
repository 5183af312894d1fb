"""Small secrets at rest: sealed with AES-256-GCM under a key of the hub's, and opened where they are needed.

A sealed text is `v1.<key id>.<nonce and ciphertext>`. The key's id stands in it, so that a key can be replaced while
what the one before it sealed can still be opened.
"""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
"""Random ones (NIST SP 800-38D section 8.2.2) are safe for 2^32 texts under a key; a hub seals a few thousand."""
_FORM: Final = "v1"
_DERIVED_FOR: Final = b"gaterhub sealing"


class BadKey(ValueError):
    """A text that is no key."""


class CannotOpen(Exception):
    """A sealed text that none of the hub's keys opens in this place."""


@sensitive_variables("text")
def key_of(text: str) -> bytes:
    """Return the key that a setting holds: 32 bytes in base64, of either alphabet. Raises: BadKey."""
    try:
        key = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except ValueError as error:
        raise BadKey(f"it is no base64: {error}") from None
    if len(key) != KEY_BYTES:
        raise BadKey(f"it holds {len(key)} bytes, and a key has {KEY_BYTES}")
    return key


def derived_key(secret: str) -> bytes:
    """Return the key that stands in for one of its own, from SECRET_KEY by HKDF (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_DERIVED_FOR).derive(secret.encode())


def id_of(key: bytes) -> str:
    """Return eight digits by which a key is known, from which nobody learns the key."""
    return sha256(b"gaterhub key id:" + key).hexdigest()[:8]


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """The key that seals, and all that open."""

    sealing: bytes
    opening: Mapping[str, bytes]
    """By their ids, the sealing one included."""

    @classmethod
    def of(cls, sealing: bytes, *old: bytes) -> "Keyring":
        return cls(sealing, {id_of(key): key for key in (sealing, *old)})

    @sensitive_variables("secret")
    def seal(self, secret: str, *, place: str) -> str:
        """Return the secret sealed for one place, such as a token's prefix, and for no other."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + AESGCM(self.sealing).encrypt(nonce, secret.encode(), place.encode())
        return f"{_FORM}.{id_of(self.sealing)}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, text: str, *, place: str) -> str:
        """Return the secret that was sealed for that place. Raises: CannotOpen."""
        form, _, rest = text.partition(".")
        key_id, _, body = rest.partition(".")
        if form != _FORM:
            raise CannotOpen("It is no sealed text of this version.")
        key = self.opening.get(key_id)
        if key is None:
            raise CannotOpen(
                f"It was sealed with the key {key_id[:8]!r}, and the hub has {', '.join(sorted(self.opening))}. "
                "Put the key of that time into GATERHUB_ENCRYPTION_KEYS_OLD."
            )
        try:
            sealed = base64.urlsafe_b64decode(body)
            return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode()).decode()
        except (ValueError, InvalidTag):
            raise CannotOpen("It was changed, or sealed for another place.") from None

    @property
    def current_beginning(self) -> str:
        """What every text begins with that was sealed with the key that seals now."""
        return f"{_FORM}.{id_of(self.sealing)}."

    def is_current(self, text: str) -> bool:
        """Tell whether the text was sealed with the key that seals now."""
        return text.startswith(self.current_beginning)


def keyring() -> Keyring:
    """Return the hub's keys, as the settings say.

    GATERHUB_ENCRYPTION_KEY seals where it is set, else a key derived from SECRET_KEY. The derived one always opens, so
    that setting a key of its own loses nothing.
    """
    derived = [derived_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    old = [key_of(text) for text in settings.GATERHUB_ENCRYPTION_KEYS_OLD]
    if settings.GATERHUB_ENCRYPTION_KEY:
        return Keyring.of(key_of(settings.GATERHUB_ENCRYPTION_KEY), *old, *derived)
    return Keyring.of(*derived, *old)
