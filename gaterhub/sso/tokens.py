"""The ID token of an OpenID Connect provider, verified (OpenID Connect Core 1.0, section 3.1.3.7)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import jwt
from django.utils.crypto import constant_time_compare

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signed with the provider's private key. None that a public key or nobody at all could make."""
LEEWAY_SECONDS: Final = 60
"""Clocks differ."""
REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat", "nonce")


class BadToken(Exception):
    """The ID token isn't what the provider would have issued for this log-in."""


def claims_of(
    text: str,
    *,
    keys: Callable[[], Mapping[str, Any]],
    issuer: str,
    client_id: str,
    nonce: str,
) -> dict[str, Any]:
    """Return the claims of an ID token; `keys` fetches the provider's key set. Raises: BadToken.

    1. The header names an algorithm and, where the provider has several keys, which.
    2. Signature, issuer, audience and times are right.
    3. Of several audiences, the token was issued for this client.
    4. It answers the request that this session has made, and no other.
    """
    try:
        header = jwt.get_unverified_header(text)
        if header.get("alg") not in ALGORITHMS:
            raise BadToken(f"its algorithm is {header.get('alg')!r}")
        claims: dict[str, Any] = jwt.decode(
            text,
            key=_key(keys(), header.get("kid")),
            algorithms=[header["alg"]],
            issuer=issuer,
            audience=client_id,
            leeway=LEEWAY_SECONDS,
            options={"require": list(REQUIRED)},
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise BadToken(str(error)) from error
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != client_id:
        raise BadToken("it is meant for several, and was issued for another")
    if not constant_time_compare(str(claims["nonce"]), nonce):
        raise BadToken("its nonce is of another log-in")
    return claims


def _key(key_set: Mapping[str, Any], kid: str | None) -> Any:
    keys = jwt.PyJWKSet.from_dict(dict(key_set)).keys
    fitting = [key for key in keys if kid is None or key.key_id == kid]
    if len(fitting) != 1:
        raise BadToken(f"the provider has {len(fitting)} keys {kid!r}")
    return fitting[0].key
