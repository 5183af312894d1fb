"""The text of a token, `gh_<prefix>_<secret>`: made, recognised and digested here and nowhere else."""

import re
import secrets
import string
from hashlib import sha256
from typing import Final

PREFIX_LENGTH: Final = 8
_PREFIX_ALPHABET: Final = string.ascii_lowercase + string.digits
# Letters and digits only, so that a double click marks the whole token and no shell or URL needs a quote.
_SECRET_ALPHABET: Final = string.ascii_letters + string.digits
# 62^43 > 2^256: the secret holds 256 random bits, which is why one plain SHA-256 is a fit store for it.
SECRET_LENGTH: Final = 43
_FORM: Final = re.compile(rf"gh_([a-z0-9]{{{PREFIX_LENGTH}}})_[A-Za-z0-9]{{{SECRET_LENGTH}}}")


def new_token_text() -> str:
    """Return the text of a new token, from the system's random source."""
    prefix = "".join(secrets.choice(_PREFIX_ALPHABET) for _ in range(PREFIX_LENGTH))
    secret = "".join(secrets.choice(_SECRET_ALPHABET) for _ in range(SECRET_LENGTH))
    return f"gh_{prefix}_{secret}"


def prefix_of(text: str) -> str | None:
    """Return the prefix, under which the token is looked up, or None when the text is no token at all."""
    form = _FORM.fullmatch(text)
    return form[1] if form else None


def digest_of(text: str) -> str:
    """Return what is stored instead of the text: its SHA-256, 64 hexadecimal digits."""
    return sha256(text.encode()).hexdigest()
