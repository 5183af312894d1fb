"""How a policy is set and deleted: checked, put on record, then done."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from instances import config
from instances.error_codes import Refusal
from instances.models import InstanceConfig, RetentionPolicy, RetentionPolicyChange
from instances.publishing import required
from instances.publishing.required import NotRecorded
from instances.retention import setting
from instances.retention.setting import BadPolicy
from tests.integration.retention.stating import POLICY, recorded, stated

pytestmark = pytest.mark.django_db(transaction=True)
STREAM = "health.process_health"


@pytest.fixture
def nothing_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**said: Any) -> Any:
        raise Refusal("unavailable", "neither journal nor spool")

    monkeypatch.setattr(required, "publish_or_raise", fails)


class TestSetPolicy:
    def test_holds_at_once_for_the_streams_that_it_touches(self) -> None:
        stated(at_most_seconds=60)

        keeps = config.effective("health").keeps
        assert keeps[STREAM].seconds == 60
        assert keeps["health.subscription_health"] == config.effective("health").keep

    def test_holds_beside_the_instance_s_own_figures(self) -> None:
        InstanceConfig.objects.update_or_create(instance="health", defaults={"history_seconds": 600})
        stated(at_most_seconds=1_200)
        try:
            config.refresh()
            assert config.effective("health").keeps[STREAM].seconds == 600
        finally:
            InstanceConfig.objects.filter(instance="health").update(history_seconds=None)

    def test_is_on_record_before_with_what_is_stated_and_why(self) -> None:
        row = stated()
        setting.set_policy(row, POLICY | {"at_most_seconds": 90}, by="bea", because="DPO-32")

        begun, done, changed, _ = recorded("retention_policy_set")
        assert (begun["outcome"], done["outcome"]) == ("started", "success")
        assert (begun["action"], begun["after"], begun["reason"]) == ("add", POLICY, "DPO-31")
        assert "before" not in begun
        assert (changed["action"], changed["resource"]) == ("change", f"retention_policy:{row.pk}")
        assert (changed["before"], changed["after"]) == ({"at_most_seconds": 60}, {"at_most_seconds": 90})
        assert [each.by for each in row.changes.all()] == ["bea", "ada"]

    @pytest.mark.usefixtures("nothing_is_recorded")
    def test_that_cant_be_recorded_is_not_made(self) -> None:
        with pytest.raises(NotRecorded, match="neither journal nor spool"):
            stated()

        assert not RetentionPolicy.objects.exists()
        assert config.effective("health").keeps[STREAM] == config.effective("health").keep

    def test_to_what_is_stated_already_is_none(self) -> None:
        row = stated()

        assert setting.set_policy(row, POLICY, by="ada", because="again") is None
        assert row.changes.count() == 1

    @pytest.mark.parametrize(
        ("values", "name", "wrong"),
        [
            ({"pattern": "sub*:x"}, "pattern", "a '\\*' must be a whole segment"),
            ({"rule": ""}, "rule", "GDPR art. 5"),
            ({"instance": "helth"}, "instance", "The instances are events"),
            ({"at_most_seconds": 5}, "at_most_seconds", "10 seconds to"),
            ({"recent_seconds": 8 * 86_400, "at_most_seconds": None}, "recent_seconds", "10 seconds to 7 days"),
            ({"recent_seconds": 90}, "at_most_seconds", "recent for 1 minute 30 seconds and gone after 1 minute"),
            ({"kept_seconds": 90}, "at_most_seconds", "kept for 1 minute 30 seconds and gone after 1 minute"),
            ({"at_most_seconds": None}, "at_most_seconds", "at least one age"),
            ({"instance": "audit", "pattern": "*", "recent_seconds": 30}, "recent_seconds", "journal is the history"),
        ],
    )
    def test_that_makes_no_sense_is_refused_where_it_is_wrong(
        self, values: dict[str, Any], name: str, wrong: str
    ) -> None:
        with pytest.raises(BadPolicy, match=wrong) as refused:
            stated(**values)

        assert set(refused.value.by_name) == {name}
        assert recorded("retention_policy_set") == []

    @pytest.mark.parametrize(
        "values",
        [
            {"recent_seconds": 90},
            {"kept_seconds": 90},
            {"at_most_seconds": None},
            {"rule": ""},
            {"instance": "audit", "recent_seconds": 30},
        ],
    )
    def test_is_held_to_sense_by_the_database_too(self, values: dict[str, Any]) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            RetentionPolicy.objects.create(**POLICY | values)

    def test_by_another_hand_that_nobody_can_read_is_passed_over(self) -> None:
        row = stated()
        RetentionPolicy.objects.filter(pk=row.pk).update(pattern="sub*:x")

        config.refresh()

        assert config.policies() == ()

    def test_of_one_that_isn_t_active_holds_for_nothing(self) -> None:
        stated(active=False)

        assert config.effective("health").keeps[STREAM] == config.effective("health").keep


class TestDeletePolicy:
    def test_is_on_record_before_and_ends_what_it_held(self) -> None:
        row = stated()

        setting.delete_policy(row, by="bea", because="DPO-33")

        begun, done = recorded("retention_policy_deleted")
        assert (begun["before"], begun["reason"], begun["outcome"], done["outcome"]) == (
            POLICY,
            "DPO-33",
            "started",
            "success",
        )
        assert config.effective("health").keeps[STREAM] == config.effective("health").keep
        last = RetentionPolicyChange.objects.latest("id")
        assert (last.name, last.policy, last.after, last.because) == ("Shops", None, None, "DPO-33")

    def test_that_cant_be_recorded_is_not_made(self, request: pytest.FixtureRequest) -> None:
        row = stated()
        request.getfixturevalue("nothing_is_recorded")

        with pytest.raises(NotRecorded):
            setting.delete_policy(row, by="bea", because="DPO-33")

        assert RetentionPolicy.objects.filter(pk=row.pk).exists()
