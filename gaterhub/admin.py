"""What the site adds to the admin: failed log-ins, which a superuser unlocks, and service level objectives."""

from typing import TYPE_CHECKING, Any

from axes.models import AccessAttempt
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from gaterhub.models import Objective
from gaterhub.objectives.form import ObjectiveForm
from gaterhub.people.guessing import is_address_locked
from instances.admin_configuration import managed_by

if TYPE_CHECKING:
    ObjectiveModelAdmin = admin.ModelAdmin[Objective]
else:
    # Outside the type checker's world Django's classes take no parameter.
    ObjectiveModelAdmin = admin.ModelAdmin


@admin.register(AccessAttempt)
class AccessAttemptAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # axes ships no types.
    list_display = ("username", "ip_address", "failures_since_start", "attempt_time", "user_agent")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)
    fields = readonly_fields = (*list_display, "path_info")
    actions = ("unlock",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # Deleting is what unlocking is; two words for it would make people wonder.
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    @admin.action(description="Unlock: forget the selected failures", permissions=["delete"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Forget the failures of the selected names from their addresses, and of an address that is locked, all."""
        forgotten = 0
        for username, address in {(attempt.username, attempt.ip_address) for attempt in queryset}:
            from_there = AccessAttempt.objects.filter(ip_address=address)
            rows = from_there if is_address_locked(address) else from_there.filter(username=username)
            self.log_deletions(request, rows)
            forgotten += rows.delete()[0]
        self.message_user(request, f"Failed log-ins forgotten: {forgotten} rows.", messages.SUCCESS)


@admin.register(Objective)
class ObjectiveAdmin(ObjectiveModelAdmin):
    form = ObjectiveForm
    list_display = ("name", "instance", "pattern", "good_event", "target", "window")
    list_filter = ("instance",)
    search_fields = ("name", "pattern", "metric")
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "target_percent", "window_days")}),
        (
            "What makes an event good",
            {
                "fields": ("instance", "pattern", "event_type", "metric", "comparison", "bound"),
                "description": "A change of any of these begins the count anew: what was counted before meant "
                "something else, and is deleted.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Objective]:
        """Show objectives of the instances whose management is granted, beside the permission to see any."""
        return super().get_queryset(request).filter(instance__in=managed_by(request))

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **words: Any) -> Any:
        if db_field.name == "instance":
            managed = managed_by(request)
            words["choices"] = [choice for choice in db_field.get_choices() if choice[0] in ("", *managed)]
        return super().formfield_for_choice_field(db_field, request, **words)

    @admin.display(description="a good event has")
    def good_event(self, row: Objective) -> str:
        return row.definition.sentence

    @admin.display(ordering="target_percent")
    def target(self, row: Objective) -> str:
        return f"{row.target_percent.normalize():f} %"

    @admin.display(ordering="window_days")
    def window(self, row: Objective) -> str:
        return "1 day" if row.window_days == 1 else f"{row.window_days} days"
