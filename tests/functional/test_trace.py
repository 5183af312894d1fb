"""An operator follows events through the hub: from the door of one process to the sockets of another."""

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.functional.conftest import Server
from tests.functional.explorer import asked, call, until
from tests.functional.subscriber import Subscriber


@pytest.fixture
def door(processes: tuple[Server, Server]) -> Server:
    return processes[0]


@pytest.fixture
def other(processes: tuple[Server, Server]) -> Server:
    return processes[1]


Trace = Callable[..., str]


@pytest.fixture
def trace(other: Server) -> Iterator[Trace]:
    """Give a function that starts a trace, which ends with the test, at the process that events do not enter by."""
    started: list[str] = []

    def start(**said: object) -> str:
        status, answer = call(other, "traces/", "POST", {"reason": "OPS-1320: a test"} | said)
        assert status == 201, answer
        started.append(answer["id"])
        return started[-1]

    yield start
    for id in started:
        call(other, f"traces/{id}/", "DELETE")


def steps(server: Server, trace: str, *wanted: str, event: str | None = None) -> dict[str, dict[str, Any]]:
    """Return the steps of an event by their names, once all that are wanted are there."""

    def ask() -> dict[str, dict[str, Any]]:
        told = asked(server, f"traces/{trace}/")
        return {step["step"]: step for step in told["steps"] if event is None or step["event"] == event}

    found: dict[str, dict[str, Any]] = until(ask, lambda found: set(wanted) <= set(found))
    return found


def settle(server: Server, trace: str, other: Server) -> None:
    """Wait until both processes know of the trace; the second hears of the first within a second or two."""
    count = len({server.port, other.port})
    until(partial(asked, server, f"traces/{trace}/"), lambda told: told["processes"] == count)


class TestTrace:
    def test_follows_an_event_from_its_publisher_to_its_followers(
        self, door: Server, other: Server, trace: Trace
    ) -> None:
        with Subscriber(door) as publisher, Subscriber(other) as follower:
            follower.subscribe("health", "process_health:*")
            traced = trace(instance="health", pattern="process_health:api")
            settle(other, traced, door)

            receipt = publisher.publish("health", "process_health:api", "checked", data={"secret": "of-nobody"})
            follower.expect_event(id=receipt["id"])

            wanted = ("accepted", "stored", "broadcast", "arrived", "delivered")
            for server in (door, other):
                found = steps(server, traced, *wanted, event=receipt["id"])
                position = f"{receipt['epoch']}:{receipt['offset']}"
                assert (found["stored"]["stream"], found["stored"]["position"]) == (receipt["stream"], position)
                assert found["accepted"]["message"] == "by WebSocket"
                assert found["accepted"]["process"] == publisher.connected["process"]
                assert found["delivered"]["process"] == follower.connected["process"]
                assert [each["id"] for each in found["delivered"]["connections"]] == [follower.connected["connection"]]
                assert found["delivered"]["position"] == position
                assert {step["publisher"] for step in found.values()} == {found["accepted"]["publisher"]}
                assert "of-nobody" not in json.dumps(asked(server, f"traces/{traced}/"))

    def test_passes_over_what_it_does_not_follow(self, door: Server, other: Server, trace: Trace) -> None:
        with Subscriber(door) as publisher:
            traced = trace(instance="health", pattern="process_health:api")
            settle(other, traced, door)

            publisher.publish("health", "process_health:web", "checked")
            last = publisher.publish("health", "process_health:api", "checked")

            steps(other, traced, "broadcast", event=last["id"])
            assert {step["event"] for step in asked(other, f"traces/{traced}/")["steps"]} == {last["id"]}

    def test_tells_why_an_event_is_refused(self, door: Server, other: Server, trace: Trace) -> None:
        traced = trace(instance="health", pattern="process_health:*")
        settle(other, traced, door)
        bad = {"topic": "process_health:api", "event_type": "checked", "timestamp": -1}

        status, _ = call(door, "instances/health/events/", "POST", bad)

        assert status == 400
        found = steps(other, traced, "refused")["refused"]
        assert (found["topic"], found["code"]) == ("process_health:api", "bad_request")
        assert "timestamp -1 is out of range" in found["message"]

    def test_of_a_publisher_tells_also_what_had_no_topic(self, door: Server, other: Server, trace: Trace) -> None:
        with Subscriber(door) as publisher:
            receipt = publisher.publish("events", "business_events:named", "ordered")
            [row] = asked(door, "instances/events/topics/", pattern="business_events:named")["results"]
            traced = trace(publisher=row["publishers"][0])
            settle(other, traced, door)

            call(door, "instances/events/events/", "POST", {"topic": 7})
            receipt = publisher.publish("events", "business_events:named", "ordered")

            assert steps(other, traced, "refused")["refused"]["topic"] is None
            assert steps(other, traced, "stored", event=receipt["id"])["stored"]["instance"] == "events"

    def test_tells_evidence_committed_then_numbered_and_nothing_that_is_personal(
        self, door: Server, other: Server, trace: Trace
    ) -> None:
        with Subscriber(door) as publisher, Subscriber(other) as follower:
            follower.subscribe("security", "*")
            traced = trace(instance="security", pattern="authentication_events:*")
            settle(other, traced, door)
            personal = {"user_id": "ada-lovelace", "ip_address": "203.0.113.7", "reason": "invalid_credentials"}

            receipt = publisher.publish(
                "security", "authentication_events:failures", "authentication_failure", data=personal
            )
            bad = {
                "topic": "authentication_events:failures",
                "event_type": "authentication_failure",
                "data": {**personal, "user_id": ["ada-lovelace"]},
            }
            call(door, "instances/security/events/", "POST", bad)
            follower.expect_event(id=receipt["id"])

            found = steps(other, traced, "accepted", "committed", "numbered", "delivered", event=receipt["id"])
            assert found["numbered"]["position"] == found["delivered"]["position"]
            refused = steps(other, traced, "refused")["refused"]
            assert (refused["code"], "shows nothing of the data" in refused["message"]) == ("bad_schema", True)
            told = json.dumps(asked(other, f"traces/{traced}/"))
            assert not any(word in told for word in ("ada-lovelace", "203.0.113.7"))

    def test_tells_for_whom_an_event_was_dropped(self, door: Server, other: Server, trace: Trace) -> None:
        with Subscriber(door) as publisher, Subscriber(other, receive_buffer_bytes=4096) as stuck:
            stuck.subscribe("metrics", "*")
            traced = trace(instance="metrics", pattern="performance_metrics:*")
            settle(other, traced, door)
            event = {"topic": "performance_metrics:api", "event_type": "told", "data": "x" * 8_000}

            deadline = time.monotonic() + 30
            found: dict[str, Any] = {}
            while "dropped" not in found and time.monotonic() < deadline:
                publisher.publish_all("metrics", [event] * 10)
                found = {step["step"]: step for step in asked(other, f"traces/{traced}/")["steps"]}

            assert [each["id"] for each in found["dropped"]["connections"]] == [stuck.connected["connection"]]
            assert found["dropped"]["process"] == stuck.connected["process"]

    def test_is_on_record_and_ends_when_it_is_stopped(self, door: Server, other: Server, trace: Trace) -> None:
        with Subscriber(door) as publisher:
            traced = trace(instance="system", pattern="system_status:*", seconds=60)
            settle(other, traced, door)

            status, _ = call(door, f"traces/{traced}/", "DELETE", reason="OPS-1320: found")
            publisher.publish("system", "system_status:later", "told")

            assert status == 204
            told = asked(other, f"traces/{traced}/")
            assert not told["trace"]["running"]
            assert told["steps"] == []
            for event_type, reason in (("trace_started", "OPS-1320: a test"), ("trace_stopped", "OPS-1320: found")):
                [*_, first] = asked(door, "instances/audit/events/", event_type=event_type, resource=f"trace:{traced}")[
                    "results"
                ][::-1]
                assert (first["data"]["reason"], first["data"]["outcome"]) == (reason, "started")
            assert call(door, f"traces/{traced}/", "DELETE")[0] == 404

    def test_ends_by_itself(self, door: Server, other: Server, trace: Trace) -> None:
        traced = trace(instance="system", pattern="system_status:*", seconds=1)

        until(partial(asked, other, f"traces/{traced}/"), lambda told: not told["trace"]["running"])

    def test_is_one_of_a_few(self, door: Server, other: Server, trace: Trace) -> None:
        most = asked(door, "traces/")["most"]
        for _ in range(most):
            trace(instance="system", pattern="system_status:*")

        status, problem = call(other, "traces/", "POST", {"instance": "system", "pattern": "*", "reason": "one more"})

        assert (status, problem["code"]) == (409, "limit_exceeded")
