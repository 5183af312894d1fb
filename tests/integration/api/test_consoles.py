"""What people keep of a console, by API: pinned events and saved views, each person's own."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from gaterhub.acts import evidence_reads
from gaterhub.api import consoles
from gaterhub.consoles.models import PinnedEvent, SavedView
from instances.access.models import Grant, Token
from tests.accounts import account
from tests.integration.journal.writing import entries, keep, number_all

pytestmark = pytest.mark.django_db

PINS = "/api/v1/consoles/soc/pins/"
VIEWS = "/api/v1/consoles/soc/views/"
Person = Callable[..., APIClient]


@pytest.fixture
def person() -> Person:
    """Give a function that logs somebody with these roles in."""

    def make(name: str, *roles: str) -> APIClient:
        client = APIClient()
        client.force_login(account(name, *roles))
        return client

    return make


@pytest.fixture
def acts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Hear the acts of reading instead of having them published."""
    heard: list[Any] = []
    monkeypatch.setattr(evidence_reads, "_reads", evidence_reads.EvidenceReads(say=heard.append))
    return heard


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestPinnedEvents:
    def test_are_kept_for_the_person_and_the_console(self, person: Person, acts: list[Any]) -> None:
        ada, eve = person("ada", "SOC analyst"), person("eve", "SOC analyst")
        keep()
        number_all()
        entry = entries()[-1]

        answer = ada.post(PINS, {"instance": "audit", "id": str(entry.id)}, format="json")

        assert answer.status_code == 201, answer.content
        [pin] = ada.get(PINS).json()["results"]
        assert (
            pin
            == answer.json()
            == {
                "instance": "audit",
                "id": str(entry.id),
                "topic": entry.topic,
                "event_type": entry.event_type,
                "received": entry.received_ms,
            }
        )
        assert eve.get(PINS).json()["results"] == []
        assert ada.get("/api/v1/consoles/incident/pins/").json()["results"] == []
        assert [act.data["journal"] for act in acts] == ["audit"]

    def test_are_there_once_and_gone_when_taken_off(self, person: Person, acts: list[Any]) -> None:
        ada = person("ada", "SOC analyst")
        keep()
        number_all()
        said = {"instance": "audit", "id": str(entries()[-1].id)}
        for _ in range(2):
            assert ada.post(PINS, said, format="json").status_code == 201
        assert len(ada.get(PINS).json()["results"]) == 1

        gone = ada.delete(f"{PINS}audit/{said['id']}/")

        assert (gone.status_code, ada.get(PINS).json()["results"]) == (204, [])
        assert refused(ada.delete(f"{PINS}audit/{said['id']}/")) == (404, "not_found")
        assert refused(ada.delete(f"{PINS}audit/nonsense/")) == (404, "not_found")

    def test_are_told_only_while_their_topics_may_be_queried(self, person: Person) -> None:
        vic = person("vic", "viewer")
        for instance, topic in (("alerts", "system_alerts:critical"), ("audit", "audit_trail:user_actions")):
            PinnedEvent.objects.create(
                user=User.objects.get(username="vic"),
                console="soc",
                instance=instance,
                event_id=UUID(int=1),
                topic=topic,
                event_type="seen",
                received_ms=1,
            )

        assert [pin["instance"] for pin in vic.get(PINS).json()["results"]] == ["alerts"]

    def test_are_events_that_the_person_may_query(self, person: Person) -> None:
        keep()
        number_all()

        answer = person("vic", "viewer").post(PINS, {"instance": "audit", "id": str(entries()[-1].id)}, format="json")

        assert refused(answer) == (404, "not_found")

    def test_are_bounded(self, person: Person, acts: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(consoles, "PINS_MAX", 1)
        ada = person("ada", "SOC analyst")
        keep()
        keep()
        number_all()
        first, second = entries()[-2:]
        assert ada.post(PINS, {"instance": "audit", "id": str(first.id)}, format="json").status_code == 201

        answer = ada.post(PINS, {"instance": "audit", "id": str(second.id)}, format="json")

        assert refused(answer) == (409, "limit_exceeded")


class TestSavedViews:
    def test_are_saved_replaced_and_deleted(self, person: Person) -> None:
        ada = person("ada", "SOC analyst")

        saved = ada.post(VIEWS, {"name": " Abroad ", "query": "?text=203&at=1"}, format="json")

        assert saved.status_code == 201, saved.content
        assert saved.json()["query"] == "text=203&at=1"
        ada.post(VIEWS, {"name": "Abroad", "query": "text=198"}, format="json")
        [view] = ada.get(VIEWS).json()["results"]
        assert (view["name"], view["query"], view["own"], view["roles"]) == ("Abroad", "text=198", True, [])
        assert ada.delete(f"{VIEWS}{view['id']}/").status_code == 204
        assert ada.get(VIEWS).json()["results"] == []

    def test_are_shared_with_the_people_of_ones_own_roles(self, person: Person) -> None:
        ada, eve, vic = person("ada", "SOC analyst"), person("eve", "SOC analyst"), person("vic", "viewer")
        assert ada.get(VIEWS).json()["roles"] == ["SOC analyst"]

        ada.post(VIEWS, {"name": "Ours", "query": "", "roles": ["SOC analyst"]}, format="json")

        [view] = eve.get(VIEWS).json()["results"]
        assert (view["owner"], view["own"], view["roles"]) == ("ada", False, ["SOC analyst"])
        assert vic.get(VIEWS).json()["results"] == []
        assert refused(eve.delete(f"{VIEWS}{view['id']}/")) == (404, "not_found")
        assert SavedView.objects.count() == 1

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ({"name": "", "query": ""}, "name"),
            ({"name": "  ", "query": ""}, "a name isn't empty"),
            ({"name": "x", "query": "a" * 2_001}, "query"),
            ({"name": "x", "query": "", "roles": ["auditor"]}, "'auditor' is no role of yours"),
        ],
    )
    def test_say_what_would_be_right(self, person: Person, said: dict[str, Any], sentence: str) -> None:
        answer = person("ada", "SOC analyst").post(VIEWS, said, format="json")

        assert answer.status_code == 400
        assert sentence in answer.json()["detail"]
        assert not SavedView.objects.exists()

    def test_are_bounded(self, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(consoles, "VIEWS_MAX", 1)
        ada = person("ada", "SOC analyst")
        for name, code in (("one", 201), ("two", 409), ("one", 201)):
            assert ada.post(VIEWS, {"name": name, "query": ""}, format="json").status_code == code


class TestAToken:
    @pytest.mark.parametrize("address", [PINS, VIEWS])
    def test_keeps_nothing(self, address: str) -> None:
        token, secret = Token.objects.issue(name="service", roles=[])
        Grant.objects.create(token=token, verb="query", instance="audit", pattern="*")
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")

        assert refused(client.get(address)) == (403, "forbidden")
