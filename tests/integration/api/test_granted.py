"""What the API shows and takes depends on grants: nothing without, and no word of what lies outside of them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from rest_framework.test import APIClient

from consumers.models import Loss
from instances.access.models import Grant, Token
from instances.catalog import NAMES, find
from instances.event import new_id, now_ms
from tests.accounts import account
from tests.integration.journal.writing import number_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("running_instances")]

FAILURE = {"user_id": "ada", "ip_address": "203.0.113.7", "reason": "invalid_credentials"}

Granted = Callable[..., APIClient]


@pytest.fixture
def granted() -> Granted:
    """Give a function that makes a service which may do just that: verb, instance, pattern."""

    def make(*grants: tuple[str, str, str], personal: bool = False) -> APIClient:
        token, secret = Token.objects.issue(name="narrow", roles=())
        for verb, instance, pattern in grants:
            Grant.objects.create(token=token, verb=verb, instance=instance, pattern=pattern, personal=personal)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return make


def publish(client: APIClient, instance: str, topic: str, event_type: str = "seen", data: Any = None) -> Any:
    body = {"topic": topic, "event_type": event_type, "data": data}
    return client.post(f"/api/v1/instances/{instance}/events/", body)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestPublishing:
    def test_takes_topics_within_a_grant_alone(self, granted: Granted) -> None:
        service = granted(("publish", "health", "process_health:*"))

        assert publish(service, "health", "process_health:web").status_code == 202
        answer = publish(service, "health", "circuit_breaker_status:web")
        assert code_of(answer) == (403, "forbidden")
        assert "circuit_breaker_status:web" in answer.json()["detail"]
        assert code_of(publish(service, "system", "system_status:web")) == (403, "forbidden")

    def test_takes_an_alias_for_what_it_stands_for(self, granted: Granted) -> None:
        service = granted(("publish", "health", "*"))

        assert publish(service, ":ex_esdb_health", "process_health:web").status_code == 202
        assert code_of(publish(service, "ex_esdb_audit", "audit_trail:user_actions")) == (403, "forbidden")

    def test_refuses_a_batch_with_one_topic_outside_and_names_it(
        self, granted: Granted, published: Callable[[str], int]
    ) -> None:
        service = granted(("publish", "health", "process_health:*"))
        topics = ["process_health:a", "circuit_breaker_status:b", "process_health:c"]

        answer = service.post(
            "/api/v1/instances/health/events/", [{"topic": topic, "event_type": "seen"} for topic in topics]
        )

        assert code_of(answer) == (403, "forbidden")
        assert [(error["index"], error["code"]) for error in answer.json()["errors"]] == [(1, "forbidden")]
        assert published("health") == 0

    def test_needs_no_reading(self, granted: Granted) -> None:
        service = granted(("publish", "health", "*"))

        assert code_of(service.get("/api/v1/instances/health/events/")) == (403, "forbidden")


class TestQuerying:
    def test_needs_a_pattern_within_one_grant(self, publisher: APIClient, granted: Granted) -> None:
        publish(publisher, "health", "process_health:web", data=1)
        publish(publisher, "health", "circuit_breaker_status:web", data=2)
        reader = granted(("query", "health", "process_health:*"), ("query", "health", "circuit_breaker_status:*"))
        url = "/api/v1/instances/health/events/"

        found = reader.get(url, {"topic": "process_health:*"}).json()["results"]
        assert [event["data"] for event in found] == [1]
        refused = reader.get(url)
        assert code_of(refused) == (403, "forbidden")
        assert "circuit_breaker_status:*, process_health:*" in refused.json()["detail"]

    def test_redacts_personal_fields_unless_they_are_granted(self, publisher: APIClient, granted: Granted) -> None:
        publish(publisher, "security", "security_events:authentication", "authentication_failure", FAILURE)
        number_all(find("security"))
        plain, full = granted(("query", "security", "*")), granted(("query", "security", "*"), personal=True)
        url = "/api/v1/instances/security/events/"
        question = {"event_type": "authentication_failure"}

        [event] = full.get(url, question).json()["results"]
        assert event["data"] == FAILURE
        [veiled] = plain.get(url, question).json()["results"]
        assert veiled["data"] == FAILURE | {"user_id": "[redacted]", "ip_address": "[redacted]"}
        assert plain.get(f"{url}{event['id']}/").json()["data"] == veiled["data"]
        assert full.get(f"{url}{event['id']}/").json()["data"] == FAILURE

    def test_of_one_event_outside_is_answered_like_of_none(self, publisher: APIClient, granted: Granted) -> None:
        taken = publish(publisher, "health", "circuit_breaker_status:web").json()["events"][0]["id"]
        reader = granted(("query", "health", "process_health:*"))
        url = "/api/v1/instances/health/events/"
        unknown = new_id(now_ms())

        outside, absent = reader.get(f"{url}{taken}/"), reader.get(f"{url}{unknown}/")

        assert publisher.get(f"{url}{taken}/").status_code == 200
        assert code_of(outside) == code_of(absent) == (404, "not_found")
        assert outside.content.replace(taken.encode(), unknown.encode()) == absent.content


class TestFigures:
    def test_are_of_instances_alone_that_are_granted_as_a_whole(self, granted: Granted) -> None:
        reader = granted(("subscribe", "health", "*"), ("subscribe", "metrics", "node_metrics:*"))

        assert [row["name"] for row in reader.get("/api/v1/figures/").json()["instances"]] == ["health"]
        shown = reader.get("/api/v1/instances/").json()["results"]
        assert [row["name"] for row in shown] == list(NAMES)
        assert [row["name"] for row in shown if row["live"] is not None] == ["health"]

    def test_name_no_subscriber_to_those_who_may_not_see_losses(self, granted: Granted) -> None:
        reader = granted(("subscribe", "health", "*"))

        told = reader.get("/api/v1/figures/").json()
        assert all(process["slowest"] == [] for process in told["hub"]["processes"])


class TestLosses:
    def test_of_others_are_shown_of_granted_instances_alone(self) -> None:
        for instance in ("health", "audit"):
            Loss.objects.create(
                at=timezone.now(),
                kind="gap",
                instance=instance,
                stream=f"{instance}.x",
                reason="slow",
                times=1,
                principal_id=1,
            )
        user = account("ada", "viewer")
        user.user_permissions.add(Permission.objects.get(codename="view_loss"))
        client = APIClient()
        client.force_login(user)

        assert [row["instance"] for row in client.get("/api/v1/losses/").json()["results"]] == ["health"]
