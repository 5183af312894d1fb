"""What subscribers missed and how far they came, in the admin: to look at. A durable position can be deleted."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from consumers import admin_bans as admin_bans
from consumers import admin_subscribers as admin_subscribers
from consumers.models import DurablePosition, Loss

if TYPE_CHECKING:
    LossModelAdmin = admin.ModelAdmin[Loss]
    DurablePositionModelAdmin = admin.ModelAdmin[DurablePosition]
else:
    # Outside the type checker's world Django's ModelAdmin takes no parameter.
    LossModelAdmin = DurablePositionModelAdmin = admin.ModelAdmin


@admin.register(Loss)
class LossAdmin(LossModelAdmin):
    list_display = ("at", "kind", "reason", "stream", "first", "last", "count", "principal", "connection")
    list_filter = ("kind", "reason", "instance", "at")
    search_fields = ("principal", "connection", "stream", "patterns")
    ordering = ("-at", "-id")
    actions = None
    # A count over a table that grows for 30 days would be slower than the page itself.
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The hub writes them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Loss | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Loss | None = None) -> bool:
        """They are deleted after 30 days, and not before."""
        return False


@admin.register(DurablePosition)
class DurablePositionAdmin(DurablePositionModelAdmin):
    list_display = ("name", "principal_kind", "principal_id", "instance", "pattern", "updated_at")
    list_filter = ("instance", "principal_kind", "updated_at")
    search_fields = ("name", "pattern", "=principal_id")
    ordering = ("-updated_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever subscribes makes them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: DurablePosition | None = None) -> bool:
        return False
