"""The admin's pages of policies."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from instances import config
from instances.access.models import Grant
from instances.error_codes import Refusal
from instances.models import RetentionPolicy
from instances.publishing import required
from instances.retention.purging import purge
from tests.integration.retention.conftest import Hub
from tests.integration.retention.stating import ADD, FORM, LIST, page_of, recorded, stated

pytestmark = pytest.mark.django_db(transaction=True)


def text_of(answer: Any) -> str:
    """Return what somebody reads."""
    text = answer.content.decode().replace("&#x27;", "'")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def seen(row: RetentionPolicy) -> dict[str, str]:
    return {"seen": str(row.changes.values_list("pk", flat=True)[0])}


class TestAdding:
    def test_is_on_record_first_and_holds(self, operator: Client) -> None:
        answer = operator.post(ADD, FORM)

        assert answer.status_code == 302
        row = RetentionPolicy.objects.get()
        assert (row.name, row.at_most_seconds, row.recent_seconds) == ("Shops", 60, None)
        assert [each["outcome"] for each in recorded("retention_policy_set")] == ["started", "success"]
        assert config.effective("health").keeps["health.process_health"].seconds == 60

    def test_wants_a_reason(self, operator: Client) -> None:
        text = text_of(operator.post(ADD, FORM | {"because": ""}))

        assert "This field is required" in text
        assert not RetentionPolicy.objects.exists()

    def test_that_cant_be_recorded_says_so_and_saves_nothing(
        self, operator: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(**said: Any) -> Any:
            raise Refusal("unavailable", "neither journal nor spool")

        monkeypatch.setattr(required, "publish_or_raise", fails)

        text = text_of(operator.post(ADD, FORM))

        assert "It is not recorded, and so it must not be done: neither journal nor spool" in text
        assert not RetentionPolicy.objects.exists()

    @pytest.mark.parametrize(
        ("said", "wrong"),
        [
            ({"at_most_seconds": "soon"}, "such as “30 minutes”"),
            ({"at_most_seconds": "7 years"}, "2,557 days"),
            ({"recent_seconds": "2 minutes"}, "recent for 2 minutes and gone after 1 minute"),
            ({"at_most_seconds": ""}, "State at least one age"),
            ({"pattern": "sub*:x"}, "a '*' must be a whole segment"),
            ({"instance": "audit", "recent_seconds": "30 seconds"}, "the journal is the history of audit"),
            ({"rule": " "}, "This field is required"),
        ],
    )
    def test_of_nonsense_is_refused_with_what_would_be_right(
        self, operator: Client, said: dict[str, str], wrong: str
    ) -> None:
        text = text_of(operator.post(ADD, FORM | said))

        assert wrong in text
        assert "Constraint" not in text
        assert not RetentionPolicy.objects.exists()

    def test_of_a_name_that_is_taken_is_refused(self, operator: Client) -> None:
        stated()

        assert "already exists" in text_of(operator.post(ADD, FORM))


class TestChanging:
    def test_shows_what_was_changed_by_whom_and_why(self, operator: Client) -> None:
        row = stated()

        operator.post(page_of(row), FORM | seen(row) | {"at_most_seconds": "2 hours", "because": "<b>later</b>"})

        text = operator.get(page_of(row)).content.decode()
        assert "at most: 1 minute → 2 hours" in text
        assert "&lt;b&gt;later&lt;/b&gt;" in text
        assert 'value="2 hours"' in text

    def test_is_not_taken_where_somebody_changed_it_meanwhile(self, operator: Client) -> None:
        row = stated()
        before = seen(row)
        operator.post(page_of(row), FORM | before | {"at_most_seconds": "2 hours"})

        text = text_of(operator.post(page_of(row), FORM | before | {"at_most_seconds": "3 hours"}))

        assert "Somebody changed it since" in text
        assert RetentionPolicy.objects.get().at_most_seconds == 7_200


class TestPreview:
    def test_of_a_new_policy_counts_what_the_purge_removes_then_and_saves_nothing(
        self, operator: Client, hub: Hub
    ) -> None:
        hub.publish("health", "process_health:a", count=7, age_seconds=90)
        hub.publish("health", "process_health:b", count=3)

        text = text_of(operator.post(ADD, FORM | {"because": "", "_preview": "Preview"}))

        assert "Preview: nothing is saved" in text
        assert "The next purge would remove 7 events" in text
        assert "Please correct" not in text
        assert not RetentionPolicy.objects.exists()
        assert recorded("retention_policy_set") == []
        assert hub.kept("health.process_health") == 10

        operator.post(ADD, FORM)
        [purged] = hub.run(purge(hub.broker))
        assert (purged.events, hub.kept("health.process_health")) == (7, 3)

    def test_tells_the_whole_stream_of_a_policy_for_a_part(self, operator: Client, hub: Hub) -> None:
        text = text_of(operator.post(ADD, FORM | {"pattern": "process_health:api", "_preview": "Preview"}))

        assert "process_health:api is only a part of health.process_health" in text

    def test_of_nonsense_says_what_is_wrong(self, operator: Client, hub: Hub) -> None:
        text = text_of(operator.post(ADD, FORM | {"pattern": "sub*:x", "_preview": "Preview"}))

        assert "a '*' must be a whole segment" in text
        assert "Preview: nothing is saved" not in text

    def test_of_what_is_saved_stands_on_its_page_and_on_the_list(self, operator: Client, hub: Hub) -> None:
        hub.publish("health", "process_health:a", count=2, age_seconds=90)
        row = stated()

        for address in (page_of(row), LIST):
            assert "The next purge would remove 2 events" in text_of(operator.get(address))

    def test_of_evidence_says_that_nothing_is_purged_yet(self, operator: Client, hub: Hub) -> None:
        row = stated(instance="audit", pattern="*", at_most_seconds=86_400)

        text = text_of(operator.get(page_of(row)))

        assert "Nothing of audit is purged yet: evidence is purged with the compliance functions" in text
        assert "0 (not purged yet)" in text


class TestConflicts:
    def test_are_told_on_the_pages_of_both_and_on_the_list(self, operator: Client) -> None:
        short = stated(name="Short")
        long = stated(name="Long", pattern="process_health:api", at_most_seconds=None, recent_seconds=86_400)
        said = "“Long” wants events of health.process_health recent for 1 day, and “Short” has them gone after 1 minute"

        for address in (page_of(short), page_of(long), LIST):
            assert said in text_of(operator.get(address))
        rows = operator.get(LIST).content.decode()
        assert 'class="field-conflicts">with “Short”<' in rows
        assert 'class="field-conflicts">with “Long”<' in rows


class TestDeleting:
    def test_asks_why_first(self, operator: Client) -> None:
        row = stated()

        text = text_of(operator.post(page_of(row, "delete"), {"post": "yes"}))

        assert "Say why first" in text
        assert RetentionPolicy.objects.exists()

    def test_is_on_record_and_stays_in_the_list_s_history(self, operator: Client) -> None:
        row = stated()
        assert "Why:" in text_of(operator.get(page_of(row, "delete")))

        answer = operator.post(page_of(row, "delete"), {"because": "DPO-33"}, follow=True)

        assert not RetentionPolicy.objects.exists()
        text = text_of(answer)
        assert "“Shops” is deleted" in text
        assert "DPO-33" in text
        assert [each["reason"] for each in recorded("retention_policy_deleted")] == ["DPO-33", "DPO-33"]


class TestRights:
    def person(self, client: Client, *permissions: str, manages: str = "health") -> Client:
        user = User.objects.create_user("bea", is_staff=True)
        for name in permissions:
            user.user_permissions.add(Permission.objects.get(codename=f"{name}_retentionpolicy"))
        Grant.objects.create(user=user, verb="manage", instance=manages, pattern="*")
        client.force_login(user)
        return client

    def test_show_only_policies_of_instances_that_one_manages(self, client: Client) -> None:
        row, other = stated(), stated(name="Hidden", instance="metrics", pattern="*")
        person = self.person(client, "view", "change", "delete")

        assert "Hidden" not in text_of(person.get(LIST))
        assert person.get(page_of(row)).status_code == 200
        assert person.get(page_of(other)).status_code == 302
        assert person.post(page_of(other, "delete"), {"because": "x"}).status_code == 404

    def test_let_nobody_set_a_policy_for_an_instance_that_is_not_theirs(self, client: Client) -> None:
        person = self.person(client, "view", "add")

        text = text_of(person.post(ADD, FORM | {"instance": "metrics", "pattern": "*"}))

        assert "Select a valid choice" in text
        assert not RetentionPolicy.objects.exists()

    def test_of_seeing_show_ages_in_words_and_no_way_to_change_them(self, client: Client) -> None:
        row = stated()
        person = self.person(client, "view")

        text = text_of(person.get(page_of(row)))

        assert "1 minute" in text
        assert "Why" not in text.split("Changes up to now")[0]
        assert person.post(page_of(row), FORM | seen(row)).status_code == 403
        assert person.post(page_of(row, "delete"), {"because": "x"}).status_code == 403
