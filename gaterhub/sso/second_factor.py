"""The second factor: a code of the phone after the password, and recovery codes for the day it is lost."""

import base64
from collections.abc import Callable
from typing import Any, Final

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from axes.handlers.proxy import AxesProxyHandler
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consumers.sessions import HELD_BACK
from gaterhub.acts.actor import current_actor
from gaterhub.acts.telling import tell_on_commit
from gaterhub.api.problem import API_PATH, answer, problem
from gaterhub.origin import plain
from gaterhub.people.guessing import locked_out
from instances.schemas import security

LEFT_OPEN: Final = ("accounts/", "livez", "readyz")
"""Where staff may go before they have a second factor: to set it up, and out."""


class SecondFactor(DefaultMFAAdapter):
    """Keeps the secrets encrypted, with a key of SECRET_KEY's own: a copy of the database is no second factor."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            # SECRET_KEY has changed. No code is right then; an administrator deletes the factor, and it is set up anew.
            return base64.b32encode(Fernet.generate_key()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not (settings.STAFF_NEEDS_MFA and authenticator.user.is_staff)


def _cipher() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    material = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"gaterhub second factor").derive(key.encode())
    return base64.urlsafe_b64encode(material)


class CodePage(AuthenticateView):
    """Asks for the code. A wrong one counts as a failed log-in, and a lock holds here too."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        credentials = {"username": self.stage.login.user.get_username()}
        if not AxesProxyHandler.is_allowed(request, credentials):
            return locked_out(request, credentials=credentials)
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        credentials = {"username": self.stage.login.user.get_username()}
        user_login_failed.send(sender=__name__, credentials=credentials, request=self.request)
        response: HttpResponse = super().form_invalid(form)
        return response


@require_safe
@login_required
@never_cache
def picture(request: HttpRequest) -> HttpResponse:
    """Give the QR code of the secret that the set-up page has just made, as a file: the pages allow no data: images."""
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    adapter = SecondFactor()
    assert isinstance(request.user, User)
    svg = adapter.build_totp_svg(adapter.build_totp_url(request.user, secret))
    return HttpResponse(svg, content_type="image/svg+xml")


class StaffNeedsSecondFactor:
    """Leads staff without a second factor to the page that sets one up, from wherever else they go.

    The session says so since its log-in, so no page asks the database; the session opens no socket either.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        """Stand in the way once the address is known. A request without the session's cookie is a token's."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or HELD_BACK not in request.session:
            return None
        if request.resolver_match is not None and request.resolver_match.route.startswith(LEFT_OPEN):
            return None
        if request.path.startswith(API_PATH):
            return answer(problem("forbidden", "Staff set up a second factor first, at /accounts/2fa/totp/activate/."))
        return redirect("mfa_activate_totp")


def hold_back(*, request: HttpRequest, user: User, **signal: Any) -> None:
    """Mark a session that began without the second factor that its person needs."""
    totp = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP)
    if settings.STAFF_NEEDS_MFA and user.is_staff and not totp.exists():
        request.session[HELD_BACK] = True


def added(*, request: HttpRequest, user: User, authenticator: Authenticator, **signal: Any) -> None:
    """Take the mark off once the second factor is there, and tell that it is."""
    request.session.pop(HELD_BACK, None)
    tell_on_commit(security.credential_created(**_credential(user, authenticator)))


def removed(*, user: User, authenticator: Authenticator, **signal: Any) -> None:
    tell_on_commit(security.credential_revoked(**_credential(user, authenticator)))


def _credential(user: User, authenticator: Authenticator) -> dict[str, Any]:
    kind, name = str(authenticator.type), plain(user.get_username())
    whose = {"credential_id": f"{kind}:{name}", "credential_kind": kind, "user_id": name}
    return {**whose, "actor": current_actor()["actor"]}


def connect() -> None:
    user_logged_in.connect(hold_back, dispatch_uid="gaterhub.sso.hold_back")
    authenticator_added.connect(added, dispatch_uid="gaterhub.sso.added")
    authenticator_removed.connect(removed, dispatch_uid="gaterhub.sso.removed")
