"""The page on which people change their own password."""

from typing import Any

from django.conf import settings
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpResponse
from django.urls import reverse_lazy

from gaterhub.acts.actor import current_actor
from gaterhub.acts.telling import tell_on_commit
from gaterhub.origin import plain
from instances.schemas import security


class PasswordPage(PasswordChangeView):
    """Django renews this session's key and ends every other of the person, whose hash was of the old password."""

    template_name = "people/password.html"
    success_url = reverse_lazy("password-changed")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        response = super().form_valid(form)
        name = plain(form.user.get_username())
        event = security.credential_rotated(
            credential_id=f"password:{name}",
            credential_kind="password",
            user_id=name,
            actor=current_actor()["actor"],
        )
        tell_on_commit(event)
        return response

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        user = self.request.user
        has_password = user.is_authenticated and user.has_usable_password()
        return super().get_context_data(**context, has_password=has_password, mfa=settings.MFA)
