"""The secret with which a token's publisher signs its events: made, sealed and opened here.

It stands apart from the token: a token travels with every request, the signing secret with none.
"""

import logging
import re
import secrets
import string
from typing import Final

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from instances.access.models import Token
from instances.access.sealing import CannotOpen, keyring
from instances.error_codes import Refusal

logger = logging.getLogger(__name__)

# As a token's: letters and digits, and 62^43 > 2^256.
_ALPHABET: Final = string.ascii_letters + string.digits
_LENGTH: Final = 43
FORM: Final = re.compile(rf"ghs_[A-Za-z0-9]{{{_LENGTH}}}")


class RevokedToken(Refusal):
    """A token that is no longer good for anything."""

    def __init__(self, token: Token) -> None:
        super().__init__("conflict", f"The token gh_{token.prefix}_… was revoked; a signing secret would be of no use.")


def new_signing_secret() -> str:
    """Return the text of a new signing secret, from the system's random source."""
    return "ghs_" + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


@sensitive_variables("secret")
def give_signing_secret(token: Token) -> str:
    """Give the token a new signing secret in the place of the one it had, and return it, this once.

    The one before it is good for as long as processes remember the token: CACHE_SECONDS, and a look more on a socket.
    Raises: RevokedToken.
    """
    if token.revoked_at is not None:
        raise RevokedToken(token)
    secret = new_signing_secret()
    token.signing_secret = keyring().seal(secret, place=_place(token.prefix))
    token.save(update_fields=["signing_secret"])
    return secret


def reseal() -> tuple[int, list[str]]:
    """Seal what older keys sealed with the present one; return how many, and the prefixes that nobody can open.

    Raises nothing for those: their publishers need new secrets, and the others should not wait for that.
    """
    keys, resealed, lost = keyring(), 0, []
    with transaction.atomic():
        for token in Token.objects.select_for_update().exclude(signing_secret="").order_by("pk"):  # nosec B106  Nothing.
            if keys.is_current(token.signing_secret):
                continue
            place = _place(token.prefix)
            try:
                token.signing_secret = keys.seal(keys.open(token.signing_secret, place=place), place=place)
            except CannotOpen:
                lost.append(token.prefix)
                continue
            token.save(update_fields=["signing_secret"])
            resealed += 1
    return resealed, lost


class SigningSecret:
    """A token's signing secret, opened when it is first needed. It shows itself nowhere."""

    __slots__ = ("_key", "_prefix", "_sealed")

    def __init__(self, prefix: str, sealed: str) -> None:
        self._prefix = prefix
        self._sealed = sealed
        self._key: bytes | None = None

    @property
    def key(self) -> bytes:
        """The key of the HMAC: the secret's text in UTF-8. Raises: Refusal, `internal` where it can't be opened."""
        if self._key is None:
            try:
                self._key = keyring().open(self._sealed, place=_place(self._prefix)).encode()
            except CannotOpen as error:
                logger.error("The signing secret of the token gh_%s_… can't be opened: %s", self._prefix, error)
                raise Refusal(
                    "internal",
                    "The hub can't open the signing secret of your token, so the signature can't be checked; its log "
                    "says why. An operator can make another signing secret.",
                ) from None
        return self._key


def signing_secret_of(token: Token) -> SigningSecret | None:
    """Return the token's signing secret, still sealed, or None where it has none."""
    return SigningSecret(token.prefix, token.signing_secret) if token.signing_secret else None


def _place(prefix: str) -> str:
    return f"signing secret of the token {prefix}"
