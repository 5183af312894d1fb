"""What a socket is refused, and that one is ended, told to whoever listens. It costs a signal with plain values."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import UNSET, UnsetType

from consumers.close_codes import ACCESS_REVOKED, AUTHENTICATION_FAILED, DISCONNECTED, ORIGIN_REFUSED, CloseCode
from consumers.frames import VERBS, Connect, Frame
from consumers.notices import attempt_denied, socket_ended
from instances.access.forwarding import address_of_scope
from instances.access.principal import Principal
from instances.access.secret import prefix_of
from instances.error_codes import Refusal

FORBIDDEN: Final = "forbidden"
_FOR_WHO_IT_IS: Final = frozenset({AUTHENTICATION_FAILED, ORIGIN_REFUSED})
_TOLD_ENDINGS: Final = frozenset({ACCESS_REVOKED, DISCONNECTED})

Scope = Mapping[str, Any]


def actor_of(principal: Principal | None) -> str:
    return "anonymous" if principal is None else f"{principal.kind}:{principal.name}"


def tell_kept_out(scope: Scope, said: Connect, code: CloseCode, reason: str) -> None:
    """Tell that a socket was not let in, if for who it is. Of a token nothing but its public prefix goes on."""
    if code not in _FOR_WHO_IT_IS:
        return
    token = said.token
    by_token = not isinstance(token, UnsetType)
    attempt_denied.send_robust(
        sender=Connect,
        address=address_of_scope(scope),
        actor=actor_of(None),
        kind="token" if by_token else "origin" if code is ORIGIN_REFUSED else "session",
        action="connect",
        reason=reason,
        prefix=None if isinstance(token, UnsetType) else prefix_of(token),
    )


def tell_refused(scope: Scope, principal: Principal | None, frame: Frame, refusal: Refusal) -> None:
    """Tell that a frame asked for what is not granted; other refusals are mistakes."""
    codes = {refusal.code, *(error["code"] for error in refusal.errors)}
    if FORBIDDEN not in codes:
        return
    attempt_denied.send_robust(
        sender=Frame,
        address=address_of_scope(scope),
        actor=actor_of(principal),
        kind="permission",
        action=next((verb for verb in VERBS if getattr(frame, verb) is not UNSET), ""),
        reason=refusal.message,
        prefix=None,
    )


def tell_ended(scope: Scope, principal: Principal | None, connection: str, code: CloseCode) -> None:
    """Tell that a socket is ended by those who decide about access; that others end is everyday life."""
    if code in _TOLD_ENDINGS:
        socket_ended.send_robust(
            sender=CloseCode,
            connection=connection,
            actor=actor_of(principal),
            address=address_of_scope(scope),
            code=code.name,
        )
