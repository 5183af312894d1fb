"""The event types that operators register in the admin, and who uses deprecated ones."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join

from instances.admin_configuration import managed_by
from instances.error_codes import Refusal
from instances.models import DeprecatedUse, DomainType, DomainTypeVersion
from instances.retention.admin import RetentionPolicyAdmin as RetentionPolicyAdmin
from instances.schemas import operators
from instances.schemas.dialect import SCHEMA_MAX_BYTES, read_schema
from instances.schemas.registered import ANYTHING
from instances.schemas.words import Compatibility

if TYPE_CHECKING:
    TypeModelAdmin = admin.ModelAdmin[DomainType]
    VersionModelAdmin = admin.ModelAdmin[DomainTypeVersion]
    UseModelAdmin = admin.ModelAdmin[DeprecatedUse]
    TypeModelForm = forms.ModelForm[DomainType]
    VersionModelForm = forms.ModelForm[DomainTypeVersion]
else:
    # Outside the type checker's world Django's classes take no parameter.
    TypeModelAdmin = VersionModelAdmin = UseModelAdmin = admin.ModelAdmin
    TypeModelForm = VersionModelForm = forms.ModelForm

_EXAMPLE: Final = '{"type": "object", "properties": {"order_id": {"type": "string", "description": "Which order."}}}'


class SchemaField(forms.CharField):
    """JSON as text: its length is checked before it is read, and it is shown with each field on a line."""

    def __init__(self, place: str, **words: Any) -> None:
        self._place = place
        widget = forms.Textarea(attrs={"class": "vLargeTextField", "rows": 16, "spellcheck": "false"})
        super().__init__(widget=widget, max_length=2 * SCHEMA_MAX_BYTES, **words)

    def prepare_value(self, value: Any) -> Any:
        return pretty(value)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return read_schema(self._place, text)
        except Refusal as refusal:
            raise ValidationError(refusal.message) from refusal


class StepField(SchemaField):
    def clean(self, value: Any) -> Any:
        text = forms.CharField.clean(self, value)
        try:
            return msgspec.json.decode(text) if text else None
        except (msgspec.DecodeError, RecursionError) as error:
            raise ValidationError(f"The step is no JSON: {error}.") from error


def pretty(text: Any) -> Any:
    """Return JSON with its levels indented; what is none, such as somebody's unfinished input, as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return text


class TypeForm(TypeModelForm):
    """What people read about a type; a new one comes with its version 1."""

    by = ""
    data_json = SchemaField("data", required=False, label="Data", help_text=f"JSON Schema 2020-12, such as {_EXAMPLE}")
    metadata_json = SchemaField("metadata", required=False, label="Metadata", help_text="Empty: any object.")

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook after `clean`, which its stubs leave out.
        register_or_tell(self, self._register)

    def _register(self) -> None:
        said = self.cleaned_data
        description = operators.Description(
            title=said["title"],
            purpose=said["purpose"],
            topic=said["topic"],
            compatibility=Compatibility(said["compatibility"]),
        )
        if self.instance.pk:
            operators.describe_type(self.instance.instance, self.instance.name, description, by=self.by)
        else:
            operators.register_type(
                said["instance"],
                said["name"],
                description,
                data_schema=said["data_json"] or {},
                metadata_schema=said["metadata_json"] or ANYTHING,
                by=self.by,
            )


class VersionForm(VersionModelForm):
    """The next version of a type, or an addition to one that is there."""

    by = ""
    data_json = SchemaField("data", label="Data", help_text="JSON Schema 2020-12.")
    metadata_json = SchemaField("metadata", required=False, label="Metadata", help_text="Empty: as it was.")
    step_json = StepField(
        "step",
        required=False,
        label="Step",
        help_text='Of a new version: how data of the version before is read as this one, such as {"rename": {"sum": '
        '"total"}, "default": {"currency": "EUR"}}. Of an older version: how its data is read as the next one.',
    )

    def __init__(self, *given: Any, **words: Any) -> None:
        super().__init__(*given, **words)
        if self.instance.pk:
            row = self.instance
            self.initial = {
                **self.initial,
                "data_json": row.data_schema,
                "metadata_json": row.metadata_schema,
                "step_json": row.step,
            }

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook after `clean`, which its stubs leave out.
        register_or_tell(self, self._register)

    def _register(self) -> None:
        said = self.cleaned_data
        known = said["domain_type"] if self.instance._state.adding else self.instance.domain_type
        if self.instance._state.adding:
            newest = known.versions.order_by("number").last()
            self.instance.number = 1 if newest is None else newest.number + 1
            operators.register_version(
                known.instance,
                known.name,
                self.instance.number,
                data_schema=said["data_json"],
                metadata_schema=said["metadata_json"],
                step=said["step_json"] or {},
                by=self.by,
            )
        else:
            operators.change_version(
                known.instance,
                known.name,
                self.instance.number,
                data_schema=said["data_json"],
                metadata_schema=said["metadata_json"],
                step=said["step_json"],
                deprecated=said["deprecated"] or None,
                by=self.by,
            )


def register_or_tell(form: forms.BaseForm, register: Callable[[], None]) -> None:
    """Register what a form says that is in order so far; a refusal stands above the form, as any error does.

    Done while the form is checked, and after everything else of it is: the admin has one transaction for both.
    """
    if not form.errors:
        try:
            register()
        except Refusal as refusal:
            form.add_error(None, refusal.message)


@admin.register(DomainType)
class DomainTypeAdmin(TypeModelAdmin):
    form = TypeForm
    list_display = ("name", "instance", "title", "compatibility", "updated_at", "updated_by")
    list_filter = ("instance", "compatibility")
    search_fields = ("name", "title", "purpose")
    actions = None
    fields = ("instance", "name", "title", "purpose", "topic", "compatibility")
    readonly_fields = ("version_list", "created_at", "created_by", "updated_at", "updated_by")

    def get_fields(self, request: HttpRequest, obj: DomainType | None = None) -> Any:
        return (*self.fields, "data_json", "metadata_json") if obj is None else (*self.fields, *self.readonly_fields)

    def get_readonly_fields(self, request: HttpRequest, obj: DomainType | None = None) -> Any:
        return () if obj is None else ("instance", "name", *self.readonly_fields)

    def get_queryset(self, request: HttpRequest) -> QuerySet[DomainType]:
        return super().get_queryset(request).filter(instance__in=managed_by(request))

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **words: Any) -> Any:
        if db_field.name == "instance":
            managed = managed_by(request)
            words["choices"] = [choice for choice in db_field.get_choices() if choice[0] in ("", *managed)]
        return super().formfield_for_choice_field(db_field, request, **words)

    def get_form(self, request: HttpRequest, obj: DomainType | None = None, change: bool = False, **words: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **words)
        form.by = request.user.get_username()
        return form

    def has_delete_permission(self, request: HttpRequest, obj: DomainType | None = None) -> bool:
        """The API deletes one that nobody uses any more, and says so of the others."""
        return False

    def save_model(self, request: HttpRequest, obj: DomainType, form: Any, change: bool) -> None:
        # The form has registered it; what is left is to know its row.
        obj.pk = DomainType.objects.get(instance=obj.instance, name=obj.name).pk

    @admin.display(description="versions")
    def version_list(self, obj: DomainType) -> str:
        return format_html_join(
            "",
            '<p><a href="{}">Version {}</a>{}</p>',
            (
                (
                    reverse("admin:instances_domaintypeversion_change", args=[each.pk]),
                    each.number,
                    f", deprecated: {each.deprecated}" if each.deprecated else "",
                )
                for each in obj.versions.order_by("number")
            ),
        )


@admin.register(DomainTypeVersion)
class DomainTypeVersionAdmin(VersionModelAdmin):
    form = VersionForm
    list_display = ("domain_type", "number", "deprecated", "updated_at", "updated_by")
    list_display_links = ("domain_type", "number")
    list_select_related = ("domain_type",)
    list_filter = ("domain_type__instance",)
    search_fields = ("domain_type__name", "deprecated")
    actions = None
    readonly_fields = ("domain_type", "number", "uses", "created_at", "created_by", "updated_at", "updated_by")

    def get_fields(self, request: HttpRequest, obj: DomainTypeVersion | None = None) -> Any:
        if obj is None:
            return ("domain_type", "data_json", "metadata_json", "step_json")
        return (
            "domain_type",
            "number",
            "data_json",
            "metadata_json",
            "step_json",
            "deprecated",
            *self.readonly_fields[2:],
        )

    def get_readonly_fields(self, request: HttpRequest, obj: DomainTypeVersion | None = None) -> Any:
        return () if obj is None else self.readonly_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[DomainTypeVersion]:
        return super().get_queryset(request).filter(domain_type__instance__in=managed_by(request))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **words: Any) -> Any:
        if db_field.name == "domain_type":
            words["queryset"] = DomainType.objects.filter(instance__in=managed_by(request))
        return super().formfield_for_foreignkey(db_field, request, **words)

    def get_form(
        self, request: HttpRequest, obj: DomainTypeVersion | None = None, change: bool = False, **words: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **words)
        form.by = request.user.get_username()
        return form

    def has_delete_permission(self, request: HttpRequest, obj: DomainTypeVersion | None = None) -> bool:
        """Events of a version are read up by its step, so none is ever taken out."""
        return False

    def save_model(self, request: HttpRequest, obj: DomainTypeVersion, form: Any, change: bool) -> None:
        # The form has registered it; what is left is to know its row.
        obj.pk = DomainTypeVersion.objects.get(domain_type=obj.domain_type, number=obj.number).pk

    @admin.display(description="used by, once deprecated")
    def uses(self, obj: DomainTypeVersion) -> str:
        rows = DeprecatedUse.objects.filter(
            instance=obj.domain_type.instance, event_type=obj.domain_type.name, version=obj.number
        )
        return (
            format_html_join(
                "",
                "<p>{}</p>",
                ((f"{each.name}: {told(each)}, last at {each.last_at:%Y-%m-%d %H:%M} UTC",) for each in rows[:100]),
            )
            or "nobody"
        )


@admin.register(DeprecatedUse)
class DeprecatedUseAdmin(UseModelAdmin):
    list_display = ("name", "what", "instance", "event_type", "version", "last_at")
    list_filter = ("role", "instance")
    search_fields = ("name", "event_type", "pattern")
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The hub counts them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: DeprecatedUse | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: DeprecatedUse | None = None) -> bool:
        return False

    @admin.display(description="use")
    def what(self, obj: DeprecatedUse) -> str:
        return told(obj)


def told(row: DeprecatedUse) -> str:
    """Return the use in words."""
    return f"sent {row.events:,}" if row.role == DeprecatedUse.Role.SENDER else f"follows {row.pattern}"
