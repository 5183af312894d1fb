"""The sealed logs by API: a reader with nothing but the answers and the verifier key can check what they say."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from gaterhub.acts import evidence_reads
from instances.access.models import Grant, Token
from instances.journal import keys, merkle, notes, witness
from instances.journal.memory import Memory
from instances.journal.models import Anchored, Checkpoint, SequencerLease
from instances.journal.rotation import Announcer
from instances.journal.router import ALIAS
from instances.journal.signer import Signer
from tests.integration.journal.growing import grow
from tests.integration.journal.signing import Shelf
from tests.integration.journal.writing import AUDIT, draft, keep, number_all

pytestmark = pytest.mark.django_db

URL = "/api/v1/journals/audit/"


@pytest.fixture
def auditor() -> Callable[..., APIClient]:
    """Give a function that makes somebody who may query audit so far as a pattern goes."""

    def make(pattern: str = "*", *, personal: bool = False) -> APIClient:
        token, secret = Token.objects.issue(name="auditor", roles=())
        Grant.objects.create(token=token, verb="query", instance="audit", pattern=pattern, personal=personal)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return make


@pytest.fixture
def sign(tmp_path: Path) -> Callable[[], None]:
    """Give a function that signs what there is."""
    memory = Memory(tmp_path / "signed")

    def sign() -> None:
        announcer = Announcer(publish=lambda event: True)
        Signer(memory=memory, anchoring=Shelf(), announcer=announcer, clock=lambda: 1_800_000_000.0).tick()

    return sign


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Hear the acts of reading instead of having them published."""
    heard: list[Any] = []
    monkeypatch.setattr(evidence_reads, "_reads", evidence_reads.EvidenceReads(say=heard.append))
    return heard


def get(client: APIClient, path: str) -> Any:
    answer = client.get(URL + path)
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    return answer.json()


def decoded(text: str) -> bytes:
    return base64.b64decode(text)


class TestJournal:
    def test_says_how_the_log_stands(self, journal: str, auditor: Any, sign: Callable[[], None]) -> None:
        keep(count=3)
        number_all()
        sign()
        keep(count=2)
        number_all()

        log = get(auditor(), "")

        assert (log["instance"], log["origin"], log["generation"]) == ("audit", "gaterhub.test/audit", 1)
        assert log["size"] == 5
        assert notes.parse_checkpoint(notes.parse(log["checkpoint"]).text).size == 3
        assert notes.verify(notes.parse(log["checkpoint"]), log["verifier_key"])
        assert log["unknown"] == {"outcomes": 5, "origins": 0, "targets": 0}
        assert log["trouble"] == ""

    def test_tells_trouble(self, auditor: Any) -> None:
        SequencerLease.objects.create(name="sequencer", holder="web-1", until_ms=0, trouble="It is an older one.")

        assert get(auditor(), "")["trouble"] == "It is an older one."

    def test_has_none_for_what_is_not_sealed(self, auditor: Any) -> None:
        for instance, code in (("alerts", "not_found"), ("health", "not_found"), ("nothing", "unknown_instance")):
            answer = auditor().get(f"/api/v1/journals/{instance}/")
            assert (answer.status_code, answer.json()["code"]) == (404, code)


class TestProofs:
    def test_show_that_an_entry_is_under_a_checkpoint(
        self, journal: str, auditor: Any, sign: Callable[[], None]
    ) -> None:
        keep(count=21)
        number_all()
        sign()
        reader = auditor()
        said = notes.parse_checkpoint(notes.parse(get(reader, "")["checkpoint"]).text)

        entry = get(reader, "entries/13/")
        proof = get(reader, f"proof/?index=13&size={said.size}")

        leaf = hashlib.sha256(b"\0" + decoded(entry["body"])).digest()
        assert leaf == decoded(entry["leaf_hash"]) == decoded(proof["leaf_hash"])
        assert merkle.verify_inclusion(leaf, 13, said.size, [decoded(step) for step in proof["hashes"]], said.root)

    def test_show_that_the_log_only_grew(self, journal: str, auditor: Any) -> None:
        grow("audit", 300)

        proof = get(auditor(), "consistency/?from=41&to=299")

        assert merkle.verify_consistency(
            41,
            299,
            decoded(proof["from_root"]),
            decoded(proof["to_root"]),
            [decoded(step) for step in proof["hashes"]],
        )

    def test_go_to_the_present_size_unless_told(self, auditor: Any) -> None:
        grow("audit", 7)

        assert get(auditor(), "proof/?index=0")["size"] == 7
        assert get(auditor(), "consistency/?from=0")["to"] == 7

    @pytest.mark.parametrize(
        ("path", "why"),
        [
            ("proof/", "`index` is a number"),
            ("proof/?index=7", "has no entry 7"),
            ("proof/?index=0&size=8", "at most the log's size, which is 7"),
            ("proof/?index=-1", "`index` is a number"),
            ("proof/?index=0&size=0", "has no entry 0"),
            ("proof/?index=" + "9" * 40, "`index` is a number"),
            ("proof/?index=0&other=1", "`other` is no parameter"),
            ("consistency/?from=8", "8 is above 7"),
            ("consistency/?from=1&to=9", "at most the log's size"),
            ("consistency/", "`from` is a number"),
        ],
    )
    def test_are_refused_for_what_is_not_there(self, auditor: Any, path: str, why: str) -> None:
        grow("audit", 7)

        answer = auditor().get(URL + path)

        assert answer.status_code == 400
        assert why in answer.json()["detail"]

    def test_read_a_few_blocks(self, auditor: Any) -> None:
        grow("audit", 3_000)
        reader = auditor()

        with CaptureQueriesContext(connections[ALIAS]) as asked:
            get(reader, "proof/?index=1500")

        assert len(asked) <= 12


class TestEntries:
    def test_show_what_is_sealed_and_the_event(self, journal: str, auditor: Any) -> None:
        keep(AUDIT, draft())
        number_all()

        entry = get(auditor(personal=True), "entries/0/")

        assert entry["index"] == entry["event"]["index"] == 0
        assert b"203.0.113.7" not in decoded(entry["body"])
        assert entry["event"]["metadata"]["ip_address"] == "203.0.113.7"
        assert entry["event"]["data"]["resource"] == "subscription_123"

    def test_keep_personal_values_from_those_without_the_right(self, auditor: Any) -> None:
        keep(AUDIT, draft())
        number_all()

        answer = auditor().get(f"{URL}entries/0/")

        assert b"203.0.113.7" not in answer.content
        assert b"admin_user" not in answer.content

    def test_are_recorded_as_read(self, auditor: Any, said: list[Any]) -> None:
        keep()
        number_all()

        get(auditor(), "entries/0/")

        assert [(event.event_type, event.data["query"]) for event in said] == [("evidence_read", "index=0")]

    @pytest.mark.parametrize("index", ["1", "-1", "x", "9" * 30, "٣"])
    def test_are_not_found_where_there_is_none(self, auditor: Any, index: str) -> None:
        keep()
        number_all()

        answer = auditor().get(f"{URL}entries/{index}/")

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    def test_without_a_place_are_not_there_yet(self, auditor: Any) -> None:
        keep()

        assert auditor().get(f"{URL}entries/0/").status_code == 404


class TestRights:
    def test_reach_as_far_as_the_grant(self, auditor: Any) -> None:
        keep(AUDIT, draft(), draft(topic="audit_trail:data_access", event_type="seen"))
        number_all()
        narrow = auditor("audit_trail:user_actions")

        assert narrow.get(f"{URL}entries/0/").status_code == 200
        assert narrow.get(f"{URL}entries/1/").status_code == 404
        for path in ("", "checkpoints/", "proof/?index=0", "consistency/?from=0"):
            answer = narrow.get(URL + path)
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path
        assert auditor().get("/api/v1/journals/security/").status_code == 403


class TestCheckpoints:
    def test_are_paged_with_who_keeps_them(self, auditor: Any) -> None:
        rows = [
            Checkpoint.objects.create(
                instance="audit", size=size, root=bytes([size]) * 32, note=f"{size}", signed_ms=size
            )
            for size in range(1, 6)
        ]
        Checkpoint.objects.create(instance="security", size=9, root=b"s" * 32, note="", signed_ms=9)
        Anchored.objects.create(checkpoint=rows[-1], anchor="dir:/mnt/worm", answer="5.note", at_ms=6)
        reader = auditor()

        first = get(reader, "checkpoints/?order=desc&limit=2")
        second = get(reader, f"checkpoints/?order=desc&limit=3&after={first['next']}")

        assert [row["size"] for row in first["results"] + second["results"]] == [5, 4, 3, 2, 1]
        assert second["next"] is None
        assert first["results"][0]["anchors"] == [{"anchor": "dir:/mnt/worm", "answer": "5.note", "at": 6}]
        assert [row["size"] for row in get(reader, "checkpoints/")["results"]] == [1, 2, 3, 4, 5]


class TestWitness:
    LOG = "other.example/audit"
    KEY = keys.SigningKey.of(b"l" * 32)

    def ask(self, stranger: APIClient, old: int, size: int, *, leaves: bytes = bytes(range(20))) -> Any:
        hashes = [merkle.leaf_hash(bytes((leaf,))) for leaf in leaves[:size]]
        proof = merkle.consistency_proof(hashes, old) if old <= size else []
        note = notes.sign(notes.checkpoint_text(self.LOG, size, merkle.root_of(hashes)), self.LOG, self.KEY)
        lines = [f"old {old}", *(base64.b64encode(step).decode() for step in proof), "", note]
        return self.post(stranger, "\n".join(lines))

    @staticmethod
    def post(stranger: APIClient, body: str) -> Any:
        return stranger.post("/api/v1/witness/add-checkpoint", body.encode(), content_type="text/plain")

    def test_cosigns_and_answers_as_the_protocol_says(self, journal: str, stranger: APIClient, settings: Any) -> None:
        settings.GATERHUB_WITNESS_LOGS = [self.KEY.verifier(self.LOG)]

        answer = self.ask(stranger, 0, 5)
        assert answer.status_code == 200
        signature = notes.parse_signature(answer.content.decode().removesuffix("\n"))
        assert signature.name == witness.witness_name()

        answer = self.ask(stranger, 0, 7)
        assert (answer.status_code, answer["Content-Type"], answer.content) == (409, "text/x.tlog.size", b"5\n")
        assert self.ask(stranger, 5, 7).status_code == 200
        assert self.ask(stranger, 7, 7, leaves=bytes(range(20))[::-1]).status_code == 409
        assert self.ask(stranger, 7, 12, leaves=bytes(range(20))[::-1]).status_code == 422
        assert self.ask(stranger, 8, 7).status_code == 400
        assert self.post(stranger, "x" * 100_000).status_code == 413

    def test_knows_no_log_that_it_was_not_told_of(self, stranger: APIClient) -> None:
        answer = self.ask(stranger, 0, 5)

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
