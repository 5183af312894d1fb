"""Whether an event is what its publisher signed, and signed just now. Whether it came before is asked in its lane."""

import hmac
import re
from datetime import UTC, datetime
from typing import Final

from instances.access.principal import Principal
from instances.error_codes import Refusal
from instances.event import BadEvent, Prepared, Signed, digest_of
from instances.publishing.signing import WINDOW_SECONDS, canonical_of, mac_of
from instances.replays import MARGIN_SECONDS
from instances.spec import InstanceSpec

_FORM: Final = re.compile(r"[0-9a-f]{64}")


class NotSigned(Refusal):
    """An event without the signature that its instance asks for."""

    def __init__(self, instance: str) -> None:
        super().__init__(
            "forbidden",
            f"{instance} takes signed events only: put `id`, `timestamp` and `signature`, the HMAC-SHA256 of your "
            "token's signing secret over the event, into it (docs/signing.md).",
        )


class NoSigningSecret(Refusal):
    """A signature that nothing is there to check it with."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            "forbidden",
            "Your token has no signing secret, so the signature can't be checked; an operator makes one."
            if kind == "token"
            else "A signature is checked with a token's signing secret, and this publish has no token; leave "
            "`signature` out.",
        )


class WrongSignature(Refusal):
    """A signature that does not belong to this event, this instance and this token."""

    def __init__(self) -> None:
        super().__init__(
            "forbidden",
            "The signature is not the HMAC-SHA256 of your token's signing secret over this event and this instance: "
            "either was changed after it was signed, or the secret was replaced (docs/signing.md).",
        )


class NotSignedNow(Refusal):
    """A signed event whose time is too far from the hub's."""

    def __init__(self, timestamp_ms: int, now_ms: int) -> None:
        super().__init__(
            "forbidden",
            f"The signed event's timestamp is {timestamp_ms} ({_clock(timestamp_ms)}), and the hub's clock says "
            f"{now_ms} ({_clock(now_ms)}); at most {WINDOW_SECONDS // 60} minutes may lie between them. Sign it anew.",
        )


def check_signature(spec: InstanceSpec, raw: bytes, event: Prepared, by: Principal | None, *, required: bool) -> None:
    """Make sure that the event is its publisher's own, and have it taken once only.

    1. Without a signature it passes, unless the instance wants one of every token.
    2. What is signed has an id and a time near the hub's.
    3. The signature is compared in constant time.
    4. The lane is told what to remember; and what the event is compared with that comes again under its id is what it
       says, without the time and the signature, which each attempt has anew.

    Raises: Refusal.
    """
    if event.signature is None:
        if required and by is not None and by.kind == "token":
            raise NotSigned(spec.name)
        return
    if by is None or by.signing_secret is None:
        raise NoSigningSecret("" if by is None else by.kind)
    if _FORM.fullmatch(event.signature) is None:
        raise BadEvent("bad_request", "`signature` is an HMAC-SHA256 in 64 lowercase hexadecimal digits.")
    said, text = canonical_of(raw, spec.name)
    missing = [key for key in ("id", "timestamp") if key not in said]
    if missing:
        raise BadEvent("bad_request", f"A signed event has `{'` and `'.join(missing)}` too, so that it is taken once.")
    timestamp = int(said["timestamp"])
    if abs(timestamp - event.received_ms) > WINDOW_SECONDS * 1000:
        raise NotSignedNow(timestamp, event.received_ms)
    mac = mac_of(text, by.signing_secret.key)
    if not hmac.compare_digest(mac, bytes.fromhex(event.signature)):
        raise WrongSignature
    event.signed = Signed(mac[:16], timestamp + (WINDOW_SECONDS + MARGIN_SECONDS) * 1000)
    event.digest = digest_of(_lasting(text, event.topic))


def _lasting(text: bytes, topic: str) -> bytes:
    """Return the canonical form without the time. Its keys are sorted: after `timestamp` comes `topic` alone, in which
    nothing can look like another key, so the last `timestamp` is the event's own."""
    return b"%b\n%b" % (text.rpartition(b',"timestamp":')[0], topic.encode())


def _clock(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
