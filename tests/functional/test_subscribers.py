"""An operator sees who is connected to every process, and sends away whom it has to."""

import json
import signal
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest

from tests.functional.conftest import Server, serving
from tests.functional.subscriber import Subscriber

PATIENCE_SECONDS: Final = 15.0
"""A process that died takes its subscribers off the list within this time."""


@pytest.fixture
def asked(processes: tuple[Server, Server]) -> Server:
    return processes[0]


@pytest.fixture
def door(processes: tuple[Server, Server]) -> Server:
    return processes[1]


def call(server: Server, path: str, method: str = "GET", **said: str) -> tuple[int, Any]:
    query = f"?{urllib.parse.urlencode(said)}" if said else ""
    request = urllib.request.Request(
        f"{server.url}api/v1/{path}{query}", method=method, headers={"Authorization": f"Bearer {server.token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            body = answer.read()
            return answer.status, json.loads(body) if body else None
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def listed(server: Server, **said: str) -> list[dict[str, Any]]:
    status, answer = call(server, "subscribers/", **said)
    assert status == 200, answer
    rows: list[dict[str, Any]] = answer["results"]
    return rows


def until(server: Server, holds: Callable[[list[dict[str, Any]]], bool], **said: str) -> list[dict[str, Any]]:
    """Ask until the list is as it should be: a process hears of another within a second or two."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds(rows := listed(server, **said)):
        assert time.monotonic() < deadline, rows
        time.sleep(0.05)
    return rows


class TestSubscribers:
    def test_of_every_process_are_found_by_the_topic_that_they_would_receive(self, asked: Server, door: Server) -> None:
        with Subscriber(door) as auditor, Subscriber(door) as operator:
            auditor.subscribe("audit", "audit_trail:*")
            operator.subscribe("health", "*")
            mine = auditor.connected["connection"]
            until(asked, lambda rows: len(rows) == 2)

            rows = listed(asked, topic="audit_trail:admin_operations")

            assert [row["id"] for row in rows] == [mine]
            assert rows[0]["patterns"] == ["audit audit_trail:*"]
            assert rows[0]["process"] == auditor.connected["process"]
            assert rows[0]["address"] == "127.0.0.1"
            assert listed(asked, topic="incident_alerts:web") == []

    def test_are_told_what_they_follow_and_how_far_they_are(self, asked: Server, door: Server) -> None:
        with Subscriber(door) as auditor:
            told = auditor.subscribe("lifecycle", "*", durable="nightly")
            mine = auditor.connected["connection"]
            until(asked, lambda rows: mine in [row["id"] for row in rows])
            receipts = [auditor.publish("lifecycle", "process_lifecycle:api", "started") for _ in range(3)]
            auditor.expect_event(id=receipts[2]["id"])
            stream = receipts[0]["stream"]
            first = f"{receipts[0]['epoch']}:{receipts[0]['offset']}"
            auditor.say("ack", {"sub": told["sub"], "positions": {stream: first}})
            auditor.settled("lifecycle")

            [followed, *_] = call(asked, f"subscribers/{mine}/")[1]["following"]

            assert followed["durable"] == "nightly"
            assert followed["acknowledged"] == {stream: first}
            assert followed["unacknowledged"] == 2
            assert followed["streams"].keys() == told["streams"].keys()
            assert followed["policy"] == "close"

    def test_that_is_stuck_is_sent_away_for_good_with_the_reason(self, asked: Server, door: Server) -> None:
        with Subscriber(door, receive_buffer_bytes=4096) as stuck, Subscriber(door) as publisher:
            stuck.subscribe("metrics", "*")
            mine = stuck.connected["connection"]
            until(asked, lambda rows: mine in [row["id"] for row in rows])
            event = {"topic": "performance_metrics:api", "event_type": "told", "data": "x" * 8_000}
            for _ in range(40):
                publisher.publish_all("metrics", [event] * 10)
            [slowest, *_] = until(asked, lambda rows: rows[0]["id"] == mine and rows[0]["queued_bytes"] > 100_000)
            assert not slowest["keeps_up"]

            status, answer = call(asked, f"subscribers/{mine}/", "DELETE", reason="OPS-1311: it is stuck")

            assert status == 204, answer
            assert stuck.expect_close() == 4503
            until(asked, lambda rows: mine not in [row["id"] for row in rows])
            assert call(asked, f"subscribers/{mine}/", "DELETE")[0] == 404
            [said, *_] = audited(asked, "subscriber_disconnected")
            assert said["data"]["reason"] == "OPS-1311: it is stuck"

    def test_that_reads_is_told_why_in_full(self, asked: Server, door: Server) -> None:
        with Subscriber(door) as follower:
            mine = follower.connected["connection"]
            until(asked, lambda rows: mine in [row["id"] for row in rows])
            reason = "OPS-1312: " + "it asks for too much, " * 10

            call(asked, f"subscribers/{mine}/", "DELETE", reason=reason)

            assert follower.expect_close() == 4503
            assert follower.of("bye") == [{"code": 4503, "reason": reason.strip()}]


def audited(server: Server, event_type: str) -> list[dict[str, Any]]:
    """Return what `audit` has of a type, newest first."""
    status, answer = call(server, "instances/audit/events/", event_type=event_type, order="desc")
    assert status == 200, answer
    events: list[dict[str, Any]] = answer["results"]
    return events


class TestProcessThatDies:
    def test_takes_its_subscribers_off_the_list(self, tmp_path: Path, redis_url: str) -> None:
        with ExitStack() as stack:
            asked = stack.enter_context(serving(tmp_path, settings={"REDIS_URL": redis_url}))
            dying = stack.enter_context(serving(tmp_path, like=asked))
            stays = stack.enter_context(Subscriber(asked)).connected["connection"]
            stack.enter_context(Subscriber(dying))
            until(asked, lambda rows: len(rows) == 2)

            dying.stop(signal.SIGKILL)

            rows = until(asked, lambda rows: len(rows) == 1)
            assert rows[0]["id"] == stays
