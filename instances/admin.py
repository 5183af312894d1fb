"""The ten instances in the admin."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from instances.models import InstanceConfig

if TYPE_CHECKING:
    ConfigModelAdmin = admin.ModelAdmin[InstanceConfig]
else:
    # Outside the type checker's world Django's ModelAdmin takes no parameter.
    ConfigModelAdmin = admin.ModelAdmin


@admin.register(InstanceConfig)
class InstanceConfigAdmin(ConfigModelAdmin):
    list_display = ("instance", "enabled", "strict", "updated_at")
    list_editable = ("enabled", "strict")
    readonly_fields = ("instance", "updated_at")
    ordering = ("id",)
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There are ten instances, and each has its row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: InstanceConfig | None = None) -> bool:
        return False
