from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from instances.access.models import Token
from instances.publishing import publish

HEALTH = "/api/v1/instances/health/events/"
METRICS = "/api/v1/instances/metrics/events/"
TOPIC = "subscription_health:prod:users"
EVENT = {"topic": TOPIC, "event_type": "registration_success", "data": {"store_id": "prod"}}

pytestmark = pytest.mark.usefixtures("running_instances")


def batch(count: int) -> list[dict[str, Any]]:
    return [EVENT] * count


def token_client(**figures: int) -> APIClient:
    issued = Token.objects.issue(name="limited")
    Token.objects.filter(name="limited").update(**figures)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issued.secret}")
    return client


class TestRates:
    def test_of_a_token_are_its_own(self, db: None) -> None:
        publisher = token_client(events_per_second=10)
        assert publisher.post(HEALTH, batch(1_000)).status_code == 202

        answer = publisher.post(HEALTH, batch(600))

        assert answer.status_code == 429
        assert answer["Retry-After"] in ("59", "60")
        told = answer.json()
        assert (told["code"], told["retry"]) == ("too_many_requests", True)
        assert "10 events a second to health" in told["detail"]

    def test_are_counted_for_each_instance(self, db: None) -> None:
        publisher = token_client(events_per_second=10)
        publisher.post(HEALTH, batch(1_000))

        assert publisher.post(METRICS, EVENT).status_code == 202

    def test_count_bytes(self, db: None) -> None:
        publisher = token_client(bytes_per_second=1)
        large = {**EVENT, "event_type": "tested", "data": "x" * 60_000}
        assert publisher.post(HEALTH, [large] * 69).status_code == 202

        answer = publisher.post(HEALTH, [large])

        assert answer.status_code == 429
        assert "1 bytes a second" in answer.json()["detail"]

    def test_refuse_a_batch_as_a_whole(self, db: None, published: Any) -> None:
        publisher = token_client(events_per_second=10)
        publisher.post(HEALTH, batch(990))

        assert publisher.post(HEALTH, batch(500)).status_code == 429

        assert published("health") == 990

    def test_of_a_token_without_figures_are_those_of_the_settings(self, db: None, settings: Any) -> None:
        settings.GATERHUB_TOKEN_EVENTS_PER_SECOND = 5
        publisher = token_client()
        publisher.post(HEALTH, batch(1_000))

        assert publisher.post(HEALTH, batch(100)).status_code == 429

    def test_are_none_for_tokens_unless_set(self, publisher: APIClient) -> None:
        for _ in range(3):
            assert publisher.post(HEALTH, batch(1_000)).status_code == 202

    def test_hold_a_session_to_its_own(self, operator: User) -> None:
        person = APIClient()
        person.force_login(operator)
        assert person.post(HEALTH, batch(1_000)).status_code == 202

        answer = person.post(HEALTH, batch(1_000))

        assert answer.status_code == 429
        assert "100 events a second" in answer.json()["detail"]

    def test_do_not_hold_the_program_itself(self, db: None, settings: Any) -> None:
        settings.GATERHUB_TOKEN_EVENTS_PER_SECOND = 1
        settings.GATERHUB_SESSION_EVENTS_PER_SECOND = 1

        results = [publish("health", TOPIC, "registration_success", data={"store_id": "p"}) for _ in range(1_100)]

        assert all(result.accepted for result in results)
