"""Operators' own consoles in the admin; the hub's four stand beside them, to be copied."""

import json
from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from gaterhub.consoles.checking import (
    BadConsole,
    panels_from,
    panels_text,
    subscriptions_from,
    subscriptions_text,
)
from gaterhub.consoles.layout import CONSOLES, Console
from gaterhub.consoles.models import OwnConsole, PinnedEvent, SavedView
from gaterhub.consoles.panels import KINDS, Kind

COPY: Final = "copy"
"""In the address of a new console: the name of the one that it begins as."""


class WrittenField(forms.CharField):
    """A text that operators write, which means something else: read and written by functions that know how."""

    def __init__(self, *, read: Callable[[str], Any], write: Callable[[Any], str], rows: int, **fields: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows, "cols": 100, "spellcheck": "false", "class": "vLargeTextField"})
        super().__init__(widget=widget, **fields)
        self._read, self._write = read, write

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else self._write(value or [])

    def clean(self, value: Any) -> Any:
        try:
            return self._read(super().clean(value))
        except BadConsole as error:
            raise forms.ValidationError(error.sentences) from error


class OwnConsoleForm(forms.ModelForm):  # type: ignore[type-arg]  # As everywhere in the admin.
    subscriptions = WrittenField(
        read=subscriptions_from,
        write=subscriptions_text,
        rows=8,
        help_text="What it follows: an instance and a pattern on each line, such as "
        "<code>health subscription_health:*</code>. Each reader sees what is granted to them.",
    )
    panels = WrittenField(
        read=panels_from,
        write=panels_text,
        rows=14,
        help_text="A JSON list of panels from top to bottom, each with <code>kind</code>, <code>title</code>, "
        "<code>width</code> in columns of twelve, and <code>options</code>. The kinds stand below.",
    )

    class Meta:
        model = OwnConsole
        fields = ("title", "name", "purpose", "span_seconds", "subscriptions", "panels")


@admin.register(OwnConsole)
class OwnConsoleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # As everywhere in the admin.
    form = OwnConsoleForm
    list_display = ("title", "name", "purpose", "patterns", "open", "copy")
    search_fields = ("title", "name")
    ordering = ("title",)
    readonly_fields = ("kinds",)
    fields = ("title", "name", "purpose", "span_seconds", "subscriptions", "panels", "kinds")
    change_list_template = "admin/gaterhub/ownconsole/change_list.html"

    @admin.display(description="patterns")
    def patterns(self, row: OwnConsole) -> int:
        return len(row.subscriptions)

    @admin.display(description="page")
    def open(self, row: OwnConsole) -> SafeString:
        return format_html('<a href="{}">Open</a>', reverse("console", args=[row.name]))

    @admin.display(description="copy")
    def copy(self, row: OwnConsole) -> SafeString:
        return format_html('<a href="{}?copy={}">Copy</a>', reverse("admin:gaterhub_ownconsole_add"), row.name)

    @admin.display(description="Kinds of panels")
    def kinds(self, row: OwnConsole) -> SafeString:
        """What may stand in `panels`, with every option."""
        return format_html(
            "<dl>{}</dl>",
            format_html_join(
                "",
                "<dt><code>{}</code></dt><dd>{}{}</dd>",
                ((kind.name, kind.help, _options(kind)) for kind in KINDS.values()),
            ),
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin as the console that the address names."""
        name = request.GET.get(COPY)
        console = CONSOLES.get(name) if name is not None else None
        if console is None:
            own = OwnConsole.objects.filter(name=name).first() if name is not None else None
            console = own.console if own is not None else None
        return {} if console is None else _copied(console)

    def get_readonly_fields(self, request: HttpRequest, obj: OwnConsole | None = None) -> tuple[str, ...]:
        # People have links to it, and views of it under its name.
        return self.readonly_fields if obj is None else ("name", *self.readonly_fields)

    def delete_model(self, request: HttpRequest, obj: OwnConsole) -> None:
        """Delete a console, and what people have kept of it."""
        self.delete_queryset(request, OwnConsole.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[OwnConsole]) -> None:
        """Delete consoles, and what people have kept of them: another one may be given the name."""
        with transaction.atomic():
            names = list(queryset.values_list("name", flat=True))
            for kept in (SavedView, PinnedEvent):
                kept._default_manager.filter(console__in=names).delete()
            queryset.delete()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        shown = {"hubs_own": CONSOLES.values(), "may_add": self.has_add_permission(request)}
        return super().changelist_view(request, {**(extra_context or {}), **shown})


def _options(kind: Kind) -> SafeString:
    rows = ((each.name, each.help, json.dumps(each.default)) for each in kind.options)
    return format_html_join("", "<br><code>{}</code>: {} Default: <code>{}</code>.", rows)


def _copied(console: Console) -> dict[str, Any]:
    """Return what a new console begins as; its name is for its maker to choose."""
    profile = console.profile
    return {
        "title": f"{profile.title}, our own",
        "purpose": profile.purpose,
        "span_seconds": console.span_seconds,
        "subscriptions": [list(each) for each in profile.subscriptions],
        "panels": [
            {"kind": panel.kind, "title": panel.title, "width": panel.width, "options": panel.set}
            for panel in console.panels
        ],
    }
