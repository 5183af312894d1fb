"""Reads of evidence over the API, told by the query."""

import uuid

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from gaterhub.acts.evidence_reads import FOLLOWING_SECONDS, EvidenceReads
from instances.access.principal import Principal
from instances.catalog import INSTANCES, find
from instances.schemas.typed_event import TypedEvent
from instances.spec import EVIDENCE
from tests.integration.acts.conftest import Told
from tests.unit.gaterhub.agent.fakes import Clock

AUDITOR = Principal(kind="user", id=7, name="vera")


def query(text: str) -> HttpRequest:
    return RequestFactory().get(f"/?{text}")


class Reads:
    def __init__(self) -> None:
        self.clock = Clock()
        self.told: list[TypedEvent] = []
        self.reads = EvidenceReads(say=self.told.append, clock=self.clock)

    def read(self, text: str, instance: str = "audit", by: Principal = AUDITOR) -> None:
        self.reads.read(query(text), find(instance), by)


class TestEvidenceReads:
    def test_are_told_with_who_and_what_was_asked(self) -> None:
        reads = Reads()
        reads.read("topic=audit_trail:*&from=1&limit=5")

        assert dict(reads.told[0].data) == {
            "actor": "user:vera", "journal": "audit", "query": "from=1&topic=audit_trail:*",
        }  # fmt: skip

    def test_are_told_once_for_all_pages(self) -> None:
        reads = Reads()
        for page in ("topic=*", "topic=*&after=abc", "topic=*&after=abd&limit=7"):
            reads.read(page)

        assert len(reads.told) == 1

    def test_are_told_again_for_the_same_first_page(self) -> None:
        reads = Reads()
        reads.read("topic=*")
        reads.read("topic=*")

        assert len(reads.told) == 2

    @pytest.mark.parametrize("text", ["after=made-up", "topic=a&after=abc"])
    def test_are_told_where_a_cursor_belongs_to_no_query_that_was(self, text: str) -> None:
        reads = Reads()
        reads.read("topic=*")
        reads.read(text)

        assert len(reads.told) == 2

    def test_are_told_for_each_reader_and_after_an_hour(self) -> None:
        reads = Reads()
        reads.read("topic=*")
        reads.read("topic=*&after=abc", by=Principal(kind="token", id=7, name="vera"))
        reads.clock.move(FOLLOWING_SECONDS + 1)
        reads.read("topic=*&after=abc")

        assert len(reads.told) == 3

    def test_are_told_of_evidence_alone(self) -> None:
        reads = Reads()
        for spec in INSTANCES:
            reads.read("", spec.name)

        assert [event.data["journal"] for event in reads.told] == [
            spec.name for spec in INSTANCES if spec.delivery is EVIDENCE
        ]


class TestApi:
    def test_tells_a_query_and_a_look_at_one_event(self, operator: Client, told: list[Told]) -> None:
        one = uuid.uuid4()
        operator.get("/api/v1/instances/security/events/?topic=security_events:*")
        operator.get(f"/api/v1/instances/audit/events/{one}/")
        operator.get("/api/v1/instances/health/events/")

        assert [(each.event_type, each.data["journal"], each.data["query"]) for each in told] == [
            ("evidence_read", "security", "topic=security_events:*"),
            ("evidence_read", "audit", f"id={one}"),
        ]
        assert told[0].data["actor"] == "user:ada"
        assert told[0].metadata == {"ip_address": "203.0.113.7"}
