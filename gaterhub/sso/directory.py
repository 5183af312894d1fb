"""The way to the organisation's directory and back: log-in by OpenID Connect, code flow with PKCE."""

import logging
from typing import Any

from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse
from requests import RequestException

from gaterhub.sso.conf import PROVIDER_ID, the_directory
from gaterhub.sso.tokens import BadToken, claims_of

logger = logging.getLogger(__name__)

KEPT = ("iss", "sub", "preferred_username", "name", "given_name", "family_name", "email", "email_verified")
"""Claims that stay in the database with the account; the others are used and forgotten."""


class Directory(OpenIDConnectOAuth2Adapter):
    """allauth's adapter, which would believe a token without a look at its signature and its nonce."""

    def __init__(self, request: HttpRequest, provider_id: str = PROVIDER_ID) -> None:
        super().__init__(request, provider_id)
        self.state: dict[str, Any] | None = None

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **answered: Any) -> Any:
        """Return the log-in that the ID token proves. Raises: OAuth2Error."""
        nonce = (self.state or {}).get("nonce")
        id_token = answered["response"].get("id_token")
        if not nonce or not id_token:
            raise OAuth2Error("The provider's answer has no ID token, or belongs to no log-in from here.")
        if str(self.openid_config["issuer"]).rstrip("/") != the_directory().issuer.rstrip("/"):
            raise OAuth2Error(f"The provider calls itself {self.openid_config['issuer']!r}.")
        try:
            claims = claims_of(
                id_token, keys=self._keys, issuer=self.openid_config["issuer"], client_id=app.client_id, nonce=nonce
            )
        except BadToken as error:
            raise OAuth2Error(f"The provider's ID token is refused: {error}.") from error
        kept = {name: claims[name] for name in KEPT if name in claims}
        login = self.get_provider().sociallogin_from_response(request, {"id_token": kept})
        login.claims = claims
        return login

    def _keys(self) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            response = session.get(self.openid_config["jwks_uri"])
            response.raise_for_status()
            keys: dict[str, Any] = response.json()
            return keys


class _Callback(OAuth2CallbackView):
    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        state, response = super()._get_state(request, provider)
        self.adapter.state = state
        return state, response


@login_not_required
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send a visitor to the directory, by POST; a GET asks first, or any page could log people in."""
    try:
        answer: HttpResponse = OAuth2LoginView.adapter_view(Directory(request, provider_id))(request)
    except (RequestException, KeyError) as error:
        answer = render_authentication_error(request, get_adapter().get_provider(request, provider_id), exception=error)
    return answer


@login_not_required
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Let in whom the directory has sent back with a good token."""
    try:
        answer: HttpResponse = _Callback.adapter_view(Directory(request, provider_id))(request)
    except (KeyError, TypeError, ValueError) as error:
        # A provider that answers with something else than the standard says.
        logger.warning("The directory's answer can't be read: %r", error)
        answer = render_authentication_error(request, get_adapter().get_provider(request, provider_id), exception=error)
    return answer
