"""What is sent often is on record once, whatever the clock says; and an alert that was taken comes, whatever dies."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

import pytest

from tests.conftest import SOAKING
from tests.functional.conftest import free_port
from tests.functional.journal.hub import Hub
from tests.functional.journal.record import problems
from tests.functional.journal.sabotage import needed
from tests.functional.journal.writers import Writers, event, publish
from tests.functional.subscriber import Subscriber

pytestmark = pytest.mark.fault

TIMES: Final = 1_000 if SOAKING else 200
THREADS: Final = 16
HOUR_MS: Final = 3_600_000
ALERTS: Final = 5
ALERT_TOPIC: Final = "system_alerts:critical"


class TestTheSameId:
    def test_many_times_from_sixteen_threads_at_two_processes_is_one_entry(self, any_hub: Hub) -> None:
        other = replace(any_hub, port=free_port())
        said = event(0, "the same")
        with any_hub.serving(), other.serving("--no-worker"), ThreadPoolExecutor(THREADS) as threads:
            answers = list(threads.map(lambda turn: publish((any_hub, other)[turn % 2], "audit", said), range(TIMES)))
            changed, _ = publish(any_hub, "audit", said | {"data": said["data"] | {"action": "another"}})
            any_hub.record.until_kept("audit", [])

        receipts = {tuple(sorted(told.items())) for _, told in answers}
        assert {status for status, _ in answers} == {201}
        assert len(receipts) == 1, receipts
        assert changed == 409
        assert [str(each.id) for each in any_hub.record.entries("audit")].count(said["id"]) == 1
        assert problems(any_hub.record, "audit") == []


class TestAClockThatIsSetBack:
    def test_an_hour_leaves_the_order_of_the_index(self, any_hub: Hub) -> None:
        size = any_hub.record.size("audit")
        with any_hub.serving():
            with Writers(any_hub) as writers:
                writers.wait_for(40)
                with needed(any_hub.sabotage).clock_shifted(-3_600):
                    writers.wait_for(80)
                writers.wait_for(40)
            any_hub.record.until_kept("audit", [each.id for each in writers.acknowledged])

        assert writers.faults == []
        assert problems(any_hub.record, "audit", writers.acknowledged) == []
        received = [entry.received_ms for entry in any_hub.record.entries("audit")[size:]]
        steps = [after - before for before, after in pairwise(received)]
        assert min(steps) < -HOUR_MS / 2
        assert max(steps) > HOUR_MS / 2

    def test_keeps_no_other_process_from_leading(self, any_hub: Hub) -> None:
        with any_hub.serving("--no-worker"):
            with any_hub.working():
                assert publish(any_hub, "audit", event(0, "before"))[0] == 201
                any_hub.record.until_kept("audit", [])
            with needed(any_hub.sabotage).clock_shifted(-3_600), any_hub.working():
                assert publish(any_hub, "audit", event(0, "after"))[0] == 201
                any_hub.record.until_kept("audit", [])


@contextmanager
def following(hub: Hub, **since: Any) -> Iterator[tuple[Subscriber, dict[str, Any]]]:
    with Subscriber(hub) as subscriber:
        yield subscriber, subscriber.subscribe("alerts", ALERT_TOPIC, **since)


class TestFiveAlerts:
    def test_are_five_after_the_server_was_killed(self, any_hub: Hub) -> None:
        hub = any_hub
        server = hub.serve()
        try:
            with following(hub) as (subscriber, told):
                streams = told["streams"]
                ids = []
                for number in range(ALERTS):
                    data = {"severity": "critical", "message": f"{number} is broken"}
                    alert = {"topic": ALERT_TOPIC, "event_type": "critical_alert", "data": data}
                    status, receipt = publish(hub, "alerts", alert)
                    assert status == 201
                    ids.append(receipt["id"])
                server.kill()
            server = hub.serve()
            with following(hub, since=streams) as (subscriber, told):
                missing = ALERTS - told["replayed"]
                while missing > 0:
                    subscriber.expect(lambda frame: "event" in frame)
                    missing -= 1
                assert told["recovered"]
                assert [heard["id"] for heard in subscriber.events] == ids
                assert subscriber.of("gap") == []
            hub.record.until_kept("alerts", [])
        finally:
            server.kill()
        kept = hub.record.entries("alerts")
        assert [str(entry.id) for entry in kept if str(entry.id) in ids] == ids
        assert problems(hub.record, "alerts") == []
