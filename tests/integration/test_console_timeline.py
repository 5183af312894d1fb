"""The timeline of a console as a file: what the hub has of a time, for whom, and what it says that it lacks."""

import csv
import io
from typing import Any, Final

import pytest
from django.test import Client

from gaterhub.acts import evidence_reads
from gaterhub.incident import timeline
from gaterhub.incident.models import ConsoleNote
from instances.event import now_ms
from instances.publishing import publish
from tests.accounts import account
from tests.integration.api.conftest import running_instances as running_instances
from tests.integration.journal.kept import keep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("running_instances")]

PAGE: Final = "/consoles/incident/timeline"


@pytest.fixture
def acts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Hear the acts of reading instead of having them published."""
    heard: list[Any] = []
    monkeypatch.setattr(evidence_reads, "_reads", evidence_reads.EvidenceReads(say=heard.append))
    return heard


@pytest.fixture
def responder(client: Client, acts: list[Any]) -> Client:
    client.force_login(account("ada", "incident responder", "SOC analyst"))
    return client


def said(client: Client, **more: str) -> Any:
    answer = client.get(f"{PAGE}.json", {"to": str(now_ms() + 60_000), **more})
    assert answer.status_code == 200, answer.content
    assert answer["Content-Disposition"].startswith('attachment; filename="gaterhub-incident-')
    return answer.json()


def types(known: Any) -> list[str]:
    """Return what the test itself has published; the log-in is on record, too."""
    own = "authentication_success"
    return [event["event_type"] for event in known["events"] if event["event_type"] != own]


class TestATimeline:
    def test_has_every_instance_on_one_clock_and_the_notes(self, responder: Client, acts: list[Any]) -> None:
        now = now_ms()
        keep("security", {"topic": "security_events:login", "event_type": "first"}, at_ms=[now - 3_000])
        publish("health", "process_health:web", "third")
        keep("alerts", {"topic": "system_alerts:critical", "event_type": "second"}, at_ms=[now - 2_000])
        ConsoleNote.objects.create(console="incident", moment_ms=now, text="Failing over.", author_name="ada")

        known = said(responder)

        assert types(known) == ["first", "second", "third"]
        assert [note["text"] for note in known["notes"]] == ["Failing over."]
        assert sorted(act.data["journal"] for act in acts) == ["audit", "security"]
        counts = {part["instance"]: part["events"] for part in known["instances"]}
        assert (counts["health"], counts["metrics"], len(counts)) == (1, 0, 10)
        # The streams began when the instances of this test did: of the hour before, nothing is kept.
        assert not known["whole"]
        assert any(sentence.startswith("health: nothing is kept before ") for sentence in known["missing"])
        assert not any(sentence.startswith("security: ") for sentence in known["missing"])

    def test_has_what_passes_the_filter_and_says_so(self, responder: Client) -> None:
        for name in ("web", "mail"):
            publish("health", f"process_health:{name}", f"seen_{name}", data={"severity": "error"})

        known = said(responder, text="WEB", severity="warning")

        assert types(known) == ["seen_web"]
        assert known["wanted"]["filter"] == {"text": "web", "severity": "warning"}

    def test_says_where_it_holds_no_more(self, responder: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(timeline, "EVENTS_MAX", 2)
        for number in range(3):
            publish("health", "process_health:web", f"seen_{number}")

        known = said(responder)

        assert types(known) == ["seen_1", "seen_2"]
        assert (
            "health: the newest 2 events are here, and there are older ones; a file holds no more." in known["missing"]
        )

    def test_has_as_much_as_is_granted(self, client: Client, acts: list[Any]) -> None:
        client.force_login(account("vic", "viewer"))
        login = {"topic": "security_events:login", "event_type": "first", "data": {"user_id": "ada"}}
        keep("security", login, at_ms=[now_ms() - 3_000])
        publish("health", "process_health:web", "third")
        ConsoleNote.objects.create(console="incident", moment_ms=now_ms(), text="Failing over.", author_name="ada")

        known = said(client)

        assert types(known) == ["third"]
        assert known["notes"] == []
        assert "Notes are not granted to vic." in known["missing"]
        assert "security" not in {part["instance"] for part in known["instances"]}
        assert acts == []

    def test_is_a_table_and_a_text_too(self, responder: Client) -> None:
        publish("health", "process_health:web", "seen", data={"says": "=1+1"})
        time = {"to": str(now_ms() + 60_000)}

        table, text = responder.get(f"{PAGE}.csv", time), responder.get(f"{PAGE}.md", time)

        rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
        assert [row["event_type"] for row in rows if row["what"] == "event"] == ["seen"]
        assert text.content.decode().startswith("# Incident: ")
        assert (table["Content-Type"], text["Content-Type"]) == (
            "text/csv; charset=utf-8; header=present",
            "text/markdown; charset=utf-8",
        )


class TestWhoMayNot:
    @pytest.mark.parametrize(("roles", "status"), [((), 404), (("publisher",), 404), (("viewer",), 200)])
    def test_learns_nothing(self, client: Client, roles: tuple[str, ...], status: int) -> None:
        client.force_login(account("vic", *roles))

        assert client.get(f"{PAGE}.json").status_code == status

    def test_is_told_what_would_be_right(self, responder: Client) -> None:
        assert responder.get(f"{PAGE}.pdf").status_code == 404
        wrong = responder.get(f"{PAGE}.json", {"from": "5", "to": "5"})
        assert (wrong.status_code, wrong.content) == (400, b"`to` is after `from`, by 31 days at most.\n")
        assert responder.get("/consoles/nothing/timeline.json").status_code == 404
