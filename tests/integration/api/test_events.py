import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from rest_framework.test import APIClient

from gaterhub.api import events
from gaterhub.api.events import Accepted, NewEvent
from instances import config
from instances.broker import Unavailable
from instances.config import Effective
from instances.event import Submission
from instances.lane import LaneFull

URL = "/api/v1/instances/health/events/"
TOPIC = "subscription_health:prod:users"
STREAM = "health.subscription_health"
EVENT = {"topic": TOPIC, "event_type": "registration_success", "data": {"store_id": "prod"}}

pytestmark = pytest.mark.usefixtures("running_instances")


class TestPublishingOneEvent:
    def test_is_answered_with_202_and_where_it_stands(self, publisher: APIClient) -> None:
        answer = publisher.post(URL, EVENT)

        assert answer.status_code == 202
        told = msgspec.json.decode(answer.content, type=Accepted)
        assert told.accepted == 1
        assert told.warnings == []
        [receipt] = told.events
        assert (receipt.stream, receipt.offset) == (STREAM, 1)
        assert receipt.epoch

    def test_keeps_the_id_that_was_given(self, publisher: APIClient) -> None:
        event_id = "0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e"

        answer = publisher.post(URL, {**EVENT, "id": event_id})

        assert answer.json()["events"][0]["id"] == event_id

    def test_works_under_an_alias(self, publisher: APIClient) -> None:
        answer = publisher.post("/api/v1/instances/:ex_esdb_health/events/", EVENT)

        assert answer.json()["events"][0]["stream"] == STREAM

    def test_warns_of_an_undeclared_family_and_names_its_neighbour(self, publisher: APIClient) -> None:
        answer = publisher.post(URL, {**EVENT, "topic": "subscription_heatlh:prod:users"})

        assert answer.status_code == 202
        [warning] = answer.json()["warnings"]
        assert "subscription_health" in warning

    @pytest.mark.parametrize(
        "content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"]
    )
    def test_takes_json_however_it_is_spelt(self, publisher: APIClient, content_type: str) -> None:
        answer = publisher.generic("POST", URL, json.dumps(EVENT), content_type)

        assert answer.status_code == 202


class TestPublishingABatch:
    @pytest.mark.parametrize("wrap", [lambda batch: batch, lambda batch: {"events": batch}])
    def test_is_answered_in_the_order_of_the_batch(self, publisher: APIClient, wrap: Callable[[Any], Any]) -> None:
        batch = [{**EVENT, "data": {"number": number}} for number in range(1_000)]

        answer = publisher.post(URL, wrap(batch))

        assert answer.status_code == 202
        assert answer.json()["accepted"] == 1_000
        assert [event["offset"] for event in answer.json()["events"]] == list(range(1, 1_001))

    def test_names_each_bad_event_and_publishes_none(
        self, publisher: APIClient, published: Callable[[str], int]
    ) -> None:
        answer = publisher.post(URL, [EVENT, {**EVENT, "topic": "a::b"}, EVENT, {"topic": TOPIC}])

        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"
        errors = answer.json()["errors"]
        assert [(error["index"], error["code"]) for error in errors] == [(1, "bad_topic"), (3, "bad_request")]
        assert all(error["message"] for error in errors)
        assert published("health") == 0


class TestARefusalOfTheHub:
    @pytest.mark.parametrize(
        ("refusal", "status", "code"),
        [
            (Unavailable("The broker cannot be reached."), 503, "unavailable"),
            (LaneFull(instance="health", waiting_events=20_000), 429, "too_many_requests"),
        ],
    )
    def test_says_when_to_try_again(
        self,
        publisher: APIClient,
        monkeypatch: pytest.MonkeyPatch,
        refusal: Exception,
        status: int,
        code: str,
    ) -> None:
        def refuse(*args: object, **kwargs: object) -> None:
            raise refusal

        monkeypatch.setattr(events, "submit_json", refuse)
        answer = publisher.post(URL, EVENT)

        assert answer.status_code == status
        assert answer.json()["code"] == code
        assert answer.json()["retry"] is True
        assert answer["Retry-After"] == "1"

    def test_of_a_disabled_instance_is_a_conflict(self, publisher: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(config, "effective", lambda instance: Effective(enabled=False))

        answer = publisher.post(URL, EVENT)

        assert answer.status_code == 409
        assert answer.json()["code"] == "instance_disabled"

    def test_of_a_strict_instance_is_a_bad_topic(self, publisher: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(config, "effective", lambda instance: Effective(strict=True))

        answer = publisher.post(URL, {**EVENT, "topic": "nonesuch:prod"})

        assert answer.status_code == 400
        assert answer.json()["code"] == "bad_topic"


class TestTheDeclaredShape:
    def test_of_an_event_has_the_keys_that_the_pipeline_takes(self) -> None:
        # `instance` is for frames of the WebSocket, where no address names it.
        assert set(NewEvent.__struct_fields__) == set(Submission.__struct_fields__) - {"instance"}
