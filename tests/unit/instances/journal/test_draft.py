import json
from hashlib import sha256
from uuid import UUID

import msgspec
import pytest
import rfc8785

from instances.catalog import find
from instances.event import BadEvent, prepare
from instances.journal.columns import person_of
from instances.journal.draft import Draft, draft_of
from tests.evidence import ADMIN_OPERATION, EVENTS, FAILED_LOGIN, RECEIVED_MS, USER_ACTION, Event, drafted, prepared

AUDIT = find("audit")
ID = "0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e"


class TestDraftOf:
    @pytest.mark.parametrize("event", EVENTS)
    def test_seals_canonical_json(self, event: Event) -> None:
        draft = drafted(event, address="198.51.100.9")

        assert draft.body == rfc8785.dumps(json.loads(draft.body))
        assert draft.leaf_hash == sha256(b"\0" + draft.body).digest()

    def test_seals_what_was_published_and_no_place(self) -> None:
        draft = drafted(USER_ACTION, id=ID, schema_version=1)

        body = msgspec.json.decode(draft.body)
        assert body.pop("data").keys() == {"user_id", "action", "resource"}
        assert body.pop("metadata").keys() == {"store_id", "ip_address", "session_id"}
        assert body == {
            "v": 1,
            "id": ID,
            "instance": "audit",
            "topic": "audit_trail:user_actions",
            "event_type": "user_action",
            "timestamp": 1672531200000,
            "received": RECEIVED_MS,
            "schema_version": 1,
            "publisher": "orders",
            "publisher_address": None,
            "personal": ["/data/user_id", "/metadata/session_id"],
        }

    def test_marks_a_type_that_nobody_registered(self) -> None:
        draft = drafted(USER_ACTION, event_type="something_else")

        body = msgspec.json.decode(draft.body)
        assert body["unregistered"] is True
        assert body["data"]["user_id"] == draft.actor == "admin_user"
        assert draft.parts == []

    def test_takes_the_address_of_the_publisher_for_no_origin(self) -> None:
        draft = drafted(FAILED_LOGIN, address="198.51.100.9")

        assert draft.origin == "unknown"
        assert [(part.subject, part.origin) for part in draft.parts] == [
            ("person:suspicious_user", None),
            ("publisher:orders", None),
        ]
        assert b"198.51.100.9" not in draft.body

    def test_fills_the_columns(self) -> None:
        draft = drafted(ADMIN_OPERATION, id=ID)

        assert draft.id == UUID(ID)
        assert (draft.stream, draft.topic) == ("audit.audit_trail", "audit_trail:admin_operations")
        assert (draft.occurred_ms, draft.received_ms, draft.severity) == (1672531200000, RECEIVED_MS, 3)
        assert (draft.actor, draft.origin, draft.publisher) == (None, None, "orders")
        assert [(part.actor, part.origin) for part in draft.parts] == [("user:ada", "203.0.113.7")]

    def test_has_a_digest_where_the_publisher_gave_the_id(self) -> None:
        assert drafted(USER_ACTION, id=ID).digest is not None
        assert drafted(USER_ACTION).digest is None

    def test_passes_through_a_spool_unchanged(self) -> None:
        draft = drafted(ADMIN_OPERATION, id=ID, address="198.51.100.9")

        assert msgspec.json.decode(msgspec.json.encode(draft), type=Draft) == draft

    def test_refuses_by_path(self) -> None:
        event = prepare(
            AUDIT,
            b'{"topic":"audit_trail:x","event_type":"t","data":{"a":{"b":9007199254740993}}}',
            publisher_json=b'"orders"',
        )

        with pytest.raises(BadEvent, match=r"^`data\.a\.b`"):
            draft_of(AUDIT, event, address=None)

    def test_seals_alerts_alike(self) -> None:
        event: Event = (
            "alerts",
            {
                "topic": "system_alerts:critical",
                "event_type": "alert_acknowledged",
                "data": {"acknowledged_by": "user:ada", "alert_id": "a", "component": "disk"},
            },
        )

        draft = drafted(event)

        assert (draft.actor, draft.resource) == (None, "disk")
        assert [part.subject for part in draft.parts] == [f"person:{person_of('user:ada')}"]

    def test_leaves_the_event_as_it_was(self) -> None:
        event = prepared(ADMIN_OPERATION)
        before = event.head + event.tail

        draft_of(AUDIT, event, address=None)

        assert event.head + event.tail == before
