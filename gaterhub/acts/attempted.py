"""Attempts that were refused, whichever door they came to, told to `security` with who, from where, what and why."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from gaterhub.acts import denials
from gaterhub.acts.actor import caller_of, client_address, user_agent
from gaterhub.acts.denials import Origin
from gaterhub.origin import plain
from instances.access.secret import prefix_of
from instances.schemas import security
from instances.schemas.typed_event import TypedEvent

WHY: Final = "denied_because"
"""The attribute of an answer that says why, for whoever knows it; a status of 401 or 403 speaks for itself."""
CSRF: Final = "csrf"

Answer = HttpResponseBase | Awaitable[HttpResponseBase]


class DeniedRequestMiddleware:
    """Sees every answer of API, pages and admin, those of Django's own handlers and of its CSRF check included.

    It stands after the authentication middleware, outside of every transaction: what is told stays told.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Answer]) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        answer = self._get_response(request)
        if not isinstance(answer, HttpResponseBase):
            return self._look(request, answer)
        note(request, answer)
        return answer

    async def _look(self, request: HttpRequest, answering: Awaitable[HttpResponseBase]) -> HttpResponseBase:
        answer = await answering
        note(request, answer)
        return answer


def note(request: HttpRequest, answer: HttpResponseBase) -> None:
    """Tell or count the request if it was refused for who sent it; one that showed nothing was only asked to."""
    because = getattr(answer, WHY, None)
    if because is None and answer.status_code != 403:
        return
    kind, name = caller_of(request)
    origin = Origin(client_address(request), f"{kind}:{name}" if name else kind, "web")
    if answer.status_code == 401:
        denials.DENIALS.denied(origin, "token", lambda: _bad_token(origin, request, because or ""))
    elif because is not None and because.startswith("CSRF"):
        denials.DENIALS.denied(origin, CSRF, lambda: _violation(origin, request.path, CSRF, request))
    else:
        denials.DENIALS.denied(
            origin, "permission", lambda: _forbidden(origin, request.method or "", request.path, because, request)
        )


def socket_denied(
    *, address: str | None, actor: str, kind: str, action: str, reason: str, prefix: str | None = None, **signal: Any
) -> None:
    """Tell or count what a socket was refused, as `consumers.notices.attempt_denied` describes it."""
    origin = Origin(address, plain(actor), "websocket")
    denials.DENIALS.denied(origin, kind, lambda: _SOCKET[kind](origin, action, reason, prefix))


def _bad_token(origin: Origin, request: HttpRequest, reason: str) -> TypedEvent:
    text = request.headers.get("Authorization", "").partition(" ")[2].strip()
    return _not_authenticated(origin, "token", reason, prefix_of(text), request)


def _not_authenticated(
    origin: Origin, method: str, reason: str, prefix: str | None, request: HttpRequest | None = None
) -> TypedEvent:
    """Name a token by its public prefix alone; what isn't of its form may be some other secret, and isn't named."""
    return security.authentication_failure(
        user_id=f"gh_{prefix}" if prefix else "unknown",
        **_where(origin, "gaterhub", request),
        method=method,
        reason=plain(reason),
    )


def _forbidden(
    origin: Origin, action: str, resource: str, reason: str | None, request: HttpRequest | None = None
) -> TypedEvent:
    return security.authorization_denied(
        user_id=origin.actor.partition(":")[2] or origin.actor,
        action=plain(action),
        resource=plain(resource),
        **_where(origin, "gaterhub", request),
        reason=plain(reason or "missing_permission"),
    )


def _violation(origin: Origin, action: str, rule: str, request: HttpRequest | None = None) -> TypedEvent:
    return security.access_violation(
        resource="gaterhub",
        **_where(origin, "gaterhub", request),
        action=plain(action),
        rule=rule,
        blocked=True,
    )


def _where(origin: Origin, target: str, request: HttpRequest | None) -> dict[str, Any]:
    return {
        "actor": origin.actor,
        "ip_address": origin.address,
        "origin": origin.door,
        "target": target,
        "outcome": "failure",
        "user_agent": None if request is None else user_agent(request) or None,
    }


_SOCKET: Final[dict[str, Callable[[Origin, str, str, str | None], TypedEvent]]] = {
    "token": lambda origin, action, reason, prefix: _not_authenticated(origin, "token", reason, prefix),
    "session": lambda origin, action, reason, prefix: _not_authenticated(origin, "session", reason, None),
    "origin": lambda origin, action, reason, prefix: _violation(origin, action, "origin"),
    "permission": lambda origin, action, reason, prefix: _forbidden(origin, action, "websocket", reason),
}
"""What each kind of refusal of a socket is told as."""
