"""The journal in the admin: to look at, by whoever may, and for nobody to change."""

import uuid
from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join

from instances.access.granting import rights_of_user
from instances.access.rights import Verb
from instances.catalog import find
from instances.journal.looking import AnyModelAdmin, InOrder, ToLookAt
from instances.journal.models import ENTRIES, UNKNOWN, AlertEntry, AuditEntry, Checkpoint, Entry, Outage, SecurityEntry
from instances.journal.notices import journal_read
from instances.journal.shown import APART, Apart, event_text, held_apart, when
from instances.schemas.registry import types_of
from instances.spec import InstanceSpec
from instances.topics import WILDCARD, Pattern

OUTCOMES: Final = ("success", "failure", "started", UNKNOWN)
WAITING_MAX: Final = 1_000
"""Entries without a place, of which no more are counted."""

_SPECS: Final[dict[type[Model], InstanceSpec]] = {model: find(name) for name, model in ENTRIES.items()}
_WHOLE: Final = Pattern(WILDCARD)
_NOTHING_APART: Final = Apart(None, None)


class TypeFilter(admin.SimpleListFilter):
    title = "event type"
    parameter_name = "event_type"

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> list[tuple[str, str]]:
        """List those that are registered; to look which ones there are would read the whole table."""
        return [(each.name, each.name) for each in types_of(_SPECS[model_admin.model].name)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else queryset.filter(event_type=self.value())


class OutcomeFilter(admin.SimpleListFilter):
    title = "outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> list[tuple[str, str]]:
        return [(each, each) for each in OUTCOMES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else queryset.filter(outcome=self.value())


class Entries(InOrder):
    """A page of entries, with the names that are held apart for who may read them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        entry_admin: Any = self.model_admin
        entry_admin.tell_apart(request, self.result_list)


@admin.register(AuditEntry, SecurityEntry, AlertEntry)
class EntryAdmin(ToLookAt):
    list_display = ("place", "received", "topic", "event_type", "who", "outcome")
    search_fields = ("id",)
    search_help_text = "The whole id of an event, such as 0190b7c4-3f2a-7c11-9d5e-2f6f1c0a7b43."
    ordering = ("-index",)
    fields = (
        "place",
        "received",
        "occurred",
        "topic",
        "event_type",
        "who",
        "action",
        "resource",
        "outcome",
        "whence",
        "severity",
        "publisher",
        "correlation_id",
        "id",
        "stream",
        "offset",
        "leaf",
        "event",
    )
    readonly_fields = fields

    @property
    def spec(self) -> InstanceSpec:
        return _SPECS[self.model]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The page shows all that the instance has: beside the permission it takes the grant to query all of it."""
        return super().has_view_permission(request, obj) and self.may_read(request)

    def may_read(self, request: HttpRequest, *, personal: bool = False) -> bool:
        rights = rights_of_user(request.user)  # type: ignore[arg-type]  # The admin lets in nobody else.
        return rights.covers(Verb.QUERY, self.spec.name, _WHOLE, personal=personal)

    def get_changelist(self, request: HttpRequest, **words: Any) -> type[ChangeList]:
        return Entries

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [TypeFilter, OutcomeFilter] if self.spec.delivery.sealed else [TypeFilter]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find one by its id, whether it has its place or not; a list shows those that have, for they are indexed."""
        # Long, and shown nowhere in a list.
        rows = queryset.defer("body", "leaf_hash", "digest")
        if not search_term:
            return rows.filter(index__isnull=False), False
        try:
            return rows.filter(id=uuid.UUID(search_term.strip())), False
        except ValueError:
            self.message_user(
                request, f"“{search_term[:100]}” is the id of no event: search takes a whole one.", messages.WARNING
            )
            return rows.none(), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        journal_read.send(sender=EntryAdmin, request=request, spec=self.spec, event_id=None)

        def view() -> HttpResponse:
            waiting = self.model.objects.filter(index__isnull=True)[:WAITING_MAX].count()
            context = {"waiting": waiting, "waiting_max": WAITING_MAX, "instance": self.spec.name}
            return super(EntryAdmin, self).changelist_view(request, context | (extra_context or {}))

        return self.answered(request, view)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **words: Any
    ) -> HttpResponse:
        obj = words["obj"]
        journal_read.send(sender=EntryAdmin, request=request, spec=self.spec, event_id=str(obj.id))
        self.tell_apart(request, [obj])
        obj.told = event_text(self.spec, obj, personal=self.may_read(request, personal=True))
        return super().render_change_form(request, context, *args, **words)

    def tell_apart(self, request: HttpRequest, entries: Iterable[Any]) -> None:
        """Put names that are held apart beside the entries, where the person may read them."""
        found = held_apart(self.spec, entries) if self.may_read(request, personal=True) else {}
        for entry in entries:
            entry.apart = found.get(entry.number, _NOTHING_APART)

    @admin.display(description="index")
    def place(self, entry: Entry) -> str:
        return "waiting" if entry.index is None else str(entry.index)

    @admin.display(description="received")
    def received(self, entry: Entry) -> str:
        return when(entry.received_ms)

    @admin.display(description="happened")
    def occurred(self, entry: Entry) -> str:
        return f"{when(entry.occurred_ms)}, by the clock of its publisher"

    @admin.display(description="actor")
    def who(self, entry: Any) -> str:
        return entry.actor or entry.apart.actor or APART

    @admin.display(description="from")
    def whence(self, entry: Any) -> str:
        return entry.origin or entry.apart.origin or APART

    @admin.display(description="leaf hash")
    def leaf(self, entry: Entry) -> str:
        return bytes(entry.leaf_hash).hex()

    @admin.display(description="event, as sealed")
    def event(self, entry: Any) -> str:
        return format_html('<pre class="journal-text">{}</pre>', entry.told)


@admin.register(Checkpoint)
class CheckpointAdmin(ToLookAt):
    list_display = ("size", "instance", "generation", "signed", "root_hash")
    fields = readonly_fields = ("instance", "generation", "size", "root_hash", "signed", "signed_note", "kept_outside")

    @admin.display(description="signed")
    def signed(self, checkpoint: Checkpoint) -> str:
        return when(checkpoint.signed_ms)

    @admin.display(description="root")
    def root_hash(self, checkpoint: Checkpoint) -> str:
        return bytes(checkpoint.root).hex()

    @admin.display(description="note")
    def signed_note(self, checkpoint: Checkpoint) -> str:
        return format_html('<pre class="journal-text">{}</pre>', checkpoint.note)

    @admin.display(description="kept outside by")
    def kept_outside(self, checkpoint: Checkpoint) -> str:
        rows = [(each.anchor, when(each.at_ms)) for each in checkpoint.anchored.order_by("at_ms", "id")]
        return format_html_join("", "<p>{}, {}</p>", rows) or "no anchor yet"


@admin.register(Outage)
class OutageAdmin(ToLookAt):
    list_display = ("began", "ended", "instance", "process", "refused", "cause")
    fields = readonly_fields = list_display

    @admin.display(description="began")
    def began(self, outage: Outage) -> str:
        return when(outage.began_ms)

    @admin.display(description="ended")
    def ended(self, outage: Outage) -> str:
        return "not yet" if outage.ended_ms is None else when(outage.ended_ms)
