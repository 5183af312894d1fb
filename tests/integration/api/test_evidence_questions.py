"""Questions about evidence and alerts over the API: which filters they take, and from whom."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from rest_framework.test import APIClient

from instances.access.models import Grant, Token
from instances.journal import query
from tests.integration.journal.kept import draft, keep, write

pytestmark = pytest.mark.django_db

READ: dict[str, Any] = {
    "topic": "audit_trail:data_access",
    "event_type": "evidence_read",
    "data": {"actor": "user:ada", "journal": "security"},
    "metadata": {"ip_address": "203.0.113.7"},
}
ID = "0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e"


@pytest.fixture
def analyst() -> Callable[..., APIClient]:
    """Give a function that makes a service which may query the audit trail, or what it is told."""

    def make(pattern: str = "audit_trail:*", *, personal: bool = False) -> APIClient:
        token, secret = Token.objects.issue(name="analyst", roles=())
        Grant.objects.create(token=token, verb="query", instance="audit", pattern=pattern, personal=personal)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return make


def ask(client: APIClient, instance: str = "audit", **question: str | int) -> Any:
    return client.get(f"/api/v1/instances/{instance}/events/", question)


def indexes(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [event["index"] for event in answer.json()["results"]]


class TestEvidence:
    def test_is_found_by_its_filters_page_by_page(self, publisher: APIClient) -> None:
        keep("audit", READ, READ, {"data": {"outcome": "failure"}}, READ)

        first = ask(publisher, actor="ada", origin="203.0.113.7", limit=2)
        rest = ask(publisher, actor="ada", origin="203.0.113.7", after=first.json()["next"])

        assert indexes(first) + indexes(rest) == [0, 1, 3]
        assert rest.json()["next"] is None
        assert indexes(ask(publisher, outcome="failure")) == [2]
        assert indexes(ask(publisher, resource="security", order="desc")) == [3, 1, 0]
        assert first.json()["results"][0]["data"] == READ["data"]

    def test_is_searched_by_personal_fields_only_with_the_right_to_them(
        self, analyst: Callable[..., APIClient]
    ) -> None:
        keep("audit", READ)

        refused = ask(analyst(), topic="audit_trail:*", actor="ada")

        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert "`actor` searches personal fields" in refused.json()["detail"]
        assert indexes(ask(analyst(personal=True), topic="audit_trail:*", actor="ada")) == [0]

    def test_hides_personal_fields_from_others(self, analyst: Callable[..., APIClient]) -> None:
        keep("audit", READ | {"id": ID})
        service = analyst()

        [event] = ask(service, topic="audit_trail:*").json()["results"]

        assert event["data"] == {"actor": "[redacted]", "journal": "security"}
        assert service.get(f"/api/v1/instances/audit/events/{ID}/").json() == event

    def test_outside_the_grants_is_not_found(self, analyst: Callable[..., APIClient]) -> None:
        keep("audit", READ | {"id": ID})

        answer = analyst("compliance_events:*").get(f"/api/v1/instances/audit/events/{ID}/")

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    def test_that_waits_for_its_place_is_found_by_its_id(self, publisher: APIClient) -> None:
        write("audit", draft("audit", **READ, id=ID))

        answer = publisher.get(f"/api/v1/instances/audit/events/{ID.upper()}/")

        assert answer.status_code == 200
        assert (answer.json()["offset"], answer.json()["epoch"]) == (None, None)
        assert indexes(ask(publisher)) == []

    @pytest.mark.parametrize("path", ["", f"{ID}/"])
    def test_is_unavailable_while_its_database_is_out(
        self, monkeypatch: pytest.MonkeyPatch, publisher: APIClient, path: str
    ) -> None:
        def out(*said: object) -> None:
            raise OperationalError("the server closed the connection")

        monkeypatch.setattr(query, "entry_model", out)

        answer = publisher.get(f"/api/v1/instances/audit/events/{path}")

        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "journal" in answer.json()["detail"]


class TestFilters:
    @pytest.mark.parametrize(
        ("instance", "question", "says"),
        [
            ("health", {"actor": "ada"}, "`actor` is no parameter here"),
            ("alerts", {"outcome": "success"}, "`outcome` is no parameter here"),
            ("audit", {"colour": "red"}, "outcome"),
            ("audit", {"actor": ""}, "`actor`"),
            ("audit", {"outcome": "a\0b"}, "NUL"),
            ("audit", {"event_type": "a\0b"}, "NUL"),
            ("audit", {"resource": "x" * 1_001}, "1 to 1000"),
            ("audit", {"after": "AAAAAAAAAAAAAAAA"}, "no cursor"),
        ],
    )
    def test_that_are_none_are_refused_and_what_would_be_right_is_said(
        self, publisher: APIClient, instance: str, question: dict[str, str], says: str
    ) -> None:
        answer = ask(publisher, instance, **question)

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
        assert says in answer.json()["detail"]

    def test_of_alerts_are_those_of_all(self, publisher: APIClient) -> None:
        keep("alerts", {"topic": "system_alerts:critical"}, {"topic": "incident_alerts:high"})

        [event] = ask(publisher, "alerts", topic="system_alerts:*", event_type="tried").json()["results"]

        assert event["topic"] == "system_alerts:critical"
        assert "index" not in event

    def test_are_said_in_the_document(self, publisher: APIClient) -> None:
        document = publisher.get("/api/v1/schema/").json()

        said = document["paths"]["/api/v1/instances/{instance}/events/"]["get"]["parameters"]
        by_name = {each["name"]: each.get("description", "") for each in said}
        for name in ("actor", "action", "resource", "outcome", "origin", "correlation_id"):
            assert by_name[name].startswith("Of audit and security only."), name
