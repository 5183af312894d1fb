"""A plain program that publishes evidence, without a hub that serves and without Redis."""

import json

import pytest

from tests.functional.journal.hub import Hub
from tests.functional.journal.writers import TOPIC
from tests.functional.subscriber import Subscriber

pytestmark = pytest.mark.fault


def published(hub: Hub, count: int) -> list[str]:
    """Have a program publish to the audit trail, and return the ids that it was told are kept."""
    program = hub.run("publish_in_turn", str(count))
    program.wait()
    told = [json.loads(line) for line in program.log.read_text().splitlines() if line.startswith('{"id"')]
    assert [(each["accepted"], each["spooled"]) for each in told] == [(True, False)] * count, told
    return [each["id"] for each in told]


class TestAPlainProgram:
    def test_is_on_record_at_once_and_heard_when_somebody_serves(self, sqlite_hub: Hub) -> None:
        with sqlite_hub.serving(), Subscriber(sqlite_hub) as follower:
            before = follower.subscribe("audit", TOPIC)["streams"]
        alone = published(sqlite_hub, 3)
        kept = {str(entry.id): entry.index for entry in sqlite_hub.record.entries("audit")}
        assert [kept[id] for id in alone] == [None] * 3

        with sqlite_hub.serving(), Subscriber(sqlite_hub) as follower:
            follower.subscribe("audit", TOPIC, since=before)
            beside = published(sqlite_hub, 3)
            follower.expect_event(id=beside[-1])

        assert [told["id"] for told in follower.events] == [*alone, *beside]
        assert follower.of("gap") == []
