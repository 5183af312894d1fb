"""What the preview counts is what the purge removes, in memory and in Redis."""

import time

import pytest

from instances import config
from instances.catalog import find
from instances.journal.models import AuditEntry
from instances.journal.router import ALIAS
from instances.models import InstanceConfig
from instances.retention.evidence import Overdue
from instances.retention.preview import preview
from instances.retention.purging import Purged, purge
from tests.integration.journal.writing import number_all
from tests.integration.retention.conftest import Hub
from tests.integration.retention.stating import stated

pytestmark = pytest.mark.django_db(transaction=True)
STREAM = "health.process_health"


class TestPurge:
    def test_removes_in_a_quiet_stream_what_the_preview_counted(self, hub: Hub) -> None:
        hub.publish("health", "process_health:a", count=7, age_seconds=90)
        hub.publish("health", "process_health:b", count=3)
        stated(at_most_seconds=60)

        [row] = preview(config.policies(), config.policies()).streams
        purged = hub.run(purge(hub.broker))

        assert (row.stream, row.due.events) == (STREAM, 7)
        assert purged == [Purged("health", 7, (STREAM,), ("Shops",))]
        assert hub.kept(STREAM) == 3
        assert preview(config.policies(), config.policies()).streams[0].due.events == 0

    def test_tells_nothing_of_what_goes_by_the_instance_s_own_figure(self, hub: Hub) -> None:
        stated(instance="diagnostics", pattern="*", at_most_seconds=86_400)
        hub.publish("diagnostics", "elsewhere:a", count=2, age_seconds=9)
        hub.publish("diagnostics", "elsewhere:b", count=2)
        # As an operator who shortens the history does, beside any policy.
        InstanceConfig.objects.update_or_create(instance="diagnostics", defaults={"history_seconds": 10})
        try:
            hub.broker.streams._clock = lambda: time.time() + 5  # type: ignore[attr-defined]  # Both adapters have one.

            assert hub.run(purge(hub.broker)) == []
            assert hub.kept("diagnostics._other") == 2
        finally:
            InstanceConfig.objects.filter(instance="diagnostics").update(history_seconds=None)

    def test_leaves_other_streams_and_instances_alone(self, hub: Hub) -> None:
        hub.publish("health", "subscription_health:a:b", count=4, age_seconds=90)
        hub.publish("system", "system_status:a", count=5, age_seconds=90)
        stated(at_most_seconds=60)

        assert hub.run(purge(hub.broker)) == []
        assert (hub.kept("health.subscription_health"), hub.kept("system.system_status")) == (4, 5)


class TestPreview:
    def test_says_what_decides_and_when(self, hub: Hub) -> None:
        hub.publish("health", "process_health:a", age_seconds=20)
        stated(at_most_seconds=60)

        [row] = preview(config.policies(), config.policies()).streams

        assert [policy.name for policy in row.policies] == ["Shops"]
        assert row.oldest_seconds == pytest.approx(20, abs=5)
        assert row.due_in_seconds == pytest.approx(40, abs=5)

    def test_of_evidence_is_of_nothing_that_a_purge_removes(self, hub: Hub) -> None:
        stated(name="Evidence", instance="audit", pattern="audit_trail:*", at_most_seconds=10)
        number_all(find("audit"))
        entries = AuditEntry.objects.using(ALIAS).count()

        counted = preview(config.policies(), config.policies())
        purged = hub.run(purge(hub.broker))

        assert [(each.policy.name, each.overdue) for each in counted.evidence] == [("Evidence", Overdue(0, more=False))]
        assert (counted.streams, purged) == ((), [])
        assert AuditEntry.objects.using(ALIAS).count() == entries > 0

    def test_says_so_where_the_streams_are_elsewhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("instances.retention.preview.home", lambda: None)
        stated()

        counted = preview(config.policies(), config.policies())

        assert counted.streams == ()
        assert counted.wanting is not None
        assert "another process" in counted.wanting
