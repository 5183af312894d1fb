"""The form of a retention policy: ages with their units, a reason for each change, a preview that saves nothing."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.core.exceptions import ValidationError

from instances.models import BECAUSE_CHARACTERS, RetentionPolicy
from instances.options import HISTORY_LEAST_SECONDS, HISTORY_MOST_SECONDS
from instances.publishing.required import NotRecorded
from instances.retention import setting
from instances.retention.ages import BadAge, age_of, said
from instances.retention.setting import BadPolicy

if TYPE_CHECKING:
    PolicyModelForm = forms.ModelForm[RetentionPolicy]
else:
    # Outside the type checker's world Django's classes take no parameter.
    PolicyModelForm = forms.ModelForm

PREVIEW: Final = "_preview"
"""The name of the button that saves nothing."""
_CHANGED_MEANWHILE: Final = "Somebody changed it since this page was opened. See the history, and open it again."
_UNITS: Final = (
    "Days, hours, minutes or seconds, such as “7 days” or “1 day 12 hours”. Empty: it says nothing about that."
)


class AgeField(forms.CharField):
    """An age as people write it, in seconds to whoever asks the form."""

    def __init__(self, *, label: str, help_text: str) -> None:
        super().__init__(
            required=False,
            label=label,
            max_length=60,
            help_text=f"{help_text} {_UNITS}",
            widget=forms.TextInput(attrs={"placeholder": "not stated", "autocomplete": "off"}),
        )

    def prepare_value(self, value: Any) -> Any:
        return said(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return age_of(text)
        except BadAge as bad:
            raise ValidationError(str(bad)) from bad


class PolicyForm(PolicyModelForm):
    """A policy is set while the form is checked: the record comes first, and may be refused."""

    by = ""
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    """The last change that whoever fills in the form knows of."""
    recent_seconds = AgeField(
        label="Recent",
        help_text="For so long at least, events stay in the recent history for those who return, as far as the "
        f"instance's number of events reaches. From {said(HISTORY_LEAST_SECONDS)} to {said(HISTORY_MOST_SECONDS)}; "
        "not for audit, security and alerts, whose history is the journal.",
    )
    kept_seconds = AgeField(
        label="Kept",
        help_text="For so long at least, they must be there at all. Of audit, security and alerts the journal keeps "
        "everything for now.",
    )
    at_most_seconds = AgeField(
        label="At most",
        help_text=f"After that they must be gone. From {said(HISTORY_LEAST_SECONDS)}. Nothing of audit, security and "
        "alerts is purged yet: evidence is purged with the compliance functions, which are not there yet.",
    )
    because = forms.CharField(
        label="Why",
        max_length=BECAUSE_CHARACTERS,
        help_text="Such as the number of a ticket. It stands in the history below, and in the audit trail.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    class Meta:
        model = RetentionPolicy
        fields = setting.NAMES

    def __init__(self, *given: Any, **words: Any) -> None:
        super().__init__(*given, **words)
        self.previews = PREVIEW in self.data
        if self.previews:
            self.fields["because"].required = False
        if not self.instance._state.adding:
            self.initial["seen"] = _last_change(self.instance)

    def is_valid(self) -> bool:
        """Tell whether it was saved; a preview never is, though nothing of it may be wrong."""
        return super().is_valid() and not self.previews

    def values(self) -> dict[str, Any]:
        """Return what the form states, once it is checked."""
        return {name: self.cleaned_data[name] for name in setting.NAMES}

    def clean(self) -> None:
        super().clean()
        if not self.instance._state.adding and self.cleaned_data.get("seen") != _last_change(self.instance):
            raise ValidationError(_CHANGED_MEANWHILE)
        if not any(name in self.errors for name in setting.NAMES):
            try:
                setting.check(self.values())
            except BadPolicy as bad:
                self._refuse(bad.by_name)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook after `clean`, which its stubs leave out.
        if self.errors or self.previews:
            return
        try:
            setting.set_policy(self.instance, self.values(), by=self.by, because=self.cleaned_data["because"])
        except BadPolicy as bad:
            self._refuse(bad.by_name)
        except NotRecorded as refusal:
            self.add_error(None, refusal.message)

    def _refuse(self, by_name: Mapping[str, str]) -> None:
        for name, wrong in by_name.items():
            self.add_error(name, wrong)


def _last_change(row: RetentionPolicy) -> int | None:
    return row.changes.values_list("pk", flat=True).first()
