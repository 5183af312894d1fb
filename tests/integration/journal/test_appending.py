"""What Django's own ways to write refuse for entries, before a statement is made."""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core import serializers
from django.db import models
from django.db.models import F

from instances.journal.appending import AppendOnly
from instances.journal.models import ENTRIES, Entry
from tests.integration.journal.rows import add_entry

Attempt = Callable[[type[Entry], Entry], Any]

ROW: dict[str, Attempt] = {
    "save": lambda model, entry: entry.save(),
    "save of fields": lambda model, entry: entry.save(update_fields=["outcome"]),
    "asave": lambda model, entry: async_to_sync(entry.asave)(),
    "save_base": lambda model, entry: entry.save_base(),
    "save by the base class": lambda model, entry: models.Model.save(entry),
    "save_base by the base class": lambda model, entry: models.Model.save_base(entry),
    "force_insert by the base class": lambda model, entry: models.Model.save_base(model(), force_insert=True),
    "delete": lambda model, entry: entry.delete(),
    "adelete": lambda model, entry: async_to_sync(entry.adelete)(),
}
QUERYSET: dict[str, Attempt] = {
    "create": lambda model, entry: model.objects.create(),
    "get_or_create": lambda model, entry: model.objects.get_or_create(topic="none"),
    "update_or_create": lambda model, entry: model.objects.update_or_create({"outcome": "none"}, id=entry.id),
    "bulk_create": lambda model, entry: model.objects.bulk_create([model()]),
    "bulk_create that updates": lambda model, entry: model.objects.bulk_create(
        [entry], update_conflicts=True, unique_fields=["id"], update_fields=["outcome"]
    ),
    "bulk_update": lambda model, entry: model.objects.bulk_update([entry], ["outcome"]),
    "update": lambda model, entry: model.objects.update(outcome="none"),
    "update by an expression": lambda model, entry: model.objects.filter(pk=entry.pk).update(
        severity=F("severity") + 1
    ),
    "delete": lambda model, entry: model.objects.all().delete(),
    "delete at once": lambda model, entry: model.objects.all()._raw_delete(using="journal"),
    "base manager's update": lambda model, entry: model._base_manager.update(outcome="none"),
    "base manager's delete": lambda model, entry: model._base_manager.all().delete(),
    "base manager's create": lambda model, entry: model._base_manager.create(topic="none"),
    "aupdate": lambda model, entry: model.objects.aupdate(outcome="none"),
    "adelete": lambda model, entry: model.objects.all().adelete(),
}


@pytest.mark.parametrize("instance", ENTRIES)
class TestAnEntry:
    @pytest.mark.parametrize("name", ROW)
    def test_is_refused_by_its_row(self, instance: str, name: str) -> None:
        self.refuses(ROW[name], instance)

    @pytest.mark.parametrize("name", QUERYSET)
    def test_is_refused_by_its_queryset(self, instance: str, name: str) -> None:
        self.refuses(QUERYSET[name], instance)

    def test_is_refused_from_a_fixture(self, instance: str) -> None:
        def load(model: type[Entry], entry: Entry) -> None:
            entry.outcome = "none"
            [loaded] = serializers.deserialize("json", serializers.serialize("json", [entry]), using="journal")
            loaded.save(using="journal")

        self.refuses(load, instance)

    def refuses(self, attempt: Attempt, instance: str) -> None:
        entry = add_entry(instance)
        model = ENTRIES[instance]

        with pytest.raises(AppendOnly, match=f"{model._meta.verbose_name_plural} are only added, by publishing"):
            attempt(model, entry)

        assert list(model.objects.values_list("id", "outcome", "severity")) == [(entry.id, "success", 1)]


class TestEntries:
    def test_are_read_in_every_way(self, journal: str) -> None:
        entry = add_entry(index=0)
        model = ENTRIES["audit"]

        assert model.objects.in_bulk([entry.pk]) == {entry.pk: entry}
        assert model.objects.raw("SELECT * FROM journal_auditentry")[0] == entry
        assert model.objects.filter(index=F("offset") - 1).count() == 1
        entry.refresh_from_db()
        assert entry.index == 0
