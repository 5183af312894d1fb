import asyncio
import json
from typing import Any

import pytest
from django.db import transaction

from instances.error_codes import Refusal
from instances.publishing import (
    apublish_event,
    publish_event,
    publish_event_on_commit,
    publish_event_or_raise,
)
from instances.publishing import submission as submission_module
from instances.schemas.typed_event import TypedEvent
from instances.supervisor import Home

ID = "0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e"
EVENT = TypedEvent(
    instance="health",
    topic="subscription_health:prod:users",
    event_type="tested_by_builder",
    schema_version=1,
    data={"n": 1},
    metadata={"seat": 2},
)
BAD = TypedEvent("health", "subscription_health:prod:users", "tested_by_builder", 0, {}, {})


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Give the wire form of each event that is put into a lane."""
    seen: list[dict[str, Any]] = []
    put = submission_module._put

    def spy(checked: Any, answer: Any) -> None:
        seen.extend(json.loads(event.wire("e", 1)) for event in checked.events)
        put(checked, answer)

    monkeypatch.setattr(submission_module, "_put", spy)
    return seen


class TestPublishEvent:
    def test_sends_the_event_as_its_type_made_it(self, serving: Home, published: list[dict[str, Any]]) -> None:
        result = publish_event(EVENT, id=ID, timestamp=1_000, publisher="orders")

        assert (result.accepted, result.event_id, result.stream) == (True, ID, "health.subscription_health")
        (sent,) = published
        assert (sent["topic"], sent["event_type"], sent["schema_version"]) == (EVENT.topic, EVENT.event_type, 1)
        assert (sent["data"], sent["metadata"]["seat"]) == ({"n": 1}, 2)
        assert (sent["timestamp"], sent["publisher"]) == (1_000, "orders")

    def test_never_raises(self, serving: Home) -> None:
        result = publish_event(BAD)

        assert result.error is not None
        assert (result.accepted, result.error.code) == (False, "bad_request")

    def test_has_a_twin_that_raises(self, serving: Home) -> None:
        assert publish_event_or_raise(EVENT, id=ID).event_id == ID
        with pytest.raises(Refusal, match="schema_version"):
            publish_event_or_raise(BAD)

    def test_has_a_twin_for_coroutines(self, serving: Home, published: list[dict[str, Any]]) -> None:
        result = asyncio.run(apublish_event(EVENT, id=ID, timestamp=1_000, publisher="orders"))

        assert (result.accepted, result.event_id) == (True, ID)
        assert (published[0]["timestamp"], published[0]["publisher"]) == (1_000, "orders")
        assert asyncio.run(apublish_event(BAD)).accepted is False

    @pytest.mark.django_db(transaction=True)
    def test_has_a_twin_that_waits_for_the_commit(self, serving: Home, published: list[dict[str, Any]]) -> None:
        with transaction.atomic():
            publish_event_on_commit(EVENT, id=ID, timestamp=1_000, publisher="orders")
            before = list(published)
        with transaction.atomic():
            publish_event_on_commit(EVENT)
            transaction.set_rollback(True)

        assert before == []
        assert [(sent["id"], sent["timestamp"], sent["publisher"]) for sent in published] == [(ID, 1_000, "orders")]
        with pytest.raises(Refusal):
            publish_event_on_commit(BAD)
