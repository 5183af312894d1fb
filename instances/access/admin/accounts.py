"""Accounts in the admin, with their roles and grants. Nobody makes an account mightier than their own."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from instances.access.admin.giving import GivingForm, for_giver, giver_of
from instances.access.admin.grants import GrantInline
from instances.access.delegation import Beyond

if TYPE_CHECKING:
    _ChangeForm = UserChangeForm[User]
    _UserAdmin = UserAdmin[User]
else:
    # Outside the type checker's world Django's classes take no parameter.
    _ChangeForm, _UserAdmin = UserChangeForm, UserAdmin

admin.site.unregister(User)


class AccountForm(_ChangeForm, GivingForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "groups" in self.fields:
            self.fields["groups"].label = "Roles"
            self.fields["groups"].help_text = "What these may do, the account may do."

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("is_superuser") and not self.instance.is_superuser and not self.giver.is_free:
            self.add_error("is_superuser", "Only a superuser makes another one.")
        with self.telling("groups"):
            for role in self.added("groups"):
                self.giver.check_role(role)
        with self.telling("user_permissions"):
            self.giver.check_permissions(self.added("user_permissions"))
        return said


@admin.register(User)
class AccountAdmin(_UserAdmin):
    form = AccountForm
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        # The first page of a new account asks for nothing but its name and password.
        return () if obj is None else (GrantInline,)

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            kwargs["form"] = for_giver(AccountForm, request)
        return super().get_form(request, obj, change=change, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._why_not(request, obj) is None

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._why_not(request, obj) is None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        reason = self._why_not(request, self.get_object(request, object_id))
        if reason is not None and request.method == "GET":
            self.message_user(request, f"You can't edit this account. {reason}", messages.WARNING)
        return super().change_view(request, object_id, form_url, extra_context)

    def _why_not(self, request: HttpRequest, account: User | None) -> str | None:
        if account is None:
            return None
        try:
            giver_of(request).check_account(account)
        except Beyond as error:
            return error.message
        return None
