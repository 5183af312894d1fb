"""Grants in the admin: all of them in one list, and those of a token, a role or an account within its page."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html

from instances.access.admin.giving import GivingForm, for_giver
from instances.access.models import Grant
from instances.access.rights import Granted, Verb
from instances.topics import Pattern

if TYPE_CHECKING:
    GrantModelAdmin = admin.ModelAdmin[Grant]
    GrantTabularInline = admin.TabularInline[Grant, Any]
else:
    # Outside the type checker's world Django's classes take no parameter.
    GrantModelAdmin, GrantTabularInline = admin.ModelAdmin, admin.TabularInline


class GrantForm(GivingForm):
    class Meta:
        model = Grant
        fields = ("user", "group", "token", "verb", "instance", "pattern", "personal")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        # A grant that stays as it is was given by somebody else.
        if self.has_changed() and {"verb", "instance", "pattern", "personal"} <= said.keys():
            with self.telling(None):
                granted = Granted(Verb(said["verb"]), said["instance"], Pattern(said["pattern"]), said["personal"])
                self.giver.check_grants([granted])
        return said


@admin.register(Grant)
class GrantAdmin(GrantModelAdmin):
    form = GrantForm
    list_display = ("whom", "verb", "instance", "pattern", "personal", "created_at")
    list_display_links = ("whom", "verb")
    list_filter = ("verb", "instance", "personal", "group")
    list_select_related = ("user", "group", "token")
    search_fields = ("user__username", "group__name", "token__name", "token__prefix", "instance", "pattern")
    ordering = ("instance", "verb", "pattern", "pk")
    fields = ("user", "group", "token", "verb", "instance", "pattern", "would_bring", "personal", "created_at")
    readonly_fields = ("would_bring", "created_at")
    autocomplete_fields = ("user", "group", "token")

    @admin.display(description="to whom")
    def whom(self, grant: Grant) -> str:
        if grant.group is not None:
            return f"role {grant.group}"
        return f"account {grant.user}" if grant.user is not None else f"token {grant.token}"

    @admin.display(description="what it would bring")
    def would_bring(self, grant: Grant) -> str:
        """Lead to the page that tells topics and rates of a pattern, where the site has it."""
        try:
            page = reverse("explorer")
        except NoReverseMatch:
            return "-"
        said = urlencode({"instance": grant.instance, "pattern": grant.pattern}) if grant.pk else ""
        words = "Topics and rates of this pattern" if said else "Look at topics and rates of a pattern first"
        return format_html('<a href="{}">{}</a>', f"{page}?{said}" if said else page, words)

    def get_form(self, request: HttpRequest, obj: Grant | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **{**kwargs, "form": for_giver(GrantForm, request)})


class GrantInline(GrantTabularInline):
    """The grants of whatever the page is about.

    Who may change that may change its grants: `GrantForm` sees to it that none is beyond them.
    """

    model = Grant
    form = GrantForm
    fields = ("verb", "instance", "pattern", "personal")
    extra = 0

    def get_formset(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, **{**kwargs, "form": for_giver(GrantForm, request)})

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may_edit(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may_edit(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may_edit(request, obj)

    def _may_edit(self, request: HttpRequest, parent: Model | None) -> bool:
        # The page itself: while it adds, its object is None, or has no row yet.
        page = self.admin_site.get_model_admin(self.parent_model)
        if parent is None or parent.pk is None:
            return page.has_add_permission(request)
        return page.has_change_permission(request, parent)
