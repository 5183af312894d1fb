"""The search of entries: whom it lets in, what it finds, what it says of a bad question, and that it is on record."""

from typing import Any

import pytest
from django.test import Client

from gaterhub.pages.evidence import search
from instances.access.roles import ROLES
from instances.journal.query import Unavailable
from tests.integration.evidence.conftest import Reader
from tests.integration.evidence.pages import AUDIT, indexes, link, shown, words
from tests.integration.journal.writing import AUDIT as AUDIT_SPEC
from tests.integration.journal.writing import SECURITY, draft, keep, number_all

pytestmark = pytest.mark.django_db

READERS = {"auditor": {"audit", "security"}, "compliance officer": {"audit", "security"}}
READERS |= {"SOC analyst": {"audit", "security"}, "incident responder": {"security"}}


def several() -> None:
    """Put three entries of different kinds on record."""
    keep(
        AUDIT_SPEC,
        draft(),
        draft(topic="audit_trail:data_access", event_type="read", data={"actor": "orders", "outcome": "failure"}),
        draft(topic="compliance_events:gdpr", event_type="reviewed", data={"actor": "bob", "action": "review"}),
    )
    number_all()


class TestRights:
    @pytest.mark.parametrize("role", [role.name for role in ROLES])
    def test_reach_as_far_as_the_role_s(self, reader: Reader, role: str) -> None:
        client = reader("somebody", role=role)
        seen = {name for name in ("audit", "security") if client.get(f"/evidence/{name}/").status_code == 200}

        assert seen == READERS.get(role, set())
        assert client.get("/evidence/").status_code == (200 if seen else 403)
        assert ('href="/evidence/"' in client.get("/").content.decode()) is bool(seen)

    def test_send_a_stranger_to_log_in(self, client: Client) -> None:
        assert client.get(AUDIT)["Location"].startswith("/accounts/login/")

    @pytest.mark.parametrize("method", ["post", "put", "delete"])
    def test_let_nobody_change_anything(self, auditor: Client, method: str) -> None:
        assert getattr(auditor, method)(AUDIT).status_code == 405

    @pytest.mark.parametrize("name", ["alerts", "health", "nothing"])
    def test_are_of_sealed_journals_alone(self, auditor: Client, name: str) -> None:
        assert auditor.get(f"/evidence/{name}/").status_code == 404

    def test_lead_an_alias_to_its_own_name(self, auditor: Client) -> None:
        assert auditor.get("/evidence/ex_esdb_audit/?outcome=failure")["Location"] == f"{AUDIT}?outcome=failure"

    def test_begin_with_the_topics_that_are_granted(self, reader: Reader) -> None:
        several()
        clerk = reader("clerk", pattern="compliance_events:*")

        assert clerk.get(AUDIT)["Location"] == f"{AUDIT}?topic=compliance_events:*"
        assert indexes(shown(clerk, topic="compliance_events:*")) == ["2"]
        told = words(shown(clerk, topic="*", status=403))
        assert "must lie within one of: compliance_events:*" in told


class TestEntries:
    def test_come_the_newest_first(self, journal: str, auditor: Client) -> None:
        several()

        assert indexes(shown(auditor)) == ["2", "1", "0"]
        assert "user_action delete_subscription audit_trail:user_actions admin_user subscription_123" in words(
            shown(auditor)
        )

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({"actor": "admin_user"}, ["0"]),
            ({"actor": "bob"}, ["2"]),
            ({"action": "review"}, ["2"]),
            ({"resource": "subscription_123"}, ["0"]),
            ({"outcome": "failure"}, ["1"]),
            ({"origin": "203.0.113.7"}, ["2", "1", "0"]),
            ({"event_type": "read"}, ["1"]),
            ({"topic": "audit_trail:*"}, ["1", "0"]),
            ({"from": "2020-01-01T00:00"}, ["2", "1", "0"]),
            ({"to": "2020-01-01T00:00:00Z"}, []),
            ({"topic": "audit_trail:*", "outcome": "failure"}, ["1"]),
        ],
    )
    def test_are_found_by_the_filters_of_the_address(
        self, auditor: Client, asked: dict[str, str], found: list[str]
    ) -> None:
        several()

        page = shown(auditor, AUDIT, 200, **asked)

        assert indexes(page) == found
        for name, value in asked.items():
            assert f'name="{name}"' in page
            assert value.rstrip("Z") in page

    def test_go_on_to_older_ones_with_the_same_filters(self, auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(search, "_PAGE", {"order": "desc", "limit": "2"})
        keep(count=5)
        number_all()
        first = shown(auditor, event_type="user_action")
        second = shown(auditor, link(first, "Older entries"))

        assert (indexes(first), indexes(second)) == (["4", "3"], ["2", "1"])
        assert "event_type=user_action" in link(first, "Older entries")
        assert indexes(shown(auditor, link(second, "Back to the newest"))) == ["4", "3"]

    def test_narrow_the_question_by_their_values(self, auditor: Client) -> None:
        several()
        page = shown(auditor, topic="audit_trail:*")

        assert link(page, "failure") == f"{AUDIT}?topic=audit_trail:*&outcome=failure"

    def test_hold_names_apart_from_those_who_may_not_read_them(self, reader: Reader) -> None:
        said = {"topic": "security_events:authentication", "event_type": "authentication_success", "metadata": {}}
        keep(SECURITY, draft(SECURITY, **said, data={"user_id": "ada", "ip_address": "203.0.113.7"}))
        number_all(SECURITY)

        for role, personal in (("auditor", True), ("incident responder", False)):
            page = shown(reader(f"some {role}", role=role), "/evidence/security/")
            assert ("203.0.113.7" in page) is personal
            assert ("held apart" in page) is not personal

    def test_say_where_there_are_none(self, auditor: Client) -> None:
        assert "Nothing is on record yet" in words(shown(auditor))
        several()
        assert "Nothing is on record that fits" in words(shown(auditor, actor="nobody"))

    def test_escape_what_they_are_asked_by(self, auditor: Client) -> None:
        assert "<script>alert" not in shown(auditor, actor="<script>alert(1)</script>")


class TestABadQuestion:
    @pytest.mark.parametrize(
        ("asked", "why"),
        [
            ({"topic": "sub*:x"}, "sub*:x"),
            ({"from": "yesterday"}, "from is a time with its zone"),
            ({"to": "2026-02-30T00:00"}, "to is a time"),
            ({"colour": "red"}, "colour is no parameter here"),
            ({"limit": "5"}, "limit is no parameter here"),
            ({"actor": "a" * 1_001}, "actor is a text of 1 to 1000 characters"),
            ({"actor": "a\0b"}, "none of which is NUL"),
            ({"after": "nonsense"}, "after is no cursor of this question"),
        ],
    )
    def test_is_told_what_is_wrong_with_it(self, auditor: Client, asked: dict[str, str], why: str) -> None:
        assert why in words(shown(auditor, status=400, **asked))

    def test_is_a_search_for_what_one_may_not_read(self, reader: Reader) -> None:
        told = words(shown(reader("ivan", role="incident responder"), "/evidence/security/", status=403, actor="ada"))

        assert "actor searches personal fields" in told

    def test_is_left_out_where_it_says_nothing(self, auditor: Client) -> None:
        answer = auditor.get(f"{AUDIT}?actor=&action=%20&outcome=failure&from=")

        assert answer["Location"] == f"{AUDIT}?outcome=failure"

    def test_of_a_database_that_is_out_is_told_so(self, auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def out(*given: object, **words: object) -> None:
            raise Unavailable

        monkeypatch.setattr(search, "find_indexes", out)

        assert "Its database is out, or did not answer in time" in words(shown(auditor, status=503))


class TestASearch:
    def test_is_on_record_once_for_all_its_pages(
        self, auditor: Client, said: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(search, "_PAGE", {"order": "desc", "limit": "2"})
        keep(count=5)
        number_all()
        page = shown(auditor, outcome="unknown")
        shown(auditor, link(page, "Older entries"))

        assert [(each.event_type, each.data["actor"], each.data["journal"], each.data["query"]) for each in said] == [
            ("evidence_read", "user:vera", "audit", "outcome=unknown")
        ]

    def test_that_was_refused_is_none(self, reader: Reader, said: list[Any]) -> None:
        shown(reader("clerk", pattern="compliance_events:*"), topic="*", status=403)
        reader("vic", role="viewer").get(AUDIT)

        assert said == []
