import json
from collections.abc import Iterator
from typing import cast

import pytest

from consumers.connection import Connection
from consumers.explorer import steps
from consumers.mailbox import Mailbox
from consumers.messages import Event, Gap, Run
from consumers.writers import Writer
from instances.batch import Batch, Carried
from instances.catalog import find
from instances.explorer.traced import Record, Traced
from instances.explorer.traces import TRACES, Trace

HEALTH = find("health")
SMALL_BYTES = 4_000


class StuckWriter:
    writable = False

    def write(self, message: object) -> None:
        raise AssertionError("Nothing is written to whom takes nothing.")


@pytest.fixture
def trace() -> Iterator[Trace]:
    running = Trace(Traced(id="t_1", within={"health": ("*",)}, pattern="process_health:*"))
    TRACES.running = (running,)
    yield running
    TRACES.running = ()
    steps.watch({})


@pytest.fixture
def connection() -> Connection:
    connection = Connection(cast("Writer", StuckWriter()))
    connection.mailbox = Mailbox(SMALL_BYTES)
    connection.principal = "olga"
    steps.watch({connection.id: connection})
    return connection


def wire(topic: str, offset: int) -> bytes:
    said = {"id": f"id-{offset}", "topic": topic, "publisher": "gater-1", "data": {"secret": "of-nobody" * 40}}
    return json.dumps(said).encode()


def run(topic: str, offset: int, event_type: str = "tested") -> Run:
    return Run(
        [
            Event(
                stream="health.process_health",
                epoch="k3f9",
                offset=offset,
                topic=topic,
                event_type=event_type,
                severity=0,
                delivery=HEALTH.delivery,
                wire=wire(topic, offset),
            )
        ]
    )


def records(trace: Trace) -> list[Record]:
    return trace.told(running=True, limit=1_000).records


class TestRelieved:
    def test_tells_for_whom_an_event_was_replaced_by_a_newer_one(self, trace: Trace, connection: Connection) -> None:
        for offset in range(1, 12):
            connection.put(run("process_health:api", offset))

        found = records(trace)

        assert {record.step for record in found} == {"conflated"}
        assert found[0].position == "k3f9:1"
        assert found[0].id == "id-1"
        assert found[0].connections == [(connection.id, "olga")]

    def test_tells_for_whom_an_event_was_dropped(self, trace: Trace, connection: Connection) -> None:
        for offset in range(1, 12):
            connection.put(run(f"process_health:{offset}", offset))

        assert {record.step for record in records(trace)} == {"dropped"}
        assert "of-nobody" not in str(records(trace))

    def test_tells_nothing_of_other_events(self, trace: Trace, connection: Connection) -> None:
        for offset in range(1, 12):
            connection.put(run(f"other:{offset}", offset))

        assert connection.mailbox.dropped
        assert records(trace) == []


class TestArrived:
    def test_says_how_many_follow_it_here(self, trace: Trace) -> None:
        events = [Carried(topic, "tested", 0, wire(topic, 1)) for topic in ("process_health:api", "other:one")]

        steps.arrived(HEALTH, Batch("health.process_health", "k3f9", 7, events), lambda instance, topic: 1)

        [record] = records(trace)
        assert (record.position, record.message) == ("k3f9:7", "1 connection follows it here.")
        assert record.publisher == "gater-1"


class TestDelivered:
    def test_tells_a_gap_of_a_stream_that_the_pattern_touches(self, trace: Trace, connection: Connection) -> None:
        for stream in ("health.process_health", "health.subscription_health"):
            gap = Gap(stream=stream, epoch="k3f9", first=3, last=9, following="k3f9:9", lost=7, reason="slow")
            steps.delivered(connection, [gap])

        [record] = records(trace)
        assert (record.step, record.message) == ("gap", "From 3 to 9 (slow).")
