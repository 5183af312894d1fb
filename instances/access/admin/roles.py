"""Django's groups in the admin, as the roles that they are here."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from instances.access.admin.giving import GivingForm, for_giver
from instances.access.admin.grants import GrantInline
from instances.access.roles import BY_NAME

# Only what the admin shows: migrations are made from what the model's own class says.
Group._meta.verbose_name, Group._meta.verbose_name_plural = "role", "roles"

if TYPE_CHECKING:
    _Groups = QuerySet[Group]

admin.site.unregister(Group)


class RoleForm(GivingForm):
    class Meta:
        model = Group
        fields = ("name", "permissions")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        with self.telling("permissions"):
            self.giver.check_permissions(self.added("permissions"))
        return said


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    form = RoleForm
    list_display = ("name", "purpose", "members", "its_tokens")
    inlines = (GrantInline,)

    def get_queryset(self, request: HttpRequest) -> "_Groups":
        return (
            super()
            .get_queryset(request)
            .annotate(member_count=Count("user", distinct=True), token_count=Count("tokens", distinct=True))
        )

    @admin.display
    def purpose(self, role: Group) -> str:
        known = BY_NAME.get(role.name)
        return known.purpose if known else ""

    @admin.display(ordering="member_count")
    def members(self, role: Group) -> int:
        return int(getattr(role, "member_count", 0))

    # The model has a relation of that name, which the admin would show in its place.
    @admin.display(description="tokens", ordering="token_count")
    def its_tokens(self, role: Group) -> int:
        return int(getattr(role, "token_count", 0))

    def get_form(self, request: HttpRequest, obj: Group | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **{**kwargs, "form": for_giver(RoleForm, request)})
