"""How a publisher signs an event: HMAC-SHA256 (RFC 2104) over the canonical form (RFC 8785) of instance and event."""

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import rfc8785
from django.views.decorators.debug import sensitive_variables

from instances.catalog import find
from instances.event import BadEvent, new_id, now_ms

WINDOW_SECONDS: Final = 5 * 60
"""How far a signed event's `timestamp` may be from the hub's clock, either way."""
SIGNATURE: Final = "signature"
NO_CANONICAL_FORM: Final = "The event has no canonical form (RFC 8785), so it can't be signed"


@sensitive_variables("secret")
def sign(event: Mapping[str, Any], instance: str, secret: str) -> dict[str, Any]:
    """Return the event with its signature, and with `id` and `timestamp` where it had none.

    `instance` is one of the ten or its alias, `secret` the token's signing secret. Changing anything afterwards makes
    the signature wrong. Raises: BadEvent for what RFC 8785 can't write, UnknownInstance.
    """
    now = now_ms()
    named = {"id": new_id(now), "timestamp": now} | dict(event)
    named.pop(SIGNATURE, None)
    return named | {SIGNATURE: mac_of(canonical(named, find(instance).name), secret.encode()).hex()}


def canonical(event: Mapping[str, Any], instance: str) -> bytes:
    """Return what is signed: the event without its signature, and with the instance's own name. Raises: BadEvent."""
    signed = {key: value for key, value in event.items() if key != SIGNATURE} | {"instance": instance}
    try:
        return rfc8785.dumps(signed)
    except rfc8785.IntegerDomainError as error:
        raise BadEvent(
            "bad_request",
            f"{NO_CANONICAL_FORM}: {str(error).split(' ')[0]} is beyond ±(2^53 - 1), where readers disagree about "
            "integers; send it as text.",
        ) from error
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise BadEvent("bad_request", f"{NO_CANONICAL_FORM}: {error}.") from error


def canonical_of(raw: bytes, instance: str) -> tuple[dict[str, Any], bytes]:
    """Return an event that came as JSON, and its canonical form. Raises: BadEvent."""
    try:
        event: dict[str, Any] = json.loads(raw, object_pairs_hook=_without_repeated_keys)
    except ValueError as error:
        raise BadEvent("bad_request", f"{NO_CANONICAL_FORM}: {error}.") from error
    return event, canonical(event, instance)


def mac_of(text: bytes, key: bytes) -> bytes:
    """Return the signature's 32 bytes."""
    return hmac.digest(key, text, sha256)


def _without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of two values under one key, publisher, hub and readers could each take another one for what was signed.
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise BadEvent(
            "bad_request",
            f"{NO_CANONICAL_FORM}: the key {next(key for key in keys if keys.count(key) > 1)[:80]!r} stands more than "
            "once in an object.",
        )
    return found
