"""Who a socket is: found out from its first frame, and let in or not."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from msgspec import UnsetType

from consumers.close_codes import AUTHENTICATION_FAILED, ORIGIN_REFUSED, TOO_MANY_CONNECTIONS, CloseCode
from consumers.frames import Connect
from consumers.inspector.bans import BANS
from consumers.sessions import origin_is_trusted, principal_of_session, session_key_of
from consumers.standing import Credential
from instances.access.authentication import aauthenticate_token
from instances.access.forwarding import address_of_scope
from instances.access.principal import Principal
from instances.error_codes import Refusal

_MOST: Final[dict[str, Callable[[], int]]] = {
    "user": lambda: int(settings.GATERHUB_SESSION_CONNECTIONS),
    "token": lambda: int(settings.GATERHUB_TOKEN_CONNECTIONS),
}

# Of this process: how many connections each principal holds.
_held: Final[Counter[tuple[str, int]]] = Counter()


class KeptOut(Exception):
    """A socket that isn't let in, and the code that tells it why."""

    def __init__(self, code: CloseCode, reason: str = "") -> None:
        super().__init__(reason or code.reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Admitted:
    principal: Principal
    credential: Credential

    def leave(self) -> None:
        """Give back the place that was taken."""
        key = self.principal.kind, self.principal.id
        _held[key] -= 1
        if not _held[key]:
            del _held[key]


async def admit(scope: Mapping[str, Any], said: Connect) -> Admitted:
    """Find out who it is; a token outranks the cookie. Raises: KeptOut; Refusal where trying again can help."""
    address = address_of_scope(scope)
    try:
        if isinstance(said.token, UnsetType):
            admitted = await _by_session(scope, address)
        else:
            principal = await aauthenticate_token(said.token, address)
            admitted = Admitted(principal, Credential(principal.id, None, address))
    except Refusal as refusal:
        if refusal.retry:
            raise
        raise KeptOut(AUTHENTICATION_FAILED, refusal.message) from refusal
    principal = admitted.principal
    if (banned := BANS.of(principal)) is not None:
        raise KeptOut(banned.code)
    own = principal.limits.connections
    if _held[principal.kind, principal.id] >= (_MOST[principal.kind]() if own is None else own):
        raise KeptOut(TOO_MANY_CONNECTIONS)
    _held[principal.kind, principal.id] += 1
    return admitted


async def _by_session(scope: Mapping[str, Any], address: str | None) -> Admitted:
    if not origin_is_trusted(scope):
        raise KeptOut(ORIGIN_REFUSED)
    key = session_key_of(scope)
    principal = await principal_of_session(key)
    if principal is None:
        raise KeptOut(AUTHENTICATION_FAILED)
    return Admitted(principal, Credential(None, key, address))
