"""The site's own models in the admin: consoles, objectives; failed log-ins, which a superuser unlocks."""

from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from gaterhub.consoles.admin import OwnConsoleAdmin
from gaterhub.objectives.admin import ObjectiveAdmin
from gaterhub.people.guessing import is_address_locked

__all__ = ("AccessAttemptAdmin", "ObjectiveAdmin", "OwnConsoleAdmin")


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
