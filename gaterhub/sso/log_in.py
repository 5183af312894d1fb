"""The log-in page where there is single sign-on or a second factor: the same form, and then allauth's stages."""

from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpResponse


class LoginPage(LoginView):
    """Django's own page. The password proven, allauth asks for the second factor where the account has one."""

    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        login = Login(user=user, email_verification="none", redirect_url=self.get_success_url())
        answer: HttpResponse = perform_password_login(self.request, {"username": user.get_username()}, login)
        return answer

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context, sso=settings.SSO)
