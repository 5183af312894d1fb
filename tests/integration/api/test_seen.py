"""Who saw an event, by API: who may ask, what is answered, and what is never passed over in silence."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from consumers.seen.book import SeenBook
from consumers.seen.rows import Period, Recording, Row
from gaterhub.acts import evidence_reads
from instances.access.models import Grant, Token
from instances.journal.models import JournalHead
from instances.journal.router import ALIAS
from tests.accounts import role
from tests.integration.journal.writing import ALERTS, AUDIT, draft, entries, keep, number_all
from tests.integration.seeing import ALL_OF_IT, OLGA, by, said, stretch

pytestmark = pytest.mark.django_db

Asker = Callable[..., APIClient]


@pytest.fixture
def asker() -> Asker:
    """Give a function that makes somebody with a role, who may query audit so far as a pattern goes besides."""

    def make(*roles: str, pattern: str | None = None, instance: str = "audit") -> APIClient:
        token, secret = Token.objects.issue(name=f"asker-{uuid.uuid4()}", roles=[role(each) for each in roles])
        if pattern is not None:
            Grant.objects.create(token=token, verb="query", instance=instance, pattern=pattern)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return make


@pytest.fixture
def acts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Hear the acts of reading instead of having them published."""
    heard: list[Any] = []
    monkeypatch.setattr(evidence_reads, "_reads", evidence_reads.EvidenceReads(say=heard.append))
    return heard


def published() -> Any:
    """Put an event on record, number it, and return its entry."""
    keep()
    number_all()
    return entries()[-1]


def epoch() -> str:
    return JournalHead.objects.using(ALIAS).get(instance="audit").epoch


def note(*rows: Row) -> None:
    book = SeenBook()
    for row in rows:
        book.note(row)
    book.flush()


def since(entry: Any, *, kind: str = "on", ms: int = -60_000) -> Period:
    """Return a time of recording that began so long before, or after, the event came."""
    return Period("audit", "web-1-7", kind, entry.received_ms + ms, entry.received_ms + ms + 1_000)


def of_entry(entry: Any, **different: Any) -> Row:
    times = {"first_ms": entry.received_ms - 5, "last_ms": entry.received_ms + 7}
    return stretch(1, 9, **{"stream": entry.stream, "epoch": epoch(), **times, **different})


def path(entry: Any, instance: str = "audit") -> str:
    return f"/api/v1/instances/{instance}/events/{entry.id}/seen/"


def ask(client: APIClient, entry: Any, **query: Any) -> Any:
    answer = client.get(path(entry), query)
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    return answer.json()


class TestWhoSaw:
    def test_are_told_with_when_and_what_they_acknowledged(self, asker: Asker) -> None:
        entry = published()
        came = entry.received_ms
        note(
            since(entry),
            of_entry(entry, whose=by(ALL_OF_IT._replace(durable="siem"))),
            said(0, 1, 1, stream=entry.stream, epoch=epoch(), durable="siem", first_ms=came + 20, last_ms=came + 20),
        )

        answer = ask(asker("auditor"), entry)

        assert answer == {
            "recorded": True,
            "since": came - 60_000,
            "unrecorded": [],
            "results": [
                {
                    "connection": "c_1",
                    "process": "web-1-7",
                    "kind": "user",
                    "principal": "olga",
                    "address": "192.0.2.7",
                    "agent": "tail",
                    "delivered_at": {"from": came, "to": came + 7},
                    "replayed": False,
                    "personal": True,
                    "acknowledged_at": {"from": came + 20, "to": came + 20},
                    "durable": "siem",
                }
            ],
            "next": None,
        }

    def test_come_in_pages(self, asker: Asker) -> None:
        entry = published()
        note(since(entry), *(of_entry(entry) for _ in range(5)))
        client = asker("auditor")

        first = ask(client, entry, limit=3)
        second = ask(client, entry, limit=3, after=first["next"])

        assert (len(first["results"]), len(second["results"]), second["next"]) == (3, 2, None)
        answer = client.get(path(entry), {"after": "nothing"})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
        assert client.get(path(entry), {"order": "desc"}).status_code == 400

    def test_are_not_said_to_be_none_where_nobody_wrote_it_down(self, asker: Asker) -> None:
        entry = published()
        client = asker("auditor")
        note(since(entry, ms=5_000))

        answer = ask(client, entry)

        assert (answer["recorded"], answer["since"], answer["results"]) == (False, None, [])
        assert answer["unrecorded"] == [{"from": None, "to": entry.received_ms + 5_000, "because": "not yet"}]

    def test_may_be_more_than_are_listed_since_it_was_switched_off(self, asker: Asker) -> None:
        entry = published()
        note(since(entry), since(entry, kind="off", ms=5_000))

        answer = ask(asker("auditor"), entry)

        assert (answer["recorded"], answer["since"]) == (True, entry.received_ms - 60_000)
        [time] = answer["unrecorded"]
        assert (time["from"], time["because"]) == (entry.received_ms + 5_000, "switched off")

    def test_are_nobody_before_the_event_has_its_place(self, asker: Asker) -> None:
        keep()
        [waiting] = entries()
        note(since(waiting), of_entry(waiting))

        assert ask(asker("auditor"), waiting)["results"] == []


class TestRights:
    def test_are_those_of_the_event(self, asker: Asker) -> None:
        entry = published()

        for client in (asker(pattern="compliance_events:*"), asker("viewer")):
            hidden, event = client.get(path(entry)), client.get(path(entry).removesuffix("seen/"))
            assert (hidden.status_code, hidden.json()["detail"]) == (404, event.json()["detail"])

    def test_take_a_permission_besides(self, asker: Asker) -> None:
        entry = published()

        answer = asker(pattern="*").get(path(entry))

        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert "consumers.view_sighting" in answer.json()["detail"]

    @pytest.mark.parametrize("name", ["auditor", "compliance officer", "SOC analyst"])
    def test_are_given_by_the_roles_that_read_evidence(self, asker: Asker, name: str) -> None:
        assert asker(name).get(path(published())).status_code == 200

    def test_of_alerts_are_the_same(self, asker: Asker) -> None:
        keep(ALERTS, draft(ALERTS, topic="system_alert:web", event_type="told", data={}, metadata={}))
        number_all(ALERTS)
        [entry] = entries(ALERTS)
        stream = {"recording": Recording("alerts"), "stream": entry.stream}
        head = JournalHead.objects.using(ALIAS).get(instance="alerts")
        whose = by(ALL_OF_IT._replace(pattern="*"), subscriber=OLGA)
        note(stretch(1, 1, whose, epoch=head.epoch, **stream))

        answer = asker("SOC analyst").get(path(entry, "alerts"))

        assert [row["principal"] for row in answer.json()["results"]] == ["olga"]

    def test_are_told_as_a_read_of_evidence(self, asker: Asker, acts: list[Any]) -> None:
        entry = published()

        ask(asker("auditor"), entry)
        ask(asker("auditor"), entry, after=str(uuid.uuid4()))

        assert [act.data["query"] for act in acts] == [f"id={entry.id}&of=seen"] * 2
        assert {act.data["journal"] for act in acts} == {AUDIT.name}
