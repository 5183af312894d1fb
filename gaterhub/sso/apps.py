"""Single sign-on and the second factor as an app: the admin's log-in leads to the one that asks for both."""

from django.apps import AppConfig
from django.conf import settings


class SsoConfig(AppConfig):
    name = "gaterhub.sso"
    label = "sso"

    def ready(self) -> None:
        from allauth.account.decorators import secure_admin_login
        from django.contrib import admin

        if settings.MFA:
            from gaterhub.sso import second_factor

            second_factor.connect()
        admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
