"""An operator asks what goes through the hub: whichever process takes it in, and whichever one is asked."""

import subprocess
import sys
from functools import partial
from typing import Final

import pytest

from tests.conftest import ROOT
from tests.functional.conftest import Server
from tests.functional.explorer import asked, call, until
from tests.functional.subscriber import Subscriber

IN_A_SCRIPT: Final = """
import time
from django.conf import settings
from instances.publishing import publish
for _ in range(200):
    assert publish("lifecycle", "process_lifecycle:script", "script_ran").accepted
    time.sleep(0.05)
"""


@pytest.fixture
def door(processes: tuple[Server, Server]) -> Server:
    return processes[0]


@pytest.fixture
def other(processes: tuple[Server, Server]) -> Server:
    return processes[1]


class TestExplorer:
    def test_tells_a_topic_with_rate_publisher_and_listener_at_every_process(self, door: Server, other: Server) -> None:
        with Subscriber(door) as publisher, Subscriber(other) as follower:
            follower.subscribe("health", "process_health:*")
            receipts = [publisher.publish("health", "process_health:api", "checked") for _ in range(5)]
            follower.expect_event(id=receipts[-1]["id"])

            for server in (door, other):
                told = until(
                    partial(asked, server, "instances/health/topics/", pattern="process_health:api"),
                    # Totals are sampled once a second.
                    lambda answer: (
                        answer["results"]
                        and answer["results"][0]["listeners"] == 1
                        and answer["families"][0]["total"] == 5
                    ),
                )

                [row] = told["results"]
                assert row["topic"] == "process_health:api"
                assert 0 < row["events_per_second"] <= 5
                assert row["bytes_per_second"] > row["events_per_second"] * 200
                assert row["last_id"] == receipts[-1]["id"]
                assert row["last_event_type"] == "checked"
                assert len(row["publishers"]) == 1
                [family] = told["families"]
                assert (family["name"], family["total"], family["seen"]["topics"]) == ("process_health", 5, 1)
                assert family["last_event"]["topic"] == "process_health:api"

    def test_adds_up_what_several_processes_took_in(self, door: Server, other: Server) -> None:
        with Subscriber(door) as one, Subscriber(other) as another:
            one.publish_all("metrics", [{"topic": "performance_metrics:both", "event_type": "told"}] * 30)
            last = another.publish("metrics", "performance_metrics:both", "told_last")

            told = until(
                lambda: asked(door, "instances/metrics/topics/", pattern="performance_metrics:both"),
                lambda answer: answer["results"] and answer["results"][0]["last_id"] == last["id"],
            )

            assert told["matched"]["topics"] == 1
            assert told["exact"]
            assert told["results"][0]["last_event_type"] == "told_last"
            assert told["matched"]["events_per_second"] > 31 / 60 * 0.9

    def test_names_the_family_that_an_undeclared_one_may_be_meant_for(self, door: Server, other: Server) -> None:
        with Subscriber(door) as publisher:
            publisher.publish("health", "proces_health:api", "checked")

            told = until(
                lambda: asked(other, "instances/health/topics/"),
                lambda answer: any(not family["declared"] for family in answer["families"]),
            )

            [undeclared] = [family for family in told["families"] if not family["declared"]]
            assert 'did you mean "process_health"?' in undeclared["warning"]

    def test_tells_evidence_once_it_is_on_record(self, door: Server, other: Server) -> None:
        with Subscriber(door) as publisher:
            receipt = publisher.publish("security", "authentication_events:explored", "door_opened")

            told = until(
                lambda: asked(other, "instances/security/topics/", pattern="*:explored"),
                lambda answer: answer["results"],
            )

            assert [row["last_id"] for row in told["results"]] == [receipt["id"]]

    def test_tells_what_a_pattern_would_bring_before_it_is_followed(self, door: Server, other: Server) -> None:
        with Subscriber(door) as publisher, Subscriber(other) as follower:
            follower.subscribe("system", "*")
            publisher.publish_all(
                "system", [{"topic": f"system_status:{name}", "event_type": "told"} for name in ("a", "b", "c")]
            )

            told = until(
                lambda: asked(door, "instances/system/pattern/", pattern="system_status:*"),
                lambda answer: answer["matched"]["topics"] >= 3 and answer["subscribers"]["wider"],
            )

            assert {row["topic"] for row in told["results"]} >= {"system_status:a", "system_status:b"}
            assert told["streams"] == ["system.system_status"]
            assert told["policy"] == "close"
            assert told["may"] == {"subscribe": True, "query": True, "personal": True, "subscribable": ["*"]}
            assert told["subscribers"] == {"same": 0, "wider": 1, "part": 0}
            assert told["anybody"]["topics"] == told["matched"]["topics"]

    def test_says_what_is_wrong_with_a_pattern(self, door: Server) -> None:
        status, problem = call(door, "instances/health/pattern/", pattern="sub*:x")

        assert (status, problem["code"]) == (400, "bad_pattern")
        assert "whole segment" in problem["detail"]


class TestScript:
    def test_that_only_publishes_is_seen_too(self, processes: tuple[Server, Server], door: Server) -> None:
        if processes[0] is processes[1]:
            pytest.skip("without Redis only the serving process takes events in")
        script = subprocess.Popen(
            [sys.executable, "manage.py", "shell", "-c", IN_A_SCRIPT], cwd=ROOT, env=door.environment
        )
        try:
            told = until(
                lambda: asked(door, "instances/lifecycle/topics/", pattern="process_lifecycle:script"),
                lambda answer: answer["results"],
            )
        finally:
            script.terminate()
            script.wait(10)

        assert told["processes"] == 3
        assert told["results"][0]["last_event_type"] == "script_ran"
