"""Objectives in the admin: whoever manages an instance says what is promised of its events."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from gaterhub.objectives.form import ObjectiveForm
from gaterhub.objectives.models import Objective
from instances.admin_configuration import managed_by

if TYPE_CHECKING:
    ObjectiveModelAdmin = admin.ModelAdmin[Objective]
else:
    # Outside the type checker's world Django's classes take no parameter.
    ObjectiveModelAdmin = admin.ModelAdmin


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
