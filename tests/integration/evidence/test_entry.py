"""The page of one entry, and the proof that it gives to the reader's browser."""

import base64
import hashlib
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from instances.journal import merkle, notes
from tests.integration.evidence.conftest import Reader
from tests.integration.evidence.pages import AUDIT, link, shown, words
from tests.integration.journal.building import sign
from tests.integration.journal.tampering import delete_row, set_value
from tests.integration.journal.writing import AUDIT as AUDIT_SPEC
from tests.integration.journal.writing import draft, entries, keep, number_all

pytestmark = pytest.mark.django_db

PERSON, ADDRESS = "admin_user", "203.0.113.7"


def page_of(client: Client, key: object, status: int = 200) -> str:
    return shown(client, f"{AUDIT}entries/{key}/", status)


def proof_of(client: Client, key: object) -> Any:
    answer = client.get(f"{AUDIT}entries/{key}/proof/")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    return answer.json()


def sealed_bytes(page: str) -> bytes:
    """Return what the page's script hashes."""
    return unescape(page.partition('id="bytes" tabindex="0">')[2].partition("</pre>")[0]).encode()


def decoded(text: str) -> bytes:
    return base64.b64decode(text)


class TestAnEntry:
    def test_is_found_by_its_index_and_by_its_event_s_id(self, journal: str, auditor: Client) -> None:
        keep(count=3)
        number_all()
        entry = entries()[1]

        for key in (1, entry.id, str(entry.id).upper()):
            page = page_of(auditor, key)
            assert "Audit Trail, entry 1" in words(page)
            for word in (str(entry.id), bytes(entry.leaf_hash).hex(), PERSON, ADDRESS, "delete_subscription"):
                assert word in page

    def test_shows_the_very_bytes_that_were_sealed(self, auditor: Client) -> None:
        keep(AUDIT_SPEC, draft(event_type="of_our_own", data={"note": 'Zoë <b>&amp;"\u2028 \x7f'}))
        number_all()
        [entry] = entries()

        assert sealed_bytes(page_of(auditor, 0)) == bytes(entry.body)

    @pytest.mark.parametrize("key", ["7", "-1", "x", "9" * 30, "٣", uuid4(), "../../admin"])
    def test_that_there_is_not_is_not_found(self, auditor: Client, key: object) -> None:
        keep()
        number_all()

        assert auditor.get(f"{AUDIT}entries/{key}/").status_code == 404
        assert auditor.get(f"{AUDIT}entries/{key}/proof/").status_code == 404

    def test_outside_the_grant_is_as_if_it_were_not_there(self, reader: Reader) -> None:
        keep(AUDIT_SPEC, draft(), draft(topic="compliance_events:gdpr", event_type="reviewed"))
        number_all()
        clerk = reader("clerk", pattern="compliance_events:*")
        hidden, there = entries()

        for key in (hidden.id, 0):
            assert clerk.get(f"{AUDIT}entries/{key}/").status_code == 404
            assert clerk.get(f"{AUDIT}entries/{key}/proof/").status_code == 404
        assert "reviewed" in words(page_of(clerk, there.id))
        assert clerk.get("/evidence/security/entries/0/").status_code == 403

    def test_keeps_personal_values_from_those_without_the_right(self, journal: str, reader: Reader) -> None:
        keep()
        number_all()
        page = page_of(reader("clerk", pattern="*"), 0)

        assert PERSON not in page
        assert ADDRESS not in page
        assert "[redacted]" in unescape(page)
        assert "commitment" in sealed_bytes(page).decode()

    def test_leads_to_its_neighbours(self, auditor: Client) -> None:
        keep(count=3)
        number_all()
        page = page_of(auditor, 1)

        assert (link(page, "Entry before"), link(page, "Entry after")) == (f"{AUDIT}entries/0/", f"{AUDIT}entries/2/")
        assert "Entry before" not in page_of(auditor, 0)
        assert "Entry after" not in page_of(auditor, 2)

    @pytest.mark.parametrize(
        ("body", "says"),
        [(b"\xff\xfe no JSON", "The sealed bytes are no event. They were changed."), (b"", "is purged")],
    )
    def test_that_somebody_changed_is_shown_all_the_same(self, auditor: Client, body: bytes, says: str) -> None:
        keep()
        number_all()
        set_value(0, "body", body)

        page = page_of(auditor, 0)
        assert says in words(page)
        assert ('id="bytes"' in page) is bool(body)

    def test_keeps_bytes_back_that_are_personal_only_since(
        self, reader: Reader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep(AUDIT_SPEC, draft(event_type="of_our_own", data={"nickname": "Zaza"}))
        number_all()
        clerk = reader("clerk", pattern="*")
        assert b"Zaza" in sealed_bytes(page_of(clerk, 0))

        def marked_since(instance: str, event_type: str, wire: bytes) -> bytes:
            return wire.replace(b'"Zaza"', b'"[redacted]"')

        monkeypatch.setattr("instances.journal.kept_entry.redacted", marked_since)
        monkeypatch.setattr("instances.journal.shown.redacted", marked_since)
        page = page_of(clerk, 0)
        assert "Zaza" not in page
        assert 'id="bytes"' not in page
        assert b"Zaza" in sealed_bytes(page_of(reader("vera", role="auditor"), 0))

    def test_waits_for_its_place(self, journal: str, auditor: Client) -> None:
        [waiting] = keep()
        page = page_of(auditor, waiting.id)

        assert "It is committed, and not yet sealed" in words(page)
        assert "It waits for its place in the journal" in words(page)
        assert proof_of(auditor, waiting.id) == {"state": "waiting"}
        assert auditor.get(f"{AUDIT}entries/0/").status_code == 404


class TestWhoSawIt:
    def test_is_told_to_those_who_may_see_it(self, reader: Reader) -> None:
        keep()
        number_all()

        assert "It was not recorded who saw events when this one came." in words(
            page_of(reader("vera", role="auditor"), 0)
        )
        told = words(page_of(reader("clerk", pattern="*"), 0))
        assert "needs the permission consumers.view_sighting" in told
        assert "recorded who saw" not in told


class TestReading:
    def test_is_on_record_and_asking_for_the_proof_is_not(self, auditor: Client, said: list[Any]) -> None:
        keep()
        number_all()
        [entry] = entries()

        page_of(auditor, 0)
        page_of(auditor, entry.id)
        proof_of(auditor, entry.id)
        auditor.get(f"{AUDIT}entries/7/")

        assert [(each.data["actor"], each.data["query"]) for each in said] == [
            ("user:vera", "index=0"),
            ("user:vera", f"id={entry.id}"),
            ("user:vera", "index=7"),
        ]


class TestTheProof:
    def test_leads_from_the_bytes_to_the_newest_checkpoint(self, journal: str, auditor: Client) -> None:
        keep(count=5)
        number_all()
        sign()
        keep(count=8)
        number_all()
        sign()

        told = proof_of(auditor, 3)

        covering, newest = (notes.parse_checkpoint(notes.parse(told[name]).text) for name in ("checkpoint", "newest"))
        assert (told["state"], told["index"], covering.size, newest.size) == ("sealed", 3, 5, 13)
        leaf = hashlib.sha256(b"\0" + sealed_bytes(page_of(auditor, 3))).digest()
        assert leaf == decoded(told["leaf_hash"])
        path = [decoded(step) for step in told["inclusion"]]
        assert merkle.verify_inclusion(leaf, 3, 5, path, covering.root)
        grown = [decoded(step) for step in told["consistency"]]
        assert merkle.verify_consistency(5, 13, covering.root, newest.root, grown)
        assert all(notes.verify(notes.parse(told[name]), told["keys"][0]) for name in ("checkpoint", "newest"))

    def test_waits_for_a_checkpoint(self, auditor: Client) -> None:
        keep(count=2)
        number_all()
        assert proof_of(auditor, 1) == {"state": "numbered", "index": 1}

        sign()
        assert proof_of(auditor, 1)["state"] == "sealed"

    def test_is_for_those_who_may_query_all(self, reader: Reader) -> None:
        keep(count=2)
        number_all()
        sign()
        clerk = reader("clerk", pattern="audit_trail:user_actions")

        assert proof_of(clerk, 1) == {"state": "partial", "index": 1}

    def test_says_why_there_can_be_none(self, auditor: Client) -> None:
        keep(count=3)
        number_all()
        sign()
        delete_row(1)

        told = proof_of(auditor, 0)

        assert (told["state"], told["index"]) == ("broken", 0)
        assert "has no entry 1" in told["why"]
