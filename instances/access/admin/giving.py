"""Who fills in a form of the admin, and what of it is beyond that person."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpRequest

from instances.access.delegation import Beyond, Giver

if TYPE_CHECKING:
    _Form = forms.ModelForm[Any]
else:
    _Form = forms.ModelForm


class GivingForm(_Form):
    """A form that hands something on; the admin makes a subclass of it for whoever asks."""

    giver: Giver

    @contextmanager
    def telling(self, field: str | None) -> Iterator[None]:
        """Show at the field, or above the form, what is beyond the giver."""
        try:
            yield
        except Beyond as error:
            self.add_error(field if field in self.fields else None, error.message)

    def added(self, field: str) -> list[Any]:
        """Return the rows chosen in a field that the object does not have yet."""
        chosen: Iterable[Model] = self.cleaned_data.get(field) or ()
        had = set() if self.instance.pk is None else set(getattr(self.instance, field).values_list("pk", flat=True))
        return [row for row in chosen if row.pk not in had]


def giver_of(request: HttpRequest) -> Giver:
    """Return what the person behind the request may give. Raises: TypeError, for nobody's account."""
    if not isinstance(request.user, User):
        raise TypeError("Only an account works in the admin.")
    return Giver(request.user)


def for_giver(form: type[GivingForm], request: HttpRequest) -> type[GivingForm]:
    """Return the form as the person behind the request fills it in."""
    return type(form.__name__, (form,), {"giver": giver_of(request)})
