"""Cells of reports in templates."""

from datetime import datetime

from django import template
from django.urls import reverse

from gaterhub.reports.structure import Cell, Place, Severity
from instances.catalog import find

register = template.Library()

_WORDS = {Severity.HIGH: "High", Severity.MEDIUM: "Medium", Severity.LOW: "Low"}


@register.filter
def cell(value: Cell) -> str:
    """Return a cell as it is read: digits in groups of three, nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value


@register.filter
def severity(name: str) -> str:
    """Return the word for a severity."""
    return _WORDS[Severity(name)]


@register.filter
def moment(stamp: str) -> str:
    """Return a time of a report as people read it, in UTC."""
    at = datetime.fromisoformat(stamp)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


@register.filter
def address(place: Place) -> str:
    """Return where an entry is shown, with its proof where it is sealed."""
    sealed = find(place.instance).delivery.sealed
    return reverse("evidence-entry" if sealed else "api:event", args=[place.instance, place.id])


@register.filter
def is_number(value: Cell) -> bool:
    """Tell whether a cell stands to the right."""
    return isinstance(value, int | float)
