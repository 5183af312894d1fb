"""The journal's pages in the admin: who sees what, and that nobody changes anything."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import OperationalError, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gaterhub.acts import telling
from instances.access.models import Grant
from instances.access.rights import Verb
from instances.access.roles import BY_NAME
from instances.catalog import find
from instances.journal import admin as pages
from instances.journal import looking
from instances.journal.models import ENTRIES, Checkpoint, Entry, Outage
from instances.journal.router import ALIAS
from instances.schemas.typed_event import TypedEvent
from tests.accounts import account
from tests.integration.journal.writing import ALERTS, AUDIT, SECURITY, draft, entries, keep, number_all

pytestmark = pytest.mark.django_db(transaction=False)

ADDRESSES = {name: f"/admin/journal/{model._meta.model_name}/" for name, model in ENTRIES.items()}
AUDITS = ADDRESSES["audit"]
PERSON = "admin_user"
ADDRESS = "203.0.113.7"
BROKEN = {"severity": "high", "message": "The disk is full."}


def logged_in(name: str, *roles: str, **fields: Any) -> Client:
    client = Client()
    client.force_login(account(name, *roles, is_staff=True, **fields))
    return client


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[TypedEvent]:
    """Collect what the hub tells of itself, which would be entries, too."""
    events: list[TypedEvent] = []
    monkeypatch.setattr(telling, "publish_event", lambda event, **words: events.append(event))
    return events


@pytest.fixture
def superuser() -> Client:
    return logged_in("root", is_superuser=True)


def numbered(count: int = 1) -> list[Entry]:
    """Put entries of a user's actions on record, and have them numbered."""
    keep(count=count)
    number_all()
    return entries()


def page_of(client: Client, path: str = AUDITS, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def rows(page: str) -> list[str]:
    """Return the rows of a list, without their tags."""
    return [
        " ".join(re.sub(r"<[^>]+>", " ", row).split())
        for row in re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2], re.DOTALL)
    ]


class TestRoles:
    @pytest.mark.parametrize(
        ("role", "seen"),
        [
            ("auditor", {"audit", "security"}),
            ("compliance officer", {"audit", "security", "alerts"}),
            ("SOC analyst", {"audit", "security", "alerts"}),
            ("incident responder", {"security", "alerts"}),
            ("operator", {"alerts"}),
            ("administrator", {"alerts"}),
            ("viewer", set()),
            ("publisher", set()),
        ],
    )
    def test_see_what_they_may_query(self, role: str, seen: set[str]) -> None:
        client = logged_in("somebody", role)

        assert {name for name, path in ADDRESSES.items() if client.get(path).status_code == 200} == seen
        assert seen <= {name for rule in BY_NAME[role].rules if Verb.QUERY in rule.verbs for name in rule.instances}

    def test_see_nothing_by_the_permission_without_the_grant(self) -> None:
        client = logged_in("clerk")
        clerk = User.objects.get(username="clerk")
        clerk.user_permissions.add(Permission.objects.get(codename="view_auditentry"))
        [entry] = numbered()

        assert client.get(AUDITS).status_code == 403
        assert client.get(f"{AUDITS}{entry.number}/change/").status_code == 403
        Grant.objects.create(user=clerk, verb=Verb.QUERY, instance="audit", pattern="compliance_events:*")
        assert client.get(AUDITS).status_code == 403
        Grant.objects.create(user=clerk, verb=Verb.QUERY, instance="audit", pattern="*")
        assert client.get(AUDITS).status_code == 200

    def test_see_checkpoints_and_outages_with_the_permission(self) -> None:
        for path in ("/admin/journal/checkpoint/", "/admin/journal/outage/"):
            assert logged_in(f"auditor of {path}", "auditor").get(path).status_code == 200
            assert logged_in(f"viewer of {path}", "viewer").get(path).status_code == 403

    def test_never_see_personal_parts_or_keys(self, superuser: Client) -> None:
        for model in ("personalpart", "subjectkey", "journalsecret"):
            assert superuser.get(f"/admin/journal/{model}/").status_code == 404


class TestNobody:
    @pytest.mark.parametrize("instance", ENTRIES)
    def test_changes_adds_or_deletes_an_entry(self, superuser: Client, instance: str) -> None:
        spec = find(instance)
        keep(spec, draft(spec))
        number_all(spec)
        [entry] = before = entries(spec)
        path = f"{ADDRESSES[instance]}{entry.number}"

        assert superuser.post(f"{ADDRESSES[instance]}add/", {"topic": "a:b"}).status_code == 403
        assert superuser.get(f"{ADDRESSES[instance]}add/").status_code == 403
        assert superuser.post(f"{path}/change/", {"topic": "a:b"}).status_code == 403
        assert superuser.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
        selected = {"action": "delete_selected", "_selected_action": [entry.number], "post": "yes"}
        superuser.post(ADDRESSES[instance], selected)

        assert entries(spec) == before

    def test_changes_a_checkpoint_or_an_outage(self, superuser: Client) -> None:
        checkpoint = Checkpoint.objects.create(instance="audit", size=7, root=b"r" * 32, note="note\n", signed_ms=1)
        outage = Outage.objects.create(instance="audit", process="web-1", began_ms=1, cause="stopped")

        for path in (f"/admin/journal/checkpoint/{checkpoint.pk}", f"/admin/journal/outage/{outage.pk}"):
            assert superuser.get(f"{path}/change/").status_code == 200
            assert superuser.post(f"{path}/change/", {"size": 8}).status_code == 403
            assert superuser.post(f"{path}/delete/", {"post": "yes"}).status_code == 403


class TestTheList:
    def test_has_the_newest_first(self, journal: str, superuser: Client) -> None:
        numbered(3)

        said = rows(page_of(superuser))

        assert [row.split()[0] for row in said] == ["2", "1", "0"]
        assert f"audit_trail:user_actions user_action {PERSON}" in said[0]

    def test_finds_by_the_whole_id_alone(self, journal: str, superuser: Client) -> None:
        _, wanted, _ = numbered(3)

        assert [row.split()[0] for row in rows(page_of(superuser, q=str(wanted.id)))] == ["1"]
        for asked in (str(wanted.id)[:8], "admin_user"):
            page = page_of(superuser, q=asked)
            assert rows(page) == []
            assert "is the id of no event" in page

    def test_finds_one_that_waits_for_its_place(self, journal: str, superuser: Client) -> None:
        [waiting] = keep()

        page = page_of(superuser)
        assert rows(page) == []
        assert "1 entry waits" in page
        assert rows(page_of(superuser, q=str(waiting.id)))[0].startswith("waiting ")

    def test_is_filtered_by_type_and_outcome(self, superuser: Client) -> None:
        keep(AUDIT, draft(), draft(event_type="data_access", data={"user_id": "ada", "outcome": "failure"}))
        number_all()

        assert len(rows(page_of(superuser, event_type="user_action"))) == 1
        assert [row.split()[0] for row in rows(page_of(superuser, outcome="failure"))] == ["1"]
        assert "Nothing matches." in page_of(superuser, event_type="nothing_of_the_kind")

    @pytest.mark.parametrize("asked", [{"actor": "ada"}, {"body__contains": "x"}, {"index__gte": "0"}])
    def test_is_not_asked_by_anything_else(self, superuser: Client, asked: dict[str, str]) -> None:
        assert superuser.get(AUDITS, asked).status_code == 400

    def test_says_what_will_be_there_while_it_is_empty(self, superuser: Client) -> None:
        assert "Nothing is on record yet: what is published to security" in page_of(superuser, ADDRESSES["security"])

    def test_asks_as_many_questions_of_many_rows_as_of_one(self, journal: str, superuser: Client) -> None:
        def asked() -> int:
            with CaptureQueriesContext(connections[ALIAS]) as queries:
                page_of(superuser)
            counts = [each["sql"] for each in queries.captured_queries if "COUNT(" in each["sql"]]
            assert [count for count in counts if "LIMIT" not in count] == []
            return len(queries)

        numbered()
        page_of(superuser)
        of_one = asked()
        numbered(30)

        assert asked() == of_one

    def test_counts_no_further_than_it_shows(self, superuser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(looking, "REACHED_MAX", 60)
        numbered(70)

        first, last = page_of(superuser), page_of(superuser, p="2")

        assert "60 audit entries" in first
        assert len(rows(last)) == 10

    def test_has_one_order(self, superuser: Client) -> None:
        numbered(3)

        assert [row.split()[0] for row in rows(page_of(superuser, o="3"))] == ["2", "1", "0"]

    def test_says_that_the_database_does_not_answer(self, superuser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def too_slow(*given: object) -> None:
            raise OperationalError("canceling statement due to statement timeout")

        monkeypatch.setattr(pages.Entries, "get_results", too_slow)

        answer = superuser.get(AUDITS)

        assert answer.status_code == 503
        assert "answer in time" in answer.content.decode()


class TestAnEntry:
    def test_is_shown_whole(self, journal: str, superuser: Client) -> None:
        [entry] = numbered()

        page = page_of(superuser, f"{AUDITS}{entry.number}/change/")

        for word in (entry.id, bytes(entry.leaf_hash).hex(), PERSON, ADDRESS, "delete_subscription", "by the clock of"):
            assert str(word) in page
        assert "<input" not in page.partition('id="content"')[2].replace('<input type="hidden"', "")

    def test_shows_what_is_personal_to_those_who_may_read_it(self, journal: str) -> None:
        said = {"topic": "security_events:authentication", "event_type": "authentication_success", "metadata": {}}
        keep(SECURITY, draft(SECURITY, **said, data={"user_id": PERSON, "ip_address": ADDRESS}))
        number_all(SECURITY)
        [entry] = entries(SECURITY)
        assert entry.actor is None
        path = ADDRESSES["security"]

        for role, personal in (("auditor", True), ("incident responder", False)):
            client = logged_in(f"some {role}", role)
            for page in (page_of(client, path), page_of(client, f"{path}{entry.number}/change/")):
                assert (PERSON in page) is personal
                assert ("held apart" in page) is not personal
                assert personal or ADDRESS not in page

    def test_that_there_is_not_leads_back(self, superuser: Client) -> None:
        assert superuser.get(f"{AUDITS}77/change/").status_code == 302


class TestReading:
    def test_is_told_as_an_act_with_what_was_asked(self, told: list[TypedEvent]) -> None:
        client = logged_in("vera", "auditor")
        [entry] = numbered()
        told.clear()

        page_of(client, event_type="user_action")
        page_of(client, f"{AUDITS}{entry.number}/change/")

        assert [(each.event_type, each.data["actor"], each.data["query"]) for each in told] == [
            ("evidence_read", "user:vera", "event_type=user_action"),
            ("evidence_read", "user:vera", f"id={entry.id}"),
        ]

    def test_that_was_refused_is_none(self, told: list[TypedEvent]) -> None:
        logged_in("vic", "viewer").get(AUDITS)

        assert "evidence_read" not in {each.event_type for each in told}


class TestACheckpoint:
    def test_says_who_keeps_it(self, superuser: Client) -> None:
        checkpoint = Checkpoint.objects.create(instance="audit", size=7, root=b"r" * 32, note="log\n7\n", signed_ms=1)
        path = f"/admin/journal/checkpoint/{checkpoint.pk}/change/"

        assert "no anchor yet" in page_of(superuser, path)
        checkpoint.anchored.create(anchor="/mnt/worm", at_ms=1_700_000_000_123)
        assert "/mnt/worm, 2023-11-14 22:13:20.123 UTC" in page_of(superuser, path)


class TestAlerts:
    def test_have_no_outcome_to_filter_by(self, superuser: Client) -> None:
        keep(ALERTS, draft(ALERTS, topic="critical_alerts:disk", event_type="critical_alert", data=BROKEN))
        number_all(ALERTS)

        page = page_of(superuser, ADDRESSES["alerts"])

        assert "By event type" in page
        assert "By outcome" not in page
