from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

URL = "/api/v1/instances/health/events/"

pytestmark = pytest.mark.usefixtures("running_instances")


def publish(publisher: APIClient, *numbers: int, topic: str = "process_health:web", event_type: str = "seen") -> None:
    events = [{"topic": topic, "event_type": event_type, "data": number} for number in numbers]
    assert publisher.post(URL, {"events": events}).status_code == 202


def numbers(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [event["data"] for event in answer.json()["results"]]


@pytest.fixture
def pages(publisher: APIClient) -> Callable[..., Iterator[list[int]]]:
    def walk(**question: str | int) -> Iterator[list[int]]:
        asked: dict[str, Any] = dict(question)
        cursor: str | None = None
        while True:
            if cursor is not None:
                asked["after"] = cursor
            answer = publisher.get(URL, asked)
            yield numbers(answer)
            cursor = answer.json()["next"]
            if cursor is None:
                return

    return walk


class TestQuerying:
    def test_gives_events_as_they_went_over_the_socket_oldest_first(self, publisher: APIClient) -> None:
        publish(publisher, 1, 2)
        publish(publisher, 3, topic="circuit_breaker_status:web")

        answer = publisher.get(URL)

        assert numbers(answer) == [1, 2, 3]
        assert answer.json()["next"] is None
        first = answer.json()["results"][0]
        assert (first["stream"], first["offset"], first["topic"]) == ("health.process_health", 1, "process_health:web")

    def test_gives_the_newest_first(self, publisher: APIClient) -> None:
        publish(publisher, *range(10))

        assert numbers(publisher.get(URL, {"order": "desc", "limit": "3"})) == [9, 8, 7]

    def test_keeps_to_a_pattern_and_a_type(self, publisher: APIClient) -> None:
        publish(publisher, 1)
        publish(publisher, 2, topic="process_health:db")
        publish(publisher, 3, topic="process_health:db", event_type="lost")

        assert numbers(publisher.get(URL, {"topic": "process_health:db"})) == [2, 3]
        assert numbers(publisher.get(URL, {"topic": "process_health:*", "event_type": "seen"})) == [1, 2]
        assert numbers(publisher.get(URL, {"topic": "circuit_breaker_status:*"})) == []

    @pytest.mark.parametrize("order", ["asc", "desc"])
    @pytest.mark.parametrize("limit", [1, 7, 100])
    def test_goes_through_all_streams_page_by_page(
        self, publisher: APIClient, pages: Callable[..., Iterator[list[int]]], order: str, limit: int
    ) -> None:
        for number in range(0, 40, 4):
            publish(publisher, number, number + 1)
            publish(publisher, number + 2, number + 3, topic="circuit_breaker_status:web")

        found = [number for page in pages(order=order, limit=limit) for number in page]

        assert sorted(found) == list(range(40))
        for stream in (0, 2):
            own = [number for number in found if number % 4 // 2 == stream // 2]
            assert own == sorted(own, reverse=order == "desc")

    def test_goes_on_behind_a_cursor_while_events_arrive(self, publisher: APIClient) -> None:
        publish(publisher, 1, 2, 3)
        page = publisher.get(URL, {"limit": 2})
        publish(publisher, 4)
        publish(publisher, 5, topic="circuit_breaker_status:web")

        rest = publisher.get(URL, {"limit": 100, "after": page.json()["next"]})

        assert numbers(page) == [1, 2]
        assert numbers(rest) == [3, 4, 5]

    def test_keeps_to_a_time(self, publisher: APIClient) -> None:
        publish(publisher, 1)
        at = publisher.get(URL).json()["results"][0]["received"]

        assert numbers(publisher.get(URL, {"from": at, "to": at + 1})) == [1]
        assert numbers(publisher.get(URL, {"from": at + 3_600_000})) == []
        assert numbers(publisher.get(URL, {"to": at})) == []
        assert numbers(publisher.get(URL, {"from": "2020-01-01T00:00:00Z", "to": "2999-01-01T01:00:00+01:00"})) == [1]

    @pytest.mark.parametrize(
        ("question", "says"),
        [
            ({"limit": "0"}, "1 to 1000"),
            ({"limit": "1001"}, "1 to 1000"),
            ({"limit": "x"}, "1 to 1000"),
            ({"order": "up"}, "asc"),
            ({"from": "yesterday"}, "2026-11-23T14:00:00Z"),
            ({"from": "2026-11-23T14:00:00"}, "zone"),
            ({"after": "x"}, "no cursor"),
            ({"after": "AAAA"}, "no cursor"),
            ({"topic": "sub*:x"}, "sub*:x"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_says_what_is_wrong_with_a_question(
        self, publisher: APIClient, question: dict[str, str], says: str
    ) -> None:
        answer = publisher.get(URL, question)

        assert answer.status_code == 400
        assert says in answer.json()["detail"]

    def test_takes_no_cursor_of_another_question(self, publisher: APIClient) -> None:
        publish(publisher, 1, 2)
        cursor = publisher.get(URL, {"limit": 1}).json()["next"]

        answer = publisher.get(URL, {"limit": 1, "order": "desc", "after": cursor})

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


class TestOneEvent:
    @pytest.mark.parametrize(
        "id", [None, "0190b7c4-5e1a-4c3e-9d2b-4f6a8b0c1d2e", "01000000-0000-7c3e-9d2b-4f6a8b0c1d2e"]
    )
    def test_is_found_by_its_id(self, publisher: APIClient, id: str | None) -> None:
        publish(publisher, 1)
        event = {"topic": "process_health:web", "event_type": "seen", "data": 2} | ({"id": id} if id else {})
        [receipt] = publisher.post(URL, event).json()["events"]
        publish(publisher, 3)

        answer = publisher.get(f"{URL}{receipt['id'].upper()}/")

        assert (answer.status_code, answer.json()["data"]) == (200, 2)
        assert answer.json()["offset"] == receipt["offset"]

    @pytest.mark.parametrize("id", ["0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e", "x"])
    def test_that_is_not_kept_is_not_found(self, publisher: APIClient, id: str) -> None:
        publish(publisher, 1)

        answer = publisher.get(f"{URL}{id}/")

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


class TestIdempotency:
    def test_takes_the_same_event_once(self, publisher: APIClient) -> None:
        event = {"topic": "process_health:web", "event_type": "seen", "data": 1, "id": str(uuid4())}

        first, again = publisher.post(URL, event), publisher.post(URL, event)

        assert first.json()["events"] == again.json()["events"]
        assert numbers(publisher.get(URL)) == [1]

    def test_refuses_another_event_of_the_same_id_and_all_of_its_batch(self, publisher: APIClient) -> None:
        event = {"topic": "process_health:web", "event_type": "seen", "data": 1, "id": str(uuid4())}
        publisher.post(URL, event)

        answer = publisher.post(URL, [{**event, "id": str(uuid4())}, {**event, "data": 2}])

        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert [error["index"] for error in answer.json()["errors"]] == [1]
        assert numbers(publisher.get(URL)) == [1]

    def test_takes_a_request_with_a_key_once(self, publisher: APIClient) -> None:
        events = [{"topic": "process_health:web", "event_type": "seen", "data": number} for number in range(3)]

        answers = [publisher.post(URL, events, headers={"Idempotency-Key": "deploy-7"}) for _ in range(2)]

        assert answers[0].json()["events"] == answers[1].json()["events"]
        assert numbers(publisher.get(URL)) == [0, 1, 2]

    def test_refuses_another_request_of_the_same_key(self, publisher: APIClient) -> None:
        event = {"topic": "process_health:web", "event_type": "seen", "data": 1}
        publisher.post(URL, event, headers={"Idempotency-Key": "deploy-7"})

        answer = publisher.post(URL, {**event, "data": 2}, headers={"Idempotency-Key": "deploy-7"})

        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")

    @pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9"])
    def test_refuses_a_key_that_can_t_be_one(self, publisher: APIClient, key: str) -> None:
        answer = publisher.post(
            URL, {"topic": "process_health:web", "event_type": "seen"}, headers={"Idempotency-Key": key}
        )

        assert answer.status_code == 400
        assert "Idempotency-Key" in answer.json()["detail"]
