"""The ten instances in the admin: a page for each, with what it goes by and who changed that, when and why."""

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.views.decorators.http import require_POST

from instances import configuring
from instances.access.granting import rights_of_user
from instances.catalog import INSTANCES, find
from instances.configuring import BadConfiguration
from instances.error_codes import Refusal
from instances.groups import PARTS_MOST
from instances.models import BECAUSE_CHARACTERS, InstanceConfig, InstanceConfigChange
from instances.options import CHOICES, OPTIONS, SWITCHES, Choice, switch_denied
from instances.routing import PREFIX, names_of, why_not
from instances.spec import Family, InstanceSpec

if TYPE_CHECKING:
    ConfigModelAdmin = admin.ModelAdmin[InstanceConfig]
    ConfigModelForm = forms.ModelForm[InstanceConfig]
else:
    # Outside the type checker's world Django's classes take no parameter.
    ConfigModelAdmin, ConfigModelForm = admin.ModelAdmin, forms.ModelForm

SHOWN_CHANGES: Final = 50
_TITLES: Final = (
    {each.name: each.title for each in OPTIONS}
    | {each.name: each.title for each in CHOICES}
    | {"record_seen": "who saw it is recorded"}
)
PARTS_HELP: Final = (
    "A busy family is spread over so many streams by topic; each is kept up to the history's bounds, and order holds "
    "within each. Who follows goes on in the new ones without a gap; the old ones can be read as long as they are kept."
)
_CHANGED_MEANWHILE: Final = "Somebody changed it since this page was opened. See the history, and open it again."
_NO_REASON: Final = "Say why first, in the field above."


def managed_by(request: HttpRequest) -> list[str]:
    """Return the instances whose management is granted to the person."""
    rights = rights_of_user(request.user)  # type: ignore[arg-type]  # The admin lets in nobody else.
    return [spec.name for spec in INSTANCES if rights.manages(spec.name)]


class ConfigurationForm(ConfigModelForm):
    """What an instance goes by. It is changed while the form is checked: the record comes first, and may be refused."""

    by = ""
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    """The last change that whoever fills in the form knows of."""
    because = forms.CharField(
        label="Why",
        max_length=BECAUSE_CHARACTERS,
        help_text="Such as the number of a ticket. It stands in the history below, and in the audit trail.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    class Meta:
        model = InstanceConfig
        fields = configuring.COLUMNS

    def __init__(self, *given: Any, **words: Any) -> None:
        super().__init__(*given, **words)
        spec = find(self.instance.instance)
        self.initial["seen"] = _last_change(self.instance)
        for option in OPTIONS:
            field, why = self.fields[option.name], option.denied(spec)
            field.label = f"{capfirst(option.title)} ({option.unit})"
            if why is not None:
                field.help_text = why
                continue
            default = option.default(spec)
            empty = "no bound" if default is None else f"{default:,}, the catalog's"
            placeholder = "no bound" if default is None else f"{default:,}"
            field.widget.attrs |= {"placeholder": placeholder, "class": "vBigIntegerField"}
            field.help_text = f"{option.does} Empty: {empty}. Possible: {option.least:,} to {option.most(spec):,}."
        for name in SWITCHES:
            self.fields[name].help_text = switch_denied(name, spec) or self.fields[name].help_text
        for choice in CHOICES:
            self.fields[choice.name] = _choice_field(choice, spec)
        set_now = configuring.values_of(self.instance)
        for name in names_of(spec):
            self.initial[name] = set_now[name]

    def clean(self) -> None:
        if self.cleaned_data.get("seen") != _last_change(self.instance):
            raise ValidationError(_CHANGED_MEANWHILE)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook after `clean`, which its stubs leave out.
        if self.errors:
            return
        values = {name: self.cleaned_data[name] for name in configuring.values_of(self.instance)}
        try:
            configuring.change(self.instance, values, by=self.by, because=self.cleaned_data["because"])
        except BadConfiguration as bad:
            for name, wrong in bad.by_name.items():
                self.add_error(name, wrong)
        except Refusal as refusal:
            self.add_error(None, refusal.message)


def _choice_field(choice: Choice, spec: InstanceSpec) -> forms.Field:
    """Return the field of a choice; where nothing is offered, it says why."""
    offered, default = choice.offered(spec), choice.default(spec)
    label = capfirst(choice.title)
    if not offered:
        return forms.CharField(label=label, required=False, empty_value=None, help_text=choice.denied)
    empty = f"the catalog's: {offered.get(default, default)}"
    return forms.TypedChoiceField(
        label=label,
        required=False,
        choices=[("", empty), *((word, does) for word, does in offered.items() if word != default)],
        empty_value=None,
        help_text=choice.does,
    )


def _parts_field(spec: InstanceSpec, family: Family) -> forms.Field:
    """Return the field over how many streams a family is spread."""
    help_text = why_not(spec) or (f"{PARTS_HELP} Empty: {family.parts}, the catalog's. Possible: 1 to {PARTS_MOST}.")
    return forms.IntegerField(
        label=f"{family.name} (streams)",
        required=False,
        help_text=help_text,
        widget=forms.NumberInput(attrs={"placeholder": str(family.parts), "class": "vBigIntegerField"}),
    )


def _last_change(row: InstanceConfig) -> int | None:
    return row.changes.values_list("pk", flat=True).first()


@admin.register(InstanceConfig)
class InstanceConfigAdmin(ConfigModelAdmin):
    form = ConfigurationForm
    list_display = ("name", "instance", *SWITCHES, "set_apart", "updated_at")
    ordering = ("id",)
    actions = None
    fieldsets = (
        (None, {"fields": ("about", *SWITCHES)}),
        ("Limits", {"fields": ("event_bytes", "batch_events", "body_bytes", "events_per_second", "bytes_per_second")}),
        ("History, for those who return", {"fields": ("history_events", "history_seconds")}),
        ("Delivery", {"fields": tuple(choice.name for choice in CHOICES)}),
        ("This change", {"fields": ("because", "seen")}),
        ("Changes up to now", {"fields": ("history",)}),
    )
    readonly_fields = ("about", "history")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There are ten instances, and each has its row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: InstanceConfig | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[InstanceConfig]:
        """Show the instances whose management is granted, beside the permission to change any."""
        return super().get_queryset(request).filter(instance__in=managed_by(request))

    def get_fieldsets(self, request: HttpRequest, obj: InstanceConfig | None = None) -> Any:
        """Leave out the reason where nothing can be changed; the families are each instance's own."""
        may = self.has_change_permission(request, obj)
        shown: list[Any] = [each for each in self.fieldsets if may or "because" not in each[1]["fields"]]
        if obj is not None and may:
            shown.insert(4, ("Routing: streams of each family", {"fields": names_of(find(obj.instance))}))
        return shown

    def get_form(
        self, request: HttpRequest, obj: InstanceConfig | None = None, change: bool = False, **words: Any
    ) -> Any:
        spec = None if obj is None else find(obj.instance)
        families = () if spec is None else spec.families
        fields: dict[str, Any] = {PREFIX + each.name: _parts_field(spec, each) for each in families if spec is not None}
        routed = type("RoutedConfigurationForm", (ConfigurationForm,), fields)
        form: Any = super().get_form(request, obj, change, **{"form": routed, **words})
        form.by = request.user.get_username()
        return form

    def save_model(self, request: HttpRequest, obj: InstanceConfig, form: Any, change: bool) -> None:
        """Do nothing: the form has, once it was on record."""

    def get_urls(self) -> list[URLPattern]:
        back = path(
            "<int:pk>/back/<int:change_pk>/",
            self.admin_site.admin_view(require_POST(self.go_back)),
            name="instances_instanceconfig_back",
        )
        return [back, *super().get_urls()]

    def go_back(self, request: HttpRequest, pk: int, change_pk: int) -> HttpResponse:
        """Set again what was set before a change, for the reason that stands in the form."""
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        found = get_object_or_404(InstanceConfigChange, pk=change_pk, config=row)
        because = request.POST.get("because", "").strip()[:BECAUSE_CHARACTERS]
        try:
            if not because:
                messages.error(request, _NO_REASON)
            elif configuring.go_back(found, by=request.user.get_username(), because=because) is None:
                messages.info(request, "That is what is set already.")
            else:
                messages.success(request, f"{row.instance} goes by what was set before {found.at:%Y-%m-%d %H:%M} UTC.")
        except Refusal as refusal:
            messages.error(request, refusal.message)
        return HttpResponseRedirect(reverse("admin:instances_instanceconfig_change", args=[pk]))

    @admin.display(description="name", ordering="instance")
    def name(self, obj: InstanceConfig) -> str:
        return obj.instance

    @admin.display(description="instance")
    def about(self, obj: InstanceConfig) -> str:
        spec = find(obj.instance)
        return format_html(
            "<strong>{}</strong>: {} Delivery class {}, acknowledged {}.",
            spec.title,
            spec.purpose,
            spec.delivery.name,
            spec.delivery.acknowledged,
        )

    @admin.display(description="other than the catalog")
    def set_apart(self, obj: InstanceConfig) -> str:
        return ", ".join(
            f"{_title(name)} {_said(value)}"
            for name, value in configuring.values_of(obj).items()
            if name not in SWITCHES and value is not None
        )

    @admin.display(description="newest first")
    def history(self, obj: InstanceConfig) -> str:
        changes = list(obj.changes.all()[:SHOWN_CHANGES])
        if not changes:
            return "Nothing was changed yet: it goes by the catalog, or by what was set before changes were kept."
        rows = format_html_join(
            "", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", map(_row, changes)
        )
        return format_html(
            "<table><thead><tr><th>When (UTC)</th><th>Who</th><th>What</th><th>Why</th><th>Go back</th></tr></thead>"
            "<tbody>{}</tbody></table>",
            rows,
        )


def _row(change: InstanceConfigChange) -> tuple[str, str, str, str, str]:
    what = format_html_join(
        "",
        "<div>{}: {} → {}</div>",
        ((_title(name), _said(change.before[name]), _said(change.after[name])) for name in change.after),
    )
    back = reverse("admin:instances_instanceconfig_back", args=[change.config_id, change.pk])
    button = format_html(
        '<button type="submit" class="button" formaction="{}" formnovalidate '
        'title="Sets again what was set before this change, for the reason in the field above">To before this</button>',
        back,
    )
    return f"{change.at:%Y-%m-%d %H:%M:%S}", change.by, what, change.because, button


def _title(name: str) -> str:
    return _TITLES.get(name, f"streams of {name.removeprefix(PREFIX)}" if name.startswith(PREFIX) else name)


def _said(value: bool | int | str | None) -> str:
    if value is None:
        return "the catalog's"
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}"
