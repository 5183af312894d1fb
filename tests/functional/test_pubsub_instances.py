"""The specification's section "Testing", through the real server."""

import json
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import psutil
import pytest

from instances.catalog import INSTANCES, NAMES, find
from instances.spec import InstanceSpec
from tests.conftest import ROOT
from tests.functional.conftest import END_SECONDS, Server, serving
from tests.functional.subscriber import PATIENCE_SECONDS, Event, Subscriber, post

CONFIGURATION_SECONDS: Final = 5.0
"""What operators set holds in 2 s; a shared machine may take longer."""
ALERT_SECONDS: Final = 5.0
SMALL_BUFFER_BYTES: Final = 4_096

TAKEN = {True: 201, False: 202}
"""The status of an answer, by whether the journal keeps the events."""


def own(family: str) -> str:
    """Return a topic that no other test, nor the hub itself, uses."""
    return f"{family}:t{uuid.uuid4().hex}"


def numbered(topic: str, numbers: range, *, filling: str = "") -> list[Event]:
    """Return a batch whose events say their numbers."""
    return [{"topic": topic, "event_type": "counted", "data": [number, filling]} for number in numbers]


def numbers_of(events: list[Event]) -> list[int]:
    return [event["data"][0] for event in events]


def subscribers(stack: ExitStack, server: Server, count: int, instance: str, pattern: str) -> list[Subscriber]:
    """Return so many subscribers of a pattern, each on a connection of its own."""
    made = [stack.enter_context(Subscriber(server)) for _ in range(count)]
    for subscriber in made:
        subscriber.subscribe(instance, pattern)
    return made


class TestIsolationAndIndependence:
    def test_keep_a_topic_of_one_instance_from_the_subscribers_of_the_others(self, server: Server) -> None:
        topic = own("event_stream")
        with ExitStack() as stack:
            publisher = stack.enter_context(Subscriber(server))
            readers = {name: subscribers(stack, server, 1, name, topic)[0] for name in NAMES}

            for name in NAMES:
                publisher.publish(name, topic, data=name)

            for name, reader in readers.items():
                reader.settled(name)
                assert [(event["instance"], event["data"]) for event in reader.events] == [(name, name)]

    def test_bring_alerts_while_metrics_are_flooded_and_nobody_reads_them(self, server: Server) -> None:
        flooded, alerting = own("performance_metrics"), own("system_alerts")

        def flood() -> list[tuple[int, int]]:
            statuses = []
            for start in range(0, 10_000, 500):
                batch = numbered(flooded, range(start, start + 500), filling="x" * 500)
                taken, _ = post(server, "metrics", batch)
                refused, _ = post(server, "metrics", [*batch[:100], {"topic": "a::b", "event_type": "bad"}])
                statuses.append((taken, refused))
            return statuses

        with ExitStack() as stack:
            pool = stack.enter_context(ThreadPoolExecutor(1))
            for _ in range(10):
                idle = stack.enter_context(Subscriber(server, receive_buffer_bytes=SMALL_BUFFER_BYTES))
                idle.subscribe("metrics", flooded)
            publisher = stack.enter_context(Subscriber(server))
            [reader] = subscribers(stack, server, 1, "alerts", alerting)
            flooding = pool.submit(flood)
            published = 0
            while not flooding.done():
                began = time.monotonic()
                receipts = publisher.publish_all("alerts", numbered(alerting, range(published, published + 3)))
                published += 3
                reader.expect_event(id=receipts[-1]["id"])
                assert time.monotonic() - began < ALERT_SECONDS

            assert flooding.result() == [(202, 400)] * 20
            assert published >= 9
            reader.settled("alerts")
            assert numbers_of(reader.events) == list(range(published))
            assert reader.of("gap") == []

    def test_refuse_for_a_disabled_instance_while_the_others_take_events(self, server: Server) -> None:
        topic = own("system_status")
        with Subscriber(server) as reader:
            reader.subscribe("system", topic)
            try:
                _enable(server, "system", enabled=False)
                _poll(server, "system", 409)
                status, problem = post(server, "system", {"topic": topic, "event_type": "refused"})
                assert (status, problem["code"]) == (409, "instance_disabled")
                answer = reader.ask("publish", {"instance": "system", "topic": topic, "event_type": "refused"})
                assert answer["error"]["code"] == "instance_disabled"
                for name in NAMES:
                    if name != "system":
                        status, _ = post(server, name, {"topic": own("elsewhere"), "event_type": "told"})
                        assert status == TAKEN[find(name).delivery.journaled]
            finally:
                _enable(server, "system", enabled=True)
                _poll(server, "system", 202)
            # The subscription has outlived it.
            receipt = reader.publish("system", topic, "taken")
            reader.settled("system")
            assert [(event["id"], event["event_type"]) for event in reader.events] == [(receipt["id"], "taken")]


def _enable(server: Server, instance: str, *, enabled: bool) -> None:
    change = f"update_or_create(instance={instance!r}, defaults={{'enabled': {enabled}}})"
    server.manage("shell", "-c", f"from instances.models import InstanceConfig as C; C.objects.{change}")


def _poll(server: Server, instance: str, wanted: int) -> None:
    """Publish until the hub answers as wanted, which is when it has read its configuration."""
    deadline = time.monotonic() + CONFIGURATION_SECONDS
    event = {"topic": own("asked"), "event_type": "asked"}
    while (status := post(server, instance, event)[0]) != wanted:
        assert time.monotonic() < deadline, f"{instance} still answers {status}."


class TestRoutingAndDelivery:
    def test_deliver_the_largest_batch_whole_to_a_subscriber_that_reads(self, server: Server) -> None:
        """A batch within the limits is more than a mailbox holds, which must not make its reader a slow one."""
        batch = [
            {"topic": "event_stream:large", "event_type": "appended", "data": [number, "x" * 3_800]}
            for number in range(1_000)
        ]
        with Subscriber(server) as reader, ThreadPoolExecutor(1) as pool:
            reader.subscribe("events", "event_stream:large")
            posted = pool.submit(post, server, "events", batch)

            reader.expect(lambda frame: frame.get("event", {}).get("data", [0])[0] == 999)

            assert posted.result()[0] == 202
            assert [event["data"][0] for event in reader.events] == list(range(1_000))

    def test_deliver_each_event_to_each_subscriber_once_and_in_order(self, server: Server) -> None:
        topic = own("event_stream")
        with ExitStack() as stack:
            publisher = stack.enter_context(Subscriber(server))
            readers = subscribers(stack, server, 20, "events", topic)
            ids = []
            for start in range(0, 500, 100):
                receipts = publisher.publish_all("events", numbered(topic, range(start, start + 100)))
                ids += [receipt["id"] for receipt in receipts]

            for reader in readers:
                reader.settled("events")
                assert [event["id"] for event in reader.events] == ids
                assert numbers_of(reader.events) == list(range(500))
                assert reader.of("gap") == []

    def test_deliver_once_what_two_patterns_of_a_connection_match(self, server: Server) -> None:
        topic = own("event_stream")
        with Subscriber(server) as reader:
            reader.subscribe("events", f"{topic}:*")
            reader.subscribe("events", "event_stream:*:placed")

            reader.publish_all("events", numbered(f"{topic}:placed", range(3)))

            reader.settled("events")
            assert numbers_of(reader.events) == [0, 1, 2]

    @pytest.mark.parametrize(
        ("pattern", "received"),
        [
            pytest.param("{family}:one:placed", ["{family}:one:placed"], id="literal"),
            pytest.param(
                "{family}:*:placed", ["{family}:one:placed", "{family}:two:placed"], id="a star in the middle"
            ),
            pytest.param(
                "*",
                ["{family}", "{family}:one", "{family}:one:placed", "{family}:two:placed", "{family}:one:two:placed"],
                id="a lone star",
            ),
        ],
    )
    def test_route_by(self, server: Server, pattern: str, received: list[str]) -> None:
        family = f"t{uuid.uuid4().hex}"
        endings = ("", ":one", ":one:placed", ":two:placed", ":one:two:placed")
        with Subscriber(server) as reader:
            reader.subscribe("logging", pattern.format(family=family))

            reader.publish_all("logging", [{"topic": family + end, "event_type": "routed"} for end in endings])

            reader.settled("logging")
            topics = [event["topic"] for event in reader.events if event["topic"].startswith(family)]
            assert topics == [topic.format(family=family) for topic in received]

    @pytest.mark.parametrize(
        "value",
        [
            pytest.param(None, id="null"),
            pytest.param({}, id="an empty object"),
            pytest.param([], id="an empty array"),
            pytest.param("", id="an empty text"),
            pytest.param('Grüße \u2028 "🔥"\n\x01', id="a text"),
            pytest.param(0, id="nought"),
            pytest.param(-12345678901234567890, id="a large number"),
            pytest.param(149.9, id="a fraction"),
            pytest.param(False, id="false"),
            pytest.param({"a": [1, {"b": [None, {"": [[]]}]}], "c": True}, id="nested"),
        ],
    )
    def test_deliver_as_it_is(self, server: Server, value: object) -> None:
        topic = own("event_stream")
        with Subscriber(server) as reader:
            reader.subscribe("events", topic)

            reader.publish("events", topic, data=value)
            status, _ = post(server, "events", {"topic": topic, "event_type": "told", "data": value})

            assert status == 202
            reader.settled("events")
            # As JSON, because to Python 0 is False.
            assert [json.dumps(event["data"]) for event in reader.events] == [json.dumps(value)] * 2


class TestErrorsAndResilience:
    def test_tell_clients_to_come_back_when_the_process_ends(self, server: Server, tmp_path: Path) -> None:
        with serving(tmp_path, like=server) as another, Subscriber(another) as client:
            another.process.send_signal(signal.SIGTERM)

            bye = client.expect(lambda frame: "bye" in frame)["bye"]

            assert bye["code"] == 4001
            assert 0 < bye["retry_after_ms"] <= 5_000
            assert client.expect_close() == 4001
            another.process.wait(END_SECONDS)

    def test_refuse_a_batch_for_one_bad_event_and_name_it(self, server: Server) -> None:
        topic = own("event_stream")
        batch = numbered(topic, range(3))
        batch[1]["topic"] = "event_stream::"
        with Subscriber(server) as client:
            client.subscribe("events", topic)

            status, problem = post(server, "events", batch)
            answer = client.ask("publish", [{"instance": "events", **event} for event in batch])

            assert status == 400
            for errors in (problem["errors"], answer["error"]["errors"]):
                assert [(error["index"], error["code"]) for error in errors] == [(1, "bad_topic")]
            client.settled("events")
            assert client.events == []

    def test_cut_off_who_reads_no_events_and_spare_the_neighbour(self, server: Server) -> None:
        topic = own("event_stream")
        with (
            Subscriber(server) as publisher,
            Subscriber(server) as neighbour,
            Subscriber(server, receive_buffer_bytes=SMALL_BUFFER_BYTES) as idle,
        ):
            neighbour.subscribe("events", topic)
            idle.subscribe("events", topic)
            for start in range(0, 4_000, 50):
                batch = numbered(topic, range(start, start + 50), filling="x" * 2_000)
                receipts = publisher.publish_all("events", batch)
                neighbour.expect_event(id=receipts[-1]["id"])

            assert idle.expect_close() in (4008, 1006)
            # What came before the end is whole: nothing was left out in silence.
            assert numbers_of(idle.events) == list(range(len(idle.events)))
            assert len(idle.events) < 4_000
            neighbour.settled("events")
            assert numbers_of(neighbour.events) == list(range(4_000))
            assert neighbour.of("gap") == []

    def test_count_for_a_late_reader_of_metrics_what_it_missed(self, server: Server) -> None:
        topic = own("performance_metrics")
        offsets = []
        with (
            Subscriber(server) as publisher,
            Subscriber(server, receive_buffer_bytes=SMALL_BUFFER_BYTES) as late,
        ):
            late.subscribe("metrics", topic)
            for start in range(0, 4_000, 50):
                batch = numbered(topic, range(start, start + 50), filling="x" * 2_000)
                offsets += [receipt["offset"] for receipt in publisher.publish_all("metrics", batch)]

            late.settled("metrics")

            gaps = late.of("gap")
            assert {gap["reason"] for gap in gaps} == {"slow"}
            assert sum(gap["lost"] for gap in gaps) + len(late.events) == 4_000
            missed = [offset for gap in gaps for offset in range(gap["from"], gap["to"] + 1)]
            assert sorted(missed + [event["offset"] for event in late.events]) == offsets
            assert numbers_of(late.events) == sorted(set(numbers_of(late.events)))


class TestPerformanceCharacteristics:
    def test_spend_less_than_in_proportion_on_more_subscribers(self, server: Server) -> None:
        """A ratio within one run, so that the speed of the machine is of no matter."""
        _cpu_seconds(server, 5)  # Once for nothing: what is made at the first time is made for both.

        few, many = _cpu_seconds(server, 5), _cpu_seconds(server, 50)

        assert many < 10 * few + 0.1, f"{many:.2f} s for 50 subscribers, {few:.2f} s for 5."


def _cpu_seconds(server: Server, count: int) -> float:
    """Return what 2,000 events to so many subscribers cost the server."""
    topic = own("event_stream")
    with ExitStack() as stack:
        publisher = stack.enter_context(Subscriber(server))
        readers = subscribers(stack, server, count, "events", topic)
        process = psutil.Process(server.process.pid)
        before = process.cpu_times()
        for start in range(0, 2_000, 500):
            receipts = publisher.publish_all("events", numbered(topic, range(start, start + 500)))
            for reader in readers:
                reader.expect_event(id=receipts[-1]["id"])
        after = process.cpu_times()
        assert all(numbers_of(reader.events) == list(range(2_000)) for reader in readers)
    return (after.user + after.system) - (before.user + before.system)


class TestTypicalUsage:
    def test_follow_from_a_shell_what_is_published_in_three_ways(self, server: Server) -> None:
        topic = own("subscription_health")
        shell = replace(
            server, environment=server.environment | {"GATERHUB_URL": server.url, "GATERHUB_TOKEN": server.token}
        )
        with _tailing(shell, "health", f"{topic}:*") as lines, Subscriber(server) as client:
            data = {"store_id": "prod"}
            status, taken = post(server, "health", {"topic": f"{topic}:http", "event_type": "told", "data": data})
            assert status == 202
            assert taken["events"][0]["id"] == next(lines)["id"]

            said = json.loads(shell.manage("publish", "health", f"{topic}:shell", "told", "--data", json.dumps(data)))
            followed = next(lines)
            assert said["events"][0]["id"] == followed["id"]
            assert (followed["topic"], followed["event_type"], followed["data"]) == (f"{topic}:shell", "told", data)

            receipt = client.publish("health", f"{topic}:socket", data=data)
            assert receipt["id"] == next(lines)["id"]

    @pytest.mark.parametrize("spec", INSTANCES, ids=NAMES)
    def test_take_and_deliver_the_example_of(self, server: Server, spec: InstanceSpec) -> None:
        example = {
            "topic": spec.example.topic,
            "event_type": spec.example.event_type,
            "data": spec.example.data,
            "metadata": spec.example.metadata,
        }
        with Subscriber(server) as client:
            client.subscribe(spec.aliases[0], spec.example.topic)

            status, taken = post(server, spec.aliases[0], example)

            assert (status, taken["warnings"]) == (TAKEN[spec.delivery.journaled], [])
            event = client.expect_event(id=taken["events"][0]["id"])
            assert event["instance"] == spec.name
            assert {name: event[name] for name in example} == example


@contextmanager
def _tailing(shell: Server, instance: str, pattern: str) -> Iterator[Iterator[Event]]:
    """Give the events that `manage.py tail` prints, from when it follows until it is interrupted."""
    command = [sys.executable, "manage.py", "tail", instance, pattern]
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(1))
        tail = stack.enter_context(
            subprocess.Popen(
                command, cwd=ROOT, env=shell.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        )
        # Reading in the pool's thread ends with the process, on the way out.
        stack.callback(tail.kill)
        assert tail.stdout is not None
        assert tail.stderr is not None
        ready: Future[str] = pool.submit(tail.stderr.readline)
        assert ready.result(PATIENCE_SECONDS) == f"Following {pattern} of {instance}.\n"
        output = tail.stdout
        yield iter(lambda: json.loads(pool.submit(output.readline).result(PATIENCE_SECONDS)), None)
        tail.send_signal(signal.SIGINT)
        assert tail.wait(END_SECONDS) == 0
