"""The keys of the spool, derived from those by which the hub seals."""

from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from instances.access.sealing import KEY_BYTES, Keyring, id_of

_DERIVED_FOR: Final = b"gaterhub spool"


class KeyMissing(Exception):
    """A record that was sealed by a key that the hub no longer has."""

    def __init__(self, key_id: bytes, known: list[bytes]) -> None:
        super().__init__(
            f"It was sealed by the key {key_id.hex()}, and the hub has {', '.join(each.hex() for each in known)}. "
            "Put the key of that time into GATERHUB_ENCRYPTION_KEYS_OLD, or its SECRET_KEY into SECRET_KEY_FALLBACKS."
        )
        self.key_id = key_id


class SpoolKeys:
    """The key that seals records, and all that open them, by the ids of the hub's own keys."""

    def __init__(self, keyring: Keyring) -> None:
        self.sealing_id: Final = bytes.fromhex(id_of(keyring.sealing))
        self._opening: Final[Mapping[bytes, AESGCM]] = {
            bytes.fromhex(key_id): AESGCM(_derived(key)) for key_id, key in keyring.opening.items()
        }

    @property
    def sealing(self) -> AESGCM:
        return self._opening[self.sealing_id]

    def of(self, key_id: bytes) -> AESGCM:
        """Return the key of that id. Raises: KeyMissing."""
        try:
            return self._opening[key_id]
        except KeyError:
            raise KeyMissing(key_id, sorted(self._opening)) from None


def _derived(key: bytes) -> bytes:
    """Return a key of the spool's own by HKDF (RFC 5869), so that no key seals for two purposes."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_DERIVED_FOR).derive(key)
