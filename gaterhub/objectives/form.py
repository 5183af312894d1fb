"""The form of an objective: what can't be counted, or promises nothing, is told at its field."""

import math
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.core.exceptions import ValidationError

from gaterhub.objectives.judging import COMPARISONS, PATH_SEPARATOR
from gaterhub.objectives.models import Objective
from instances.error_codes import Refusal
from instances.topics import Pattern

if TYPE_CHECKING:
    ObjectiveModelForm = forms.ModelForm[Objective]
else:
    # Outside the type checker's world Django's classes take no parameter.
    ObjectiveModelForm = forms.ModelForm

OBJECTIVES_MAX: Final = 100
"""Each is asked about every event of its streams, and is a row of the panel."""


class ObjectiveForm(ObjectiveModelForm):
    def clean_pattern(self) -> str:
        text: str = self.cleaned_data["pattern"]
        try:
            return Pattern(text).text
        except Refusal as refusal:
            raise ValidationError(refusal.message) from refusal

    def clean_metric(self) -> str:
        text: str = self.cleaned_data["metric"]
        if not all(text.split(PATH_SEPARATOR)):
            raise ValidationError(
                "A field is named, with a dot before one that lies within it, such as “loop_delay.slowest_ms”."
            )
        return text

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        comparison, bound = COMPARISONS.get(said.get("comparison", "")), said.get("bound")
        if comparison is not None and bound and comparison.numeric and not _is_number(bound):
            self.add_error("bound", f"After “{comparison.words}” a number is needed, such as 100 or 0.25.")
        if self.instance._state.adding and Objective.objects.count() >= OBJECTIVES_MAX:
            raise ValidationError(f"There are {OBJECTIVES_MAX} objectives, and no more are counted. Delete one first.")
        return said


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
