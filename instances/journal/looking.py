"""Lists and pages of the admin that only show, over tables too long to count."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import InterfaceError, OperationalError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import cached_property

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
    AnyPaginator = Paginator[Any]
else:
    # Outside the type checker's world Django's classes take no parameter.
    AnyModelAdmin, AnyPaginator = admin.ModelAdmin, Paginator

logger = logging.getLogger(__name__)

REACHED_MAX: Final = 10_000
"""Rows of a list: to count more, and to pass over more, would take longer than anybody waits."""
PAGE_ROWS: Final = 50


class Newest(AnyPaginator):
    """Pages of the rows that come first, of which it counts no more than it shows."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[:REACHED_MAX].count())


class InOrder(ChangeList):
    """A list in the one order that there is an index for, whatever the address says."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        return list(self.model_admin.ordering or ("-pk",))


class ToLookAt(AnyModelAdmin):
    """Rows that nobody adds, changes or deletes here, superusers included."""

    actions = None
    paginator = Newest
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = PAGE_ROWS
    list_max_show_all = 0
    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **words: Any) -> type[ChangeList]:
        return InOrder

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """The filters beside the list are all that an address may ask by."""
        beside: Any = () if request is None else self.get_list_filter(request)
        return any(lookup == each.parameter_name for each in beside)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {"reached_max": REACHED_MAX, **(extra_context or {})}
        return self.answered(request, lambda: super(ToLookAt, self).changelist_view(request, context))

    def change_view(self, request: HttpRequest, *args: Any, **words: Any) -> HttpResponse:
        return self.answered(request, lambda: super(ToLookAt, self).change_view(request, *args, **words))

    def answered(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        """Return the page, or one that says that the journal's database doesn't answer, or not in time."""
        try:
            return view()
        except (OperationalError, InterfaceError) as error:
            logger.warning("A page of the journal can't be shown: %s", type(error).__name__)
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": "No answer from the journal",
            }
            return TemplateResponse(request, "admin/journal/unavailable.html", context, status=503)
