"""allauth's tables in the admin: what operators have a use for, and no secret."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # allauth ships no types.
    """Shows who has what; deleting it is all that an operator does here."""

    list_select_related = ("user",)
    search_fields = ("user__username",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Authenticators(ReadOnly):
    """Deleting one lets somebody who has lost the phone set up another."""

    list_display = fields = ("user", "type", "created_at", "last_used_at")


class SocialAccounts(ReadOnly):
    """Deleting one cuts an account off from the directory; its person would come back as a new account."""

    list_display = fields = ("user", "provider", "uid", "last_login", "date_joined")


def _model(app: str, name: str) -> Any:
    return apps.get_app_config(app).get_model(name)


admin.site.unregister(_model("account", "EmailAddress"))
if settings.MFA:
    admin.site.unregister(_model("mfa", "Authenticator"))
    admin.site.register(_model("mfa", "Authenticator"), Authenticators)
if settings.SSO:
    # The provider stands in the settings. A row here would be another, and nobody would look for it.
    for name in ("SocialApp", "SocialToken", "SocialAccount"):
        admin.site.unregister(_model("socialaccount", name))
    admin.site.register(_model("socialaccount", "SocialAccount"), SocialAccounts)
