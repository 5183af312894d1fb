"""The journal's tables, as migrations make them."""

import pytest

from instances.journal.appending import AppendOnly
from instances.journal.models import ENTRIES, JournalHead


class TestEntry:
    @pytest.mark.parametrize("instance", ENTRIES)
    def test_is_refused_past_the_journals_own_way_in(self, journal: str, instance: str) -> None:
        model = ENTRIES[instance]

        with pytest.raises(AppendOnly):
            model().save()
        with pytest.raises(AppendOnly):
            model.objects.update(outcome="success")
        with pytest.raises(AppendOnly):
            model.objects.all().delete()

        assert model.objects.count() == 0


class TestJournalHead:
    def test_stands_at_nothing_for_each_journaled_instance(self, journal: str) -> None:
        heads = JournalHead.objects.order_by("instance").values_list("instance", "size")

        assert list(heads) == [("alerts", 0), ("audit", 0), ("security", 0)]
