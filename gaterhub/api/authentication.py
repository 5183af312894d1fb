"""Who calls the API: a bearer token, or a person with a session cookie."""

from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.views.decorators.debug import sensitive_variables
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.request import Request

from gaterhub.acts.actor import client_address
from instances.access.authentication import authenticate_token
from instances.access.granting import principal_of_user
from instances.access.principal import Principal

_SCHEME: Final = b"bearer"
# RFC 6750, section 3: the challenge has at least one parameter, and names the error where a token was given.
CHALLENGE: Final = 'Bearer realm="gaterhub"'
CHALLENGE_INVALID: Final = f'{CHALLENGE}, error="invalid_token"'


class TokenCaller(AnonymousUser):
    """What stands as `request.user` under a token: nobody's account, yet let in."""

    def __init__(self, principal: Principal) -> None:
        self.principal = principal

    def __str__(self) -> str:
        return self.principal.name

    @property
    def is_anonymous(self) -> bool:  # type: ignore[override]  # The base says always, of its own kind.
        return False

    @property
    def is_authenticated(self) -> bool:  # type: ignore[override]  # As above.
        return True


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer gh_…` (RFC 6750). A bad token is refused even where a good cookie came along."""

    @sensitive_variables()
    def authenticate(self, request: Request) -> tuple[TokenCaller, Principal] | None:
        scheme, _, credentials = get_authorization_header(request).partition(b" ")
        if scheme.lower() != _SCHEME:
            return None
        principal = authenticate_token(credentials.strip().decode("latin-1"), client_address(request._request))
        return TokenCaller(principal), principal

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class CookieAuthentication(SessionAuthentication):
    """The session cookie, with CSRF checked for every method that changes something."""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        found = super().authenticate(request)
        return None if found is None else (found[0], principal_of_user(found[0]))


def caller(request: Request) -> Principal:
    """Return who calls, in a view that lets nobody else in."""
    if not isinstance(request.auth, Principal):
        raise TypeError("A view without authentication asks for its caller.")
    return request.auth
