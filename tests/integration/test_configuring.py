"""How an instance's configuration is changed: checked, put on record, then done."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from instances import config, configuring
from instances.catalog import INSTANCES, find
from instances.configuring import BadConfiguration, values_of
from instances.error_codes import Refusal
from instances.event import BadEvent
from instances.journal.models import AuditEntry
from instances.journal.router import ALIAS
from instances.models import InstanceConfig
from instances.options import OPTIONS
from instances.publishing import required
from instances.publishing.pipeline import BatchRefused, check
from instances.publishing.required import NotRecorded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _catalog_again() -> Any:
    yield
    InstanceConfig.objects.update(**{option.name: None for option in OPTIONS}, enabled=True, strict=False, signed=False)
    InstanceConfig.objects.update(record_seen=False)
    config.refresh()


def row(name: str = "health") -> InstanceConfig:
    return InstanceConfig.objects.get_or_create(instance=name)[0]


def changed(name: str = "health", **values: Any) -> Any:
    found = row(name)
    return configuring.change(found, values_of(found) | values, by="ada", because="OPS-1204")


def event(size: int) -> bytes:
    said = {"topic": "process_health:api", "event_type": "checked", "data": {"text": "x" * size}}
    return json.dumps(said).encode()


def recorded() -> list[dict[str, Any]]:
    rows = AuditEntry._base_manager.using(ALIAS).filter(event_type="instance_configured").order_by("number")
    return [json.loads(bytes(body))["data"] for body in rows.values_list("body", flat=True)]


class TestDefaults:
    @pytest.mark.parametrize("spec", INSTANCES, ids=lambda spec: spec.name)
    def test_are_within_the_bounds_or_denied(self, spec: Any) -> None:
        for option in OPTIONS:
            default = option.default(spec)
            assert default is None or option.denied(spec) or option.wrong_with(spec, default) is None

    def test_hold_where_nothing_is_set(self) -> None:
        row()
        config.refresh()

        assert config.effective("health") == config._of_catalog(find("health"))


class TestChange:
    def test_holds_at_once(self) -> None:
        changed(event_bytes=2_048, history_events=500, history_seconds=60)

        held = config.effective("health")
        assert (held.limits.event_bytes, held.keep.events, held.keep.seconds) == (2_048, 500, 60)
        check("health", event(1_000), publisher="p")
        with pytest.raises(BadEvent, match="2,048"):
            check("health", event(3_000), publisher="p")

    def test_of_the_batch_is_told_to_whoever_sends_a_larger_one(self) -> None:
        changed(batch_events=2)

        with pytest.raises(BadEvent, match="at most 2 are taken at once"):
            check("health", b"[" + b",".join([event(1)] * 3) + b"]", publisher="p")

    def test_of_the_event_names_the_one_of_a_batch(self) -> None:
        changed(event_bytes=2_048)

        with pytest.raises(BatchRefused) as refused:
            check("health", b"[" + event(1) + b"," + event(3_000) + b"]", publisher="p")
        assert [each["index"] for each in refused.value.errors] == [1]

    def test_is_on_record_before_with_what_was_and_what_is_and_why(self) -> None:
        changed(strict=True, event_bytes=2_048)

        begun, done = recorded()
        said = {
            "action": "configure",
            "resource": "instance:health",
            "before": {"strict": False, "event_bytes": None},
            "after": {"strict": True, "event_bytes": 2_048},
            "reason": "OPS-1204",
        }
        assert begun | said | {"outcome": "started"} == begun
        assert done | said | {"outcome": "success"} == done

    def test_that_cant_be_recorded_is_not_made(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(**said: Any) -> Any:
            raise Refusal("unavailable", "neither journal nor spool")

        monkeypatch.setattr(required, "publish_or_raise", fails)

        with pytest.raises(NotRecorded, match="neither journal nor spool"):
            changed(event_bytes=2_048)

        assert row().event_bytes is None
        assert row().changes.count() == 0

    def test_to_what_is_set_already_is_none(self) -> None:
        assert changed(enabled=True) is None
        assert recorded() == []

    @pytest.mark.parametrize(
        ("name", "values", "wrong"),
        [
            ("health", {"event_bytes": 10}, "1,024 to 65,536 are possible"),
            ("health", {"event_bytes": 65_537}, "1,024 to 65,536 are possible"),
            ("health", {"event_bytes": 4_096, "body_bytes": 2_048}, "could not carry an event of 4,096"),
            ("audit", {"history_events": 500}, "Nothing of audit may be dropped"),
            ("security", {"history_seconds": 3_600}, "Nothing of security may be dropped"),
            ("alerts", {"events_per_second": 10}, "Nobody who reports to alerts may be refused"),
        ],
    )
    def test_that_an_instance_cant_go_by_is_refused(self, name: str, values: dict[str, int], wrong: str) -> None:
        with pytest.raises(BadConfiguration, match=wrong):
            changed(name, **values)

        assert recorded() == []

    def test_to_record_who_saw_what_is_not_kept_is_refused(self) -> None:
        with pytest.raises(BadConfiguration) as refused:
            changed("health", record_seen=True)

        assert "health has no journal" in refused.value.by_name["record_seen"]
        InstanceConfig.objects.update(record_seen=True)
        config.refresh()
        assert not config.effective("health").record_seen

    def test_by_another_hand_beyond_all_bounds_is_passed_over(self) -> None:
        row("audit")
        InstanceConfig.objects.filter(instance="audit").update(history_events=1, event_bytes=2_048)

        config.refresh()

        assert config.effective("audit").keep == config._of_catalog(find("audit")).keep
        assert config.effective("audit").limits.event_bytes == 2_048


class TestGoBack:
    def test_sets_what_was_set_before_and_leaves_what_was_set_otherwise(self) -> None:
        first = changed(event_bytes=2_048)
        changed(strict=True)

        configuring.go_back(first, by="bea", because="It was too small.")

        assert (row().event_bytes, row().strict) == (None, True)
        newest = row().changes.latest("id")
        assert (newest.by, newest.because) == ("bea", "It was too small.")
        assert recorded()[-1]["action"] == "go_back"


class TestPage:
    @pytest.fixture
    def operator(self, client: Client) -> Client:
        client.force_login(User.objects.create_superuser("ada", password="x"))
        return client

    def address(self, name: str = "health") -> str:
        return f"/admin/instances/instanceconfig/{row(name).pk}/change/"

    def test_says_defaults_units_and_what_they_do(self, operator: Client) -> None:
        text = operator.get(self.address()).content.decode()

        for option in OPTIONS:
            default = option.default(find("health"))
            assert ("no bound" if default is None else f"{default:,}") in text
            assert option.unit in text
        assert "Nothing was changed yet" in text

    def test_wants_a_reason(self, operator: Client) -> None:
        answer = operator.post(self.address(), {"enabled": "on", "event_bytes": "2048"})

        assert "This field is required" in answer.content.decode()
        assert row().event_bytes is None

    def test_refuses_what_would_break_evidence_at_its_field(self, operator: Client) -> None:
        said = {"enabled": "on", "history_events": "500", "because": "less"}

        text = operator.post(self.address("audit"), said).content.decode()

        assert "Nothing of audit may be dropped" in text
        assert row("audit").history_events is None

    def test_is_not_taken_where_somebody_changed_it_meanwhile(self, operator: Client) -> None:
        changed(strict=True)

        text = operator.post(self.address(), {"enabled": "on", "because": "I saw no strictness."}).content.decode()

        assert "Somebody changed it since" in text
        assert row().strict

    def test_shows_each_change_and_goes_back(self, operator: Client) -> None:
        operator.post(self.address(), {"enabled": "on", "event_bytes": "2048", "because": "<b>small</b>"})
        [change] = row().changes.all()
        text = operator.get(self.address()).content.decode()
        assert "&lt;b&gt;small&lt;/b&gt;" in text
        assert "the catalog&#x27;s → 2,048" in text

        back = f"/admin/instances/instanceconfig/{row().pk}/back/{change.pk}/"
        unreasoned = operator.post(back, {}, follow=True)
        assert "Say why first" in unreasoned.content.decode()
        assert row().event_bytes == 2_048
        answer = operator.post(back, {"because": "too small"}, follow=True)

        assert "goes by what was set before" in answer.content.decode()
        assert row().event_bytes is None
        assert operator.get(back).status_code == 405
