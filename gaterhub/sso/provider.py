"""The OpenID Connect provider as allauth finds it in an app: allauth's own, with nothing for a visitor to choose."""

import secrets
from typing import Any

from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.http import HttpRequest, HttpResponse

from gaterhub.sso.directory import Directory


class DirectoryProvider(OpenIDConnectProvider):
    oauth2_adapter_class = Directory

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **asked: Any
    ) -> HttpResponse:
        """Send the visitor to the provider with a nonce, which waits in the session with the state.

        What else the address may ask for (`scope`, `auth_params`, joining accounts) is passed over.
        """
        nonce = secrets.token_urlsafe(32)
        auth_params = {**self.get_auth_params(), "nonce": nonce}
        answer: HttpResponse = super().redirect(
            request, AuthProcess.LOGIN, next_url, None, auth_params=auth_params, nonce=nonce
        )
        return answer


provider_classes = [DirectoryProvider]
