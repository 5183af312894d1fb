"""The addresses of single sign-on and the second factor, each only where it is on."""

from allauth.account import views as account
from django.conf import settings
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path
from django.views.generic import TemplateView

from gaterhub.sso.conf import PROVIDER_ID
from gaterhub.sso.log_in import LoginPage

urlpatterns: list[URLPattern] = [
    # Two names for one address: allauth knows it under its own.
    path("accounts/login/", LoginPage.as_view(), name="login"),
    path("accounts/login/", LoginPage.as_view(), name="account_login"),
    path("accounts/logout/", LogoutView.as_view(), name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/again/", account.reauthenticate, name="account_reauthenticate"),
]

if settings.SSO:
    from gaterhub.sso import directory

    urlpatterns += [
        path("accounts/sso/login/", directory.begin, {"provider_id": PROVIDER_ID}, name="openid_connect_login"),
        path(
            "accounts/sso/callback/", directory.come_back, {"provider_id": PROVIDER_ID}, name="openid_connect_callback"
        ),
        path(
            "accounts/sso/cancelled/",
            TemplateView.as_view(template_name="socialaccount/login_cancelled.html"),
            name="socialaccount_login_cancelled",
        ),
    ]

if settings.MFA:
    from allauth.mfa.base import views as base
    from allauth.mfa.recovery_codes import views as recovery
    from allauth.mfa.totp import views as totp

    from gaterhub.sso.second_factor import CodePage, picture

    urlpatterns += [
        path("accounts/2fa/", base.index, name="mfa_index"),
        path("accounts/2fa/authenticate/", CodePage.as_view(), name="mfa_authenticate"),
        path("accounts/2fa/again/", base.reauthenticate, name="mfa_reauthenticate"),
        path("accounts/2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
        path("accounts/2fa/totp/picture.svg", picture, name="mfa_picture"),
        path("accounts/2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
        path("accounts/2fa/recovery-codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
        path(
            "accounts/2fa/recovery-codes/generate/",
            recovery.generate_recovery_codes,
            name="mfa_generate_recovery_codes",
        ),
    ]
