"""A token as a person names it on a shell: by its prefix, with or without what stands around it."""

import re
from typing import Final

from instances.access.models import Token
from instances.access.secret import PREFIX_LENGTH
from instances.error_codes import Refusal

_NAMED: Final = re.compile(rf"(?:gh_)?([a-z0-9]{{{PREFIX_LENGTH}}})(?:_…)?")


def token_named(text: str) -> Token:
    """Return the token of `k3f9ab2c`, `gh_k3f9ab2c` or `gh_k3f9ab2c_…`. Raises: Refusal.

    A whole token is refused: who types one on a shell has it in the shell's history.
    """
    named = _NAMED.fullmatch(text)
    token = None if named is None else Token.objects.select_related("user").filter(prefix=named[1]).first()
    if token is None:
        # What was typed may be a secret, and is not repeated.
        raise Refusal(
            "not_found",
            f"No token has this prefix. It is the {PREFIX_LENGTH} characters after gh_; the admin lists them.",
        )
    return token
