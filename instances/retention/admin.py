"""Retention policies in the admin: what they state, what contradicts what, and what the next purge would remove."""

from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from instances.admin_configuration import managed_by
from instances.error_codes import Refusal
from instances.models import BECAUSE_CHARACTERS, RetentionPolicy, RetentionPolicyChange
from instances.retention import setting, shown
from instances.retention.form import PREVIEW, PolicyForm
from instances.retention.rows import active_policies, stated

if TYPE_CHECKING:
    PolicyModelAdmin = admin.ModelAdmin[RetentionPolicy]
else:
    # Outside the type checker's world Django's classes take no parameter.
    PolicyModelAdmin = admin.ModelAdmin

_TEMPLATES: Final = "admin/instances/retentionpolicy"
_NO_REASON: Final = "Say why first."
_AGES: Final = ("recent_seconds", "kept_seconds", "at_most_seconds")


@admin.register(RetentionPolicy)
class RetentionPolicyAdmin(PolicyModelAdmin):
    form = PolicyForm
    list_display = ("name", "instance", "pattern", "recent", "kept", "at_most", "rule", "active")
    list_filter = ("instance", "active")
    search_fields = ("name", "pattern", "rule")
    actions = None
    change_form_template = f"{_TEMPLATES}/change_form.html"
    change_list_template = f"{_TEMPLATES}/change_list.html"
    readonly_fields = ("recent", "kept", "at_most")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RetentionPolicy]:
        """Show policies of the instances whose management is granted, beside the permission to see any."""
        return super().get_queryset(request).filter(instance__in=managed_by(request))

    def get_fieldsets(self, request: HttpRequest, obj: RetentionPolicy | None = None) -> Any:
        """Leave out the reason where nothing can be changed, and say ages in words."""
        may = self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)
        ages = _AGES if may else self.readonly_fields
        asked = [
            (None, {"fields": ("name", "instance", "pattern", "active")}),
            ("How long", {"fields": ages}),
            ("What it answers to", {"fields": ("rule", "note")}),
        ]
        return [*asked, ("This change", {"fields": ("because", "seen")})] if may else asked

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **words: Any) -> Any:
        if db_field.name == "instance":
            managed = managed_by(request)
            words["choices"] = [choice for choice in db_field.get_choices() if choice[0] in ("", *managed)]
        return super().formfield_for_choice_field(db_field, request, **words)

    def get_form(
        self, request: HttpRequest, obj: RetentionPolicy | None = None, change: bool = False, **words: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **words)
        form.by = request.user.get_username()
        if "pattern" in form.base_fields:
            form.base_fields["pattern"].help_text = (
                "A topic in which a whole segment may be *, such as “logs:shop:*”; * alone is the whole instance. "
                "History is purged by whole streams, one for each family, and the page says which."
            )
        return form

    def save_model(self, request: HttpRequest, obj: RetentionPolicy, form: Any, change: bool) -> None:
        """Do nothing: the form has, once it was on record."""

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: RetentionPolicy | None = None,
    ) -> Any:
        """Show beside the form what it leads to: of a preview as it is filled in, else as it is saved."""
        form = context["adminform"].form
        previews = getattr(form, "previews", False) and not form.errors
        row = form.instance if previews else obj
        context |= {
            "preview_button": PREVIEW,
            "may_preview": self.has_add_permission(request) if add else self.has_change_permission(request, obj),
            "previews": previews,
            "history": [] if obj is None else shown.changes(obj.changes.all()[: shown.SHOWN_CHANGES]),
        }
        if row is not None and (previews or row.pk is not None):
            context |= _leads_to(row)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show below the list what contradicts what, and what the next purge would remove."""
        managed = managed_by(request)
        policies = [policy for policy in active_policies() if policy.spec.name in managed]
        of_late = RetentionPolicyChange.objects.filter(instance__in=managed)[: shown.SHOWN_CHANGES]
        more = {
            "due": shown.due(policies, policies),
            "findings": shown.found(policies),
            "history": shown.changes(of_late),
        }
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def get_list_display(self, request: HttpRequest) -> Any:
        findings = shown.found(active_policies())

        @admin.display(description="conflicts")
        def conflicts(row: RetentionPolicy) -> str:
            return shown.conflicts(row, findings)

        return (self.list_display[0], conflicts, *self.list_display[1:])

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for a reason, and delete the policy once that is on record."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404("There is no such policy, or its instance is not yours to manage.")
        if not self.has_delete_permission(request, row):
            raise PermissionDenied
        if request.method == "POST" and self._delete(request, row):
            return HttpResponseRedirect(reverse("admin:instances_retentionpolicy_changelist"))
        context = {
            **self.admin_site.each_context(request),
            **(extra_context or {}),
            "opts": self.opts,
            "title": f"Delete “{row.name}”?",
            "row": row,
            "because_characters": BECAUSE_CHARACTERS,
        }
        return TemplateResponse(request, f"{_TEMPLATES}/delete.html", context)

    def _delete(self, request: HttpRequest, row: RetentionPolicy) -> bool:
        because = request.POST.get("because", "").strip()[:BECAUSE_CHARACTERS]
        if not because:
            messages.error(request, _NO_REASON)
            return False
        try:
            setting.delete_policy(row, by=request.user.get_username(), because=because)
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return False
        self.log_deletions(request, [row])  # type: ignore[arg-type]  # It only walks through them.
        messages.success(request, f"“{row.name}” is deleted. What it held back or had purged goes by the others now.")
        return True

    @admin.display(description="recent", ordering="recent_seconds")
    def recent(self, row: RetentionPolicy) -> str:
        return shown.age(row, "recent_seconds")

    @admin.display(description="kept", ordering="kept_seconds")
    def kept(self, row: RetentionPolicy) -> str:
        return shown.age(row, "kept_seconds")

    @admin.display(description="at most", ordering="at_most_seconds")
    def at_most(self, row: RetentionPolicy) -> str:
        return shown.age(row, "at_most_seconds")


def _leads_to(row: RetentionPolicy) -> dict[str, Any]:
    """Return what follows from a policy as it is stated in the row, beside all others that hold."""
    mine = stated(row)
    if mine is None or not row.active:
        return {"inactive": not row.active}
    others = [policy for policy in active_policies() if policy.id != row.pk]
    policies = [*others, mine]
    return {
        "findings": [each for each in shown.found(policies) if any(policy is mine for policy in each.policies)],
        "due": shown.due([mine], policies),
    }
