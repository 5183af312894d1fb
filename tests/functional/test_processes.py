"""One hub of several processes on one Redis, and what becomes of it when a process or Redis itself dies.

The aggregates' events are used, because the hub itself publishes none.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import psutil
import pytest
import redis

from tests.conftest import ROOT
from tests.functional.conftest import END_SECONDS, START_SECONDS, Server, free_port, serving, wait_until_ready
from tests.functional.own_redis import OwnRedis
from tests.functional.subscriber import Event, Frame, Subscriber, post

MEETING_SECONDS: Final = 30.0
"""For a new connection to fall to a certain process; the kernel deals them out by chance."""
REFUSAL_SECONDS: Final = 3.0
RECOVERY_SECONDS: Final = 10.0


def pid_of(subscriber: Subscriber) -> int:
    """Tell which process serves the socket."""
    return int(subscriber.connected["process"].rpartition("-")[2])


def meet(server: Server, stack: ExitStack, *, known: set[int]) -> Subscriber:
    """Connect again and again until a process answers that isn't known yet."""
    deadline = time.monotonic() + MEETING_SECONDS
    while time.monotonic() < deadline:
        met = Subscriber(server)
        if pid_of(met) not in known:
            return stack.enter_context(met)
        met.close()
    pytest.fail(f"Only the processes {known} answered in {MEETING_SECONDS} s:\n{server.log.read_text()}")


def meet_two(server: Server, stack: ExitStack) -> tuple[Subscriber, Subscriber]:
    """Return a socket on each of two processes."""
    first = meet(server, stack, known=set())
    return first, meet(server, stack, known={pid_of(first)})


def numbered(topic: str, numbers: range, by: str) -> list[Event]:
    return [{"topic": topic, "event_type": "told", "data": {"by": by, "number": number}} for number in numbers]


def offsets_of(told: list[dict[str, Any]]) -> list[int]:
    return [one["offset"] for one in told]


def check_received(subscribers: tuple[Subscriber, ...], receipts: list[Frame]) -> None:
    """See that each got all that was acknowledged, once, in the order of offsets, and that these are dense."""
    by_offset = sorted(receipts, key=lambda receipt: receipt["offset"])
    first = by_offset[0]["offset"]
    assert offsets_of(by_offset) == list(range(first, first + len(receipts)))
    for subscriber in subscribers:
        subscriber.settled("events")
        assert [event["id"] for event in subscriber.events] == [receipt["id"] for receipt in by_offset]
        assert offsets_of(subscriber.events) == offsets_of(by_offset)
        assert subscriber.of("gap") == []


class TestWorkers:
    def test_deliver_what_is_published_on_any_of_them(self, tmp_path: Path, redis_url: str) -> None:
        with (
            serving(tmp_path, "--workers", "2", settings={"REDIS_URL": redis_url}) as server,
            ExitStack() as stack,
        ):
            both = meet_two(server, stack)
            for subscriber in both:
                subscriber.subscribe("events", "aggregate_events:shared")

            receipts = []
            for turn, start in enumerate(range(0, 500, 25)):
                batch = numbered("aggregate_events:shared", range(start, start + 25), "either")
                receipts += both[turn % 2].publish_all("events", batch)

            assert len(receipts) == 500
            check_received(both, receipts)
            assert [event["data"]["number"] for event in both[0].events] == list(range(500))

    def test_are_started_anew_when_they_die(self, tmp_path: Path, redis_url: str) -> None:
        with (
            serving(tmp_path, "--workers", "2", settings={"REDIS_URL": redis_url}) as server,
            ExitStack() as stack,
        ):
            victim, survivor = meet_two(server, stack)
            survivor.subscribe("events", "aggregate_events:shared")

            os.kill(pid_of(victim), signal.SIGKILL)

            assert victim.expect_close() == 1006
            meanwhile = survivor.publish("events", "aggregate_events:shared")
            assert survivor.expect_event(id=meanwhile["id"])["offset"] == meanwhile["offset"]

            successor = meet(server, stack, known={pid_of(victim), pid_of(survivor)})
            successor.subscribe("events", "aggregate_events:shared")
            receipt = successor.publish("events", "aggregate_events:shared")
            check_received((survivor,), [meanwhile, receipt])
            check_received((successor,), [receipt])

    def test_are_refused_where_no_redis_joins_them(self, server: Server) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", "serve", "--workers", "2", "--port", str(free_port())],
            cwd=ROOT,
            env=server.environment,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        assert done.returncode == 1
        # Before it, Django warns of whatever else is noteworthy about the settings.
        assert done.stderr.splitlines()[-1].startswith("CommandError: --workers 2 needs REDIS_URL: ")
        assert "Traceback" not in done.stderr


class TestServers:
    def test_share_streams_through_one_redis(self, tmp_path: Path, redis_url: str) -> None:
        def publish_many(server: Server, by: str) -> list[Frame]:
            with Subscriber(server) as publisher:
                return [
                    publisher.publish_all("events", [event])[0]
                    for event in numbered("aggregate_events:shared", range(150), by)
                ]

        with (
            serving(tmp_path, settings={"REDIS_URL": redis_url}) as first,
            serving(tmp_path, like=first) as second,
            Subscriber(first) as at_first,
            Subscriber(second) as at_second,
            ThreadPoolExecutor(2) as pool,
        ):
            assert pid_of(at_first) != pid_of(at_second)
            for subscriber in (at_first, at_second):
                subscriber.subscribe("events", "aggregate_events:shared")

            one = pool.submit(publish_many, first, "first")
            other = pool.submit(publish_many, second, "second")
            receipts = one.result() + other.result()

            assert len(receipts) == 300
            check_received((at_first, at_second), receipts)
            for by in ("first", "second"):
                own = [event["data"]["number"] for event in at_first.events if event["data"]["by"] == by]
                assert own == list(range(150))

    def test_reach_a_socket_that_was_idle_for_long(self, tmp_path: Path, redis_url: str) -> None:
        """Longer than any time-out of the connections to Redis."""
        with (
            serving(tmp_path, settings={"REDIS_URL": redis_url}) as server,
            Subscriber(server) as subscriber,
        ):
            subscriber.subscribe("events", "aggregate_events:quiet")
            subscriber.subscribe("alerts", "system_alerts:critical")

            subscriber.listen(10.0)

            for instance, topic in (("events", "aggregate_events:quiet"), ("alerts", "system_alerts:critical")):
                status, _ = post(server, instance, {"topic": topic, "event_type": "told"})
                assert status in (201, 202)
                subscriber.expect_event(topic=topic)
            assert subscriber.of("gap") == []


SCRIPT: Final = """
import json, os, sys
import django

django.setup()

from instances.publishing import publish

def publish_many(count):
    results = [publish("events", "aggregate_events:script", "told") for _ in range(count)]
    told = [{"accepted": r.accepted, "id": r.event_id, "error": r.error and r.error.message} for r in results]
    print(json.dumps(told), flush=True)

for line in sys.stdin:
    where, count = line.split()
    if where == "here":
        publish_many(int(count))
    elif (child := os.fork()) == 0:
        publish_many(int(count))
        os._exit(0)
    else:
        os.waitpid(child, 0)
"""
"""Publishes so many events for each line such as "here 200", itself or in a child of its own."""


class Script:
    """A program of somebody's that publishes from Python, beside the hub."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.pid = process.pid
        self._process = process

    def publish(self, count: int, where: str = "here") -> list[str]:
        """Publish, and return the events' ids."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{where} {count}\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        assert [one["error"] for one in told if not one["accepted"]] == []
        return [one["id"] for one in told]

    def redis_connections(self, redis_url: str) -> set[str]:
        """Return the addresses of those of Redis's clients that are this process."""
        own = {f"{end.laddr.ip}:{end.laddr.port}" for end in psutil.Process(self.pid).net_connections("tcp")}
        with redis.Redis.from_url(redis_url) as client:
            return own & {str(listed["addr"]) for listed in client.client_list()}


@contextmanager
def scripting(server: Server) -> Iterator[Script]:
    """Run the script on the server's settings, and see that it ends well by itself."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env=server.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Script(process)
            process.communicate(timeout=END_SECONDS)
        except BaseException:
            process.kill()
            raise
    assert process.returncode == 0


def arrived(subscriber: Subscriber, id: str) -> None:
    """Read until the event is there. Another process answers its publisher before it broadcasts."""
    if not any(event["id"] == id for event in subscriber.events):
        subscriber.expect_event(id=id)


class TestPublish:
    def test_works_in_a_process_that_does_not_serve(self, tmp_path: Path, redis_url: str) -> None:
        with (
            serving(tmp_path, settings={"REDIS_URL": redis_url}) as server,
            Subscriber(server) as subscriber,
            scripting(server) as script,
        ):
            subscriber.subscribe("events", "aggregate_events:script")

            # What is done beside publishing, such as to broadcast, has its connections a moment later.
            ids = script.publish(50)
            few = script.redis_connections(redis_url)
            ids += script.publish(151)
            many = script.redis_connections(redis_url)

            arrived(subscriber, ids[-1])
            assert len(ids) == 201
            assert [event["id"] for event in subscriber.events] == ids
            assert few
            assert many == few

    def test_works_after_a_fork(self, tmp_path: Path, redis_url: str) -> None:
        with (
            serving(tmp_path, settings={"REDIS_URL": redis_url}) as server,
            Subscriber(server) as subscriber,
            scripting(server) as script,
        ):
            subscriber.subscribe("events", "aggregate_events:script")

            ids = script.publish(5) + script.publish(200, "child") + script.publish(5)

            arrived(subscriber, ids[-1])
            assert len(ids) == 210
            assert [event["id"] for event in subscriber.events] == ids


class TestDaphne:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_serves_the_same_protocol(self, server: Server, tmp_path: Path, number: signal.Signals) -> None:
        port, log = free_port(), tmp_path / "daphne.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "runserver", "--noreload", str(port)],
                cwd=ROOT,
                env=server.environment,
                stdout=output,
                stderr=output,
            )
        daphne = Server(port, server.token, server.operator, server.environment, process, log)
        try:
            wait_until_ready(daphne)
            assert "daphne" in log.read_text().lower()
            with Subscriber(daphne) as subscriber:
                assert pid_of(subscriber) == process.pid
                subscriber.subscribe("events", "aggregate_events:*")
                receipts = subscriber.publish_all("events", numbered("aggregate_events:daphne", range(20), "daphne"))
                check_received((subscriber,), receipts)

                assert daphne.stop(number) == 0, log.read_text()
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    """Give a Redis of the test's own, running."""
    own = OwnRedis(tmp_path)
    own.start()
    try:
        yield own
    finally:
        own.kill()


class TestLossOfRedis:
    def test_is_told_to_publishers_and_outlived_by_sockets(self, tmp_path: Path, own_redis: OwnRedis) -> None:
        event = {"topic": "aggregate_events:shared", "event_type": "told"}
        with (
            serving(tmp_path, settings={"REDIS_URL": own_redis.url}) as server,
            Subscriber(server) as subscriber,
            Subscriber(server) as onlooker,
        ):
            for one in (subscriber, onlooker):
                one.subscribe("events", "aggregate_events:shared")
            check_received((subscriber, onlooker), [subscriber.publish("events", **event)])

            own_redis.kill()

            started = time.monotonic()
            status, problem = post(server, "events", event)
            assert (status, problem["code"]) == (503, "unavailable")
            assert time.monotonic() - started <= REFUSAL_SECONDS
            started = time.monotonic()
            refused = subscriber.ask("publish", {"instance": "events", **event})
            assert refused["error"]["code"] == "unavailable"
            assert refused["error"]["retry"] is True
            assert time.monotonic() - started <= REFUSAL_SECONDS

            own_redis.start()

            # The hub finds back its ways in and out by itself, one after the other.
            accepted: set[str] = set()
            deadline = time.monotonic() + RECOVERY_SECONDS
            while not all(any(got["id"] in accepted for got in one.events) for one in (subscriber, onlooker)):
                assert time.monotonic() < deadline, (accepted, subscriber.frames[-5:], server.log.read_text())
                answer = subscriber.ask("publish", {"instance": "events", **event})
                if "published" in answer:
                    accepted.add(answer["published"]["events"][0]["id"])
                for one in (subscriber, onlooker):
                    # What is still on its way arrives meanwhile, and the answer tells that the socket is open.
                    one.listen(0.1)
                    one.subscribe("events", "aggregate_events:shared")

            again = subscriber.publish_all("events", numbered("aggregate_events:shared", range(20), "again"))
            for one in (subscriber, onlooker):
                one.settled("events")
                last = one.events[-len(again) :]
                assert [got["id"] for got in last] == [receipt["id"] for receipt in again]
                assert {gap["reason"] for gap in one.of("gap")} <= {"epoch"}
