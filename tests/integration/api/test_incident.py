"""Open alerts, holes and notes of a console by API: what is told, and to whom."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from consumers.models import Loss
from gaterhub.acts import changes
from gaterhub.api import notes as notes_api
from gaterhub.api import open_alerts
from gaterhub.incident.models import ConsoleNote, NoteChanged
from gaterhub.incident.open_alerts import Told
from gaterhub.incident.standing import AlertsJournal
from instances.access.models import Grant, Token
from instances.event import now_ms
from instances.publishing import publish
from tests.accounts import account
from tests.integration.journal.kept import NOON_MS, keep

pytestmark = pytest.mark.django_db

ALERTS: Final = "/api/v1/consoles/incident/alerts/"
HOLES: Final = "/api/v1/consoles/incident/holes/"
NOTES: Final = "/api/v1/consoles/incident/notes/"
Person = Callable[..., APIClient]


@pytest.fixture
def person() -> Person:
    """Give a function that logs somebody with these roles in."""

    def make(name: str, *roles: str) -> APIClient:
        client = APIClient()
        client.force_login(account(name, *roles))
        return client

    return make


@pytest.fixture(autouse=True)
def journal(monkeypatch: pytest.MonkeyPatch) -> AlertsJournal:
    """Have the alerts read from the beginning, three at a time."""
    made = AlertsJournal(page=3)
    monkeypatch.setattr(open_alerts, "JOURNAL", made)
    return made


def alert(event_type: str = "critical_alert", level: str = "critical", **more: Any) -> dict[str, Any]:
    data = {"severity": "high", "message": "down"} | more.pop("data", {})
    return {"topic": f"system_alerts:{level}", "event_type": event_type, "data": data, **more}


def messages(client: APIClient) -> list[str]:
    answer = client.get(ALERTS)
    assert answer.status_code == 200, answer.content
    return [row["message"] for row in answer.json()["results"]]


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestOpenAlerts:
    def test_are_those_that_nobody_resolved_however_old(self, person: Person) -> None:
        ada = person("ada", "SOC analyst")
        month_ms = 30 * 86_400_000
        impact = {"escalation_required": True, "estimated_impact": "No orders from Europe"}
        keep("alerts", alert(data={"message": "old", "rule": "r"}, metadata=impact), at_ms=[NOON_MS - month_ms])
        keep("alerts", *[alert(data={"message": f"gone {n}", "rule": f"g{n}"}) for n in range(5)])
        keep("alerts", *[alert("alert_resolved", data={"rule": f"g{n}"}) for n in range(5)])
        keep("alerts", alert(data={"message": "grave", "severity": "emergency"}), at_ms=[NOON_MS + 60_000])

        answer = ada.get(ALERTS).json()

        assert [row["message"] for row in answer["results"]] == ["grave", "old"]
        assert (answer["total"], answer["whole"], answer["read"], answer["size"]) == (2, True, 12, 12)
        old = answer["results"][1]
        assert (old["raised"], old["escalation_required"], old["estimated_impact"], old["state"]) == (
            NOON_MS - month_ms,
            True,
            "No orders from Europe",
            "raised",
        )

    def test_follow_what_is_told_meanwhile(self, person: Person) -> None:
        ada = person("ada", "SOC analyst")
        keep("alerts", alert(data={"message": "one", "rule": "r"}))
        assert messages(ada) == ["one"]

        keep("alerts", alert("alert_acknowledged", data={"rule": "r", "acknowledged_by": "ada"}))
        keep("alerts", alert(data={"message": "two"}))

        [one, two] = ada.get(ALERTS).json()["results"]
        assert (one["state"], one["acknowledged_by"], two["message"]) == ("acknowledged", "ada", "two")
        keep("alerts", alert("alert_resolved", data={"rule": "r"}))
        assert messages(ada) == ["two"]

    def test_are_read_anew_where_the_journal_is_another_one(self, person: Person, journal: AlertsJournal) -> None:
        keep("alerts", alert(data={"message": "one"}))
        journal.standing()
        # As after a restoration: what was read, and what was read last, are no longer in the journal.
        journal._open.take(Told("x", "system_alerts:critical", "critical_alert", 1, data={"message": "of before"}))
        journal._last = "x"

        assert messages(person("ada", "SOC analyst")) == ["one"]

    def test_say_how_far_they_are_read_where_there_is_no_time_for_more(self) -> None:
        keep("alerts", *[alert(data={"message": str(n)}) for n in range(7)])
        moments = iter(range(0, 1_000, 10))

        standing = AlertsJournal(page=3, clock=lambda: next(moments)).standing()

        assert (standing.read, standing.size, standing.whole) == (4, 7, False)

    def test_are_those_that_may_be_queried(self, person: Person) -> None:
        keep("alerts", alert(data={"message": "shown"}), alert("warning_alert", "warning", data={"message": "hidden"}))
        token, secret = Token.objects.issue(name="service", roles=[])
        Grant.objects.create(token=token, verb="query", instance="alerts", pattern="system_alerts:critical")
        service = APIClient()
        service.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")

        assert messages(service) == ["shown"]
        assert refused(person("eve", "auditor").get(ALERTS)) == (404, "not_found")

    def test_are_answered_by_who_may_publish_there(self, person: Person) -> None:
        incident = {"topic": "incident_alerts:high", "event_type": "incident_opened"}
        keep("alerts", alert(), {**incident, "data": {"incident_id": "INC-7", "severity": "high", "message": "down"}})

        def answers(client: APIClient) -> list[list[str | None]]:
            rows = client.get(ALERTS).json()["results"]
            return [[each and each["event_type"] for each in row["answers"].values()] for row in rows]

        assert answers(person("vic", "viewer")) == [[None, None], [None, None]]
        assert answers(person("rita", "incident responder")) == [[None, None], [None, "incident_resolved"]]
        olga = person("olga", "operator")
        assert answers(olga) == [["alert_acknowledged", "alert_resolved"], [None, "incident_resolved"]]
        for row in olga.get(ALERTS).json()["results"]:
            keep("alerts", row["answers"]["resolve"])
        assert messages(olga) == []

    def test_name_nobody_to_who_may_not_read_personal_fields(self, person: Person) -> None:
        keep(
            "alerts",
            alert(data={"message": "one", "rule": "r"}),
            alert("alert_acknowledged", data={"rule": "r", "acknowledged_by": "ada"}),
        )

        [row] = person("vic", "viewer").get(ALERTS).json()["results"]

        assert (row["state"], row["acknowledged_by"], row["message"]) == ("acknowledged", "[redacted]", "one")

    def test_tell_nothing_personal_of_what_was_raised_again(self, person: Person) -> None:
        failures = {"topic": "incident_alerts:high", "event_type": "repeated_authentication_failure"}
        about = {"rule": "log-ins", "severity": "high"}
        keep(
            "alerts",
            *[{**failures, "data": {**about, "message": f"log-ins of {name} fail"}} for name in ("ada", "bob")],
        )

        [clear] = person("ada", "SOC analyst").get(ALERTS).json()["results"]
        [hidden] = person("vic", "viewer").get(ALERTS).json()["results"]

        assert (clear["times"], clear["message"]) == (2, "log-ins of bob fail")
        assert (hidden["times"], hidden["message"]) == (2, "[redacted]")

    def test_of_another_console_are_those_that_it_follows(self, person: Person) -> None:
        keep("alerts", alert(data={"message": "shown"}), alert("warning_alert", "warning", data={"message": "hidden"}))

        found = person("ada", "SOC analyst").get("/api/v1/consoles/soc/alerts/").json()["results"]

        assert [row["message"] for row in found] == ["shown"]


def lose(at: datetime, **different: Any) -> Loss:
    usual = {
        "at": at,
        "kind": "gap",
        "instance": "health",
        "stream": "health.process_health",
        "epoch": "k3f9",
        "first": 2,
        "last": 3,
        "count": 2,
        "reason": "slow",
        "connection": "c1",
        "principal_kind": "user",
        "principal_id": 0,
        "principal": "olga",
        "patterns": "*",
    }
    return Loss.objects.create(**usual | different)


class TestHoles:
    def test_last_as_long_as_what_is_missing(
        self, person: Person, running_instances: asyncio.AbstractEventLoop
    ) -> None:
        receipts = [publish("health", "process_health:web", "seen", data=n) for n in range(4)]
        assert all(each.accepted for each in receipts)
        events = person("vic", "viewer").get("/api/v1/instances/health/events/").json()["results"]
        told = datetime.now(UTC) + timedelta(seconds=5)
        lose(told, epoch=events[0]["epoch"])

        answer = person("olga", "operator").get(HOLES, {"to": str(now_ms() + 60_000)}).json()

        [hole] = answer["holes"]
        assert (hole["from"], hole["to"]) == (events[1]["received"], events[2]["received"])
        assert (hole["instance"], hole["count"], hole["reason"], answer["more"]) == ("health", 2, "slow", False)
        reach = {row["instance"]: row for row in answer["reach"]}
        # Nothing of this epoch is gone; what was before it, nobody knows.
        assert reach["health"]["nothing_before"] <= events[0]["received"]
        assert reach["alerts"] == {"instance": "alerts", "nothing_before": None, "whole_since": None}

    def test_are_ones_own_for_who_may_not_see_what_others_missed(
        self, person: Person, running_instances: asyncio.AbstractEventLoop
    ) -> None:
        vic = person("vic", "viewer")
        now = datetime.now(UTC)
        lose(now - timedelta(minutes=1))
        lose(now - timedelta(minutes=2), principal_id=User.objects.get(username="vic").pk, principal="vic", count=7)

        assert [hole["count"] for hole in vic.get(HOLES).json()["holes"]] == [7]
        assert len(person("olga", "operator").get(HOLES).json()["holes"]) == 2

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ({"from": "5", "to": "5"}, "`to` is after `from`"),
            ({"from": "0", "to": "9999999999999"}, "31 days at most"),
            ({"from": "yesterday"}, "is a time with its zone"),
            ({"limit": "5"}, "`limit` is no parameter here"),
        ],
    )
    def test_say_what_would_be_right(self, person: Person, said: dict[str, str], sentence: str) -> None:
        answer = person("vic", "viewer").get(HOLES, said)

        assert answer.status_code == 400
        assert sentence in answer.json()["detail"]


@pytest.fixture
def trail(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Hear the acts that changes are told as."""
    heard: list[Any] = []
    monkeypatch.setattr(changes, "tell_on_commit", lambda event, using: heard.append(event))
    return heard


class TestNotes:
    def test_are_kept_with_who_when_and_the_moment(self, person: Person, trail: list[Any]) -> None:
        ada, eve = person("ada", "SOC analyst"), person("eve", "incident responder")

        answer = ada.post(NOTES, {"text": " Failing over.\nDone. ", "at": NOON_MS}, format="json")

        assert answer.status_code == 201, answer.content
        note = answer.json()
        assert (note["text"], note["at"], note["author"], note["corrects"]) == (
            "Failing over.\nDone.",
            NOON_MS,
            "ada",
            None,
        )
        around = {"from": str(NOON_MS - 1), "to": str(NOON_MS + 1)}
        assert eve.get(NOTES, around).json() == {"results": [note], "total": 1, "may_add": True}
        assert eve.get(NOTES).json() == {"results": [], "total": 1, "may_add": True}
        assert eve.get("/api/v1/consoles/soc/notes/", around).json()["results"] == []

    def test_are_acts_on_record(self, person: Person, trail: list[Any]) -> None:
        person("ada", "SOC analyst").post(NOTES, {"text": "Failing over.", "at": NOON_MS}, format="json")

        [event] = [each for each in trail if each.event_type == "data_changed" and "note" in each.data["resource"]]
        assert (event.data["actor"], event.data["action"]) == ("user:ada", "created")
        assert event.data["after"] == {
            "console": "incident",
            "moment_ms": NOON_MS,
            "text": "Failing over.",
            "author_name": "ada",
            "corrects_id": None,
        }

    def test_are_corrected_by_others_and_never_changed(self, person: Person) -> None:
        ada = person("ada", "SOC analyst")
        first = ada.post(NOTES, {"text": "It is the disk.", "at": NOON_MS}, format="json").json()

        second = ada.post(NOTES, {"text": "It is the network.", "corrects": first["id"]}, format="json").json()

        assert (second["at"], second["corrects"]) == (NOON_MS, first["id"])
        assert ConsoleNote.objects.count() == 2
        row = ConsoleNote.objects.get(pk=first["id"])
        for change in (row.save, row.delete, ConsoleNote.objects.all().delete, ConsoleNote.objects.all().update):
            with pytest.raises(NoteChanged):
                change()
        assert ada.delete(f"{NOTES}{first['id']}/").status_code == 404
        missing = ada.post(NOTES, {"text": "x", "corrects": 2**70}, format="json")
        assert refused(missing) == (404, "not_found")

    def test_outlive_the_account_of_who_wrote_them(self, person: Person) -> None:
        ada, eve = person("ada", "SOC analyst"), person("eve", "SOC analyst")
        ada.post(NOTES, {"text": "It is the disk.", "at": NOON_MS}, format="json")

        User.objects.get(username="ada").delete()

        [note] = eve.get(NOTES, {"from": str(NOON_MS), "to": str(NOON_MS + 1)}).json()["results"]
        assert note["author"] == "ada"

    def test_are_read_and_written_by_who_has_the_permission(self, person: Person) -> None:
        vic, otto = person("vic", "viewer"), person("otto", "compliance officer")

        assert refused(vic.get(NOTES)) == (403, "forbidden")
        assert refused(vic.post(NOTES, {"text": "x"}, format="json")) == (403, "forbidden")
        assert otto.get(NOTES).json()["may_add"] is False
        assert refused(otto.post(NOTES, {"text": "x"}, format="json")) == (403, "forbidden")
        assert not ConsoleNote.objects.exists()

    def test_are_written_by_people(self) -> None:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {Token.objects.issue(name='service').secret}")
        account("boss", is_superuser=True)

        assert refused(client.post(NOTES, {"text": "x"}, format="json")) == (403, "forbidden")

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ({"text": ""}, "text"),
            ({"text": " \n "}, "isn't empty"),
            ({"text": "a\u202eb"}, "is printable"),
            ({"text": "a" * 2_001}, "text"),
            ({"text": "a", "at": -1}, "at"),
            ({"text": "a", "by": "eve"}, "by"),
        ],
    )
    def test_say_what_would_be_right(self, person: Person, said: dict[str, Any], sentence: str) -> None:
        answer = person("ada", "SOC analyst").post(NOTES, said, format="json")

        assert answer.status_code == 400
        assert sentence in answer.json()["detail"]
        assert not ConsoleNote.objects.exists()

    def test_are_bounded(self, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(notes_api, "A_DAY_MAX", 1)
        ada = person("ada", "SOC analyst")
        assert ada.post(NOTES, {"text": "one"}, format="json").status_code == 201

        assert refused(ada.post(NOTES, {"text": "two"}, format="json")) == (409, "limit_exceeded")
