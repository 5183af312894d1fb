"""What can't be done with entries: to change one, to delete one, or to add one past the journal's own way in."""

from typing import Any, NoReturn

from django.db import models


class AppendOnly(TypeError):
    """An attempt to change what is only ever added to."""


def refuse_change(row: models.Model) -> NoReturn:
    """Raises: AppendOnly."""
    raise AppendOnly(
        f"{type(row)._meta.verbose_name_plural} are only added, by publishing; none is changed or deleted."
    )


class EntryQuerySet(models.QuerySet[Any]):
    """Entries to be read."""

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        refuse_change(self.model())

    create = get_or_create = update_or_create = _refuse
    bulk_create = bulk_update = update = delete = _refuse
    acreate = aget_or_create = aupdate_or_create = abulk_create = abulk_update = aupdate = adelete = _refuse
    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    # What Django writes with itself, past a model's own save(): fixtures, and rows saved by their base class.
    def _insert(self, *args: object, **kwargs: object) -> NoReturn:
        refuse_change(self.model())

    def _update(self, *args: object, **kwargs: object) -> NoReturn:
        refuse_change(self.model())

    _raw_delete = _batched_insert = _refuse
    # Managers have them only where it is said that they are no querysets' alone.
    _insert.queryset_only = _update.queryset_only = False  # type: ignore[attr-defined]
