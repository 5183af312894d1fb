"""Bans in the admin: who is kept out, by whom, until when and why; and the way to lift one before its time."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from consumers.inspector.acting import Operator, lift
from consumers.models import Ban
from instances.error_codes import Refusal
from instances.models import BECAUSE_CHARACTERS

if TYPE_CHECKING:
    BanModelAdmin = admin.ModelAdmin[Ban]
else:
    # Outside the type checker's world Django's classes take no parameter.
    BanModelAdmin = admin.ModelAdmin

LIFT = "consumers.change_ban"


class InForce(admin.SimpleListFilter):
    title = "in force"
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        in_force = Ban.objects.in_force(timezone.now())
        if self.value() == "yes":
            return queryset.filter(pk__in=in_force)
        return queryset.exclude(pk__in=in_force) if self.value() == "no" else queryset


@admin.register(Ban)
class BanAdmin(BanModelAdmin):
    list_display = ("principal", "principal_kind", "in_force", "until", "because", "by", "at")
    list_filter = (InForce, "principal_kind")
    search_fields = ("principal", "because", "by")
    ordering = ("-at",)
    actions = None
    fields = readonly_fields = (*list_display, "lifted_at", "lifted_by")
    change_form_template = "admin/consumers/ban/change_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A ban begins at the page of a subscriber."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Ban | None = None) -> bool:
        """It is lifted, with a reason, and otherwise stays as it was."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Ban | None = None) -> bool:
        return False

    @admin.display(description="in force", boolean=True)
    def in_force(self, ban: Ban) -> bool:
        return ban.is_in_force(timezone.now())

    def get_urls(self) -> list[URLPattern]:
        lifting = path("<int:pk>/lift/", self.admin_site.admin_view(require_POST(self.lift)), name="consumers_ban_lift")
        return [lifting, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        ban = Ban.objects.filter(pk=object_id).first() if object_id.isascii() and object_id.isdecimal() else None
        may_lift = ban is not None and ban.is_in_force(timezone.now()) and request.user.has_perm(LIFT)
        more = {"may_lift": may_lift, "because_characters": BECAUSE_CHARACTERS}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def lift(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End the ban now, for the reason that stands in the form."""
        if not (self.has_view_permission(request) and request.user.has_perm(LIFT)):
            raise PermissionDenied
        ban = get_object_or_404(Ban, pk=pk)
        try:
            lift(ban, by=Operator("user", request.user.get_username()), because=request.POST.get("because", ""))
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, f"The {ban.principal_kind} {ban.principal} may connect again.")
        return HttpResponseRedirect(reverse("admin:consumers_ban_change", args=[pk]))
