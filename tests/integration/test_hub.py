"""The hub of a process, from publish to mailbox, on the in-memory layer."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from consumers.connection import Connection
from consumers.cursor import Hole
from consumers.hub import Hub
from consumers.messages import Message
from consumers.running import start_hub, stop_hub
from instances.catalog import find
from instances.publishing import apublish
from instances.streams import Position
from instances.supervisor import instances
from instances.topics import Pattern

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 10


class Reader:
    """A writer that keeps what it is given; `writable` is the test's to set."""

    def __init__(self) -> None:
        self.writable = True
        self.messages: list[bytes] = []

    def write(self, message: Message) -> None:
        self.messages.append(message.payload)

    def ponged(self) -> None: ...

    def abort(self) -> None:
        self.writable = False

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(line) for message in self.messages for line in message.split(b"\n")]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [frame["event"] for frame in self.frames if "event" in frame]

    async def has(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many events have come, and return them."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.events) < count:
                await asyncio.sleep(0)
        return self.events


@pytest.fixture
async def hub(sequencer: None) -> AsyncIterator[Hub]:
    yield await start_hub()
    await stop_hub()


async def follower(hub: Hub, instance: str, *patterns: str) -> tuple[Connection, Reader]:
    reader = Reader()
    connection = Connection(reader)
    hub.attach(connection)
    for number, pattern in enumerate(patterns):
        await hub.subscribe(connection, id=f"s{number}", spec=find(instance), pattern=Pattern(pattern))
    return connection, reader


class TestHub:
    async def test_gives_an_event_to_those_whose_pattern_matches(self, hub: Hub) -> None:
        _, all_of_prod = await follower(hub, "health", "subscription_health:prod:*")
        _, circuits = await follower(hub, "health", "circuit_breaker_status:*")
        _, metrics = await follower(hub, "metrics", "*")

        await apublish("health", "subscription_health:prod:users", "registration_success", data={"a": 1})
        await apublish("health", "circuit_breaker_status:web", "opened")

        assert [event["topic"] for event in await all_of_prod.has(1)] == ["subscription_health:prod:users"]
        assert [event["topic"] for event in await circuits.has(1)] == ["circuit_breaker_status:web"]
        assert metrics.events == []

    async def test_gives_an_event_that_two_patterns_match_once(self, hub: Hub) -> None:
        _, reader = await follower(hub, "health", "*", "process_health:*", "process_health:web")

        await apublish("health", "process_health:web", "seen")
        await apublish("health", "process_health:db", "seen")

        assert [event["offset"] for event in await reader.has(2)] == [1, 2]

    async def test_encodes_an_event_once_for_all(self, hub: Hub) -> None:
        readers = [(await follower(hub, "health", "*"))[1] for _ in range(5)]

        await apublish("health", "process_health:web", "seen")
        for reader in readers:
            await reader.has(1)

        assert len({id(reader.messages[-1]) for reader in readers}) == 1

    async def test_keeps_what_a_slow_reader_can_not_take_yet(self, hub: Hub) -> None:
        connection, slow = await follower(hub, "health", "*")
        _, quick = await follower(hub, "health", "*")
        slow.writable = False
        for _ in range(3):
            await apublish("health", "process_health:web", "seen")
        await quick.has(3)
        assert slow.events == []

        slow.writable = True
        connection.became_writable()

        assert [event["offset"] for event in slow.events] == [1, 2, 3]
        assert len(slow.messages) == 1

    async def test_survives_a_pump_that_ends_and_delivers_what_was_missed(self, hub: Hub) -> None:
        _, reader = await follower(hub, "metrics", "*")
        pump = hub.pumps["metrics"]
        ended = pump.keeper.task
        others = {name: other.keeper.task for name, other in hub.pumps.items() if name != "metrics"}
        ended.cancel()
        await asyncio.wait({ended})
        await apublish("metrics", "performance_metrics:web", "missed")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not pump.keeper.up or pump.keeper.task is ended:
                await asyncio.sleep(0)
            while not pump.ready:
                await asyncio.sleep(0)

        await apublish("metrics", "performance_metrics:web", "seen")

        # The one in between was heard by nobody, or waited in the layer.
        events = await reader.has(2)
        assert [event["event_type"] for event in events] == ["missed", "seen"]
        assert not [frame for frame in reader.frames if "gap" in frame]
        assert {name: other.keeper.task for name, other in hub.pumps.items() if name != "metrics"} == others

    async def test_tells_positions_to_those_whom_the_newest_event_passes_by(self, hub: Hub) -> None:
        _, reader = await follower(hub, "health", "process_health:rare")
        published = await apublish("health", "process_health:busy", "seen")

        async with asyncio.timeout(PATIENCE_SECONDS):
            while not any("positions" in frame for frame in reader.frames):
                await asyncio.sleep(0.01)

        told = next(frame["positions"] for frame in reader.frames if "positions" in frame)
        assert told == {"health.process_health": f"{published.epoch}:1"}

    async def test_forgets_a_connection_that_leaves(self, hub: Hub) -> None:
        connection, reader = await follower(hub, "health", "*")
        _, stays = await follower(hub, "health", "*")
        hub.detach(connection)

        await apublish("health", "process_health:web", "seen")
        await stays.has(1)

        assert reader.events == []
        told = hub.figures()
        assert (told.connections, told.instances["health"].subscribers) == (1, 1)

    async def test_sends_alerts_before_what_waits_of_other_classes(self, hub: Hub) -> None:
        connection, slow = await follower(hub, "metrics", "*")
        await hub.subscribe(connection, id="alerts", spec=find("alerts"), pattern=Pattern("*"))
        _, quick = await follower(hub, "alerts", "*")
        slow.writable = False
        await apublish("metrics", "performance_metrics:web", "seen")
        await apublish("alerts", "system_alerts:critical", "seen")
        await quick.has(1)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(connection.mailbox.normal) + len(connection.mailbox.urgent) < 2:
                await asyncio.sleep(0)

        slow.writable = True
        connection.became_writable()

        assert [event["instance"] for event in slow.events] == ["alerts", "metrics"]

    async def test_counts_what_goes_through(self, hub: Hub) -> None:
        _, reader = await follower(hub, "health", "*")
        await apublish("health", "process_health:web", "seen")
        await reader.has(1)

        async with asyncio.timeout(PATIENCE_SECONDS):
            while instances()["health"].snapshot()["total"] < 1:
                await asyncio.sleep(0.01)

        assert instances()["health"].snapshot()["last_event"]["topic"] == "process_health:web"

    async def test_tells_a_hole_to_all_though_it_is_too_much_for_one(self, hub: Hub) -> None:
        full, _ = await follower(hub, "events", "event_stream:*")
        full.mailbox.max_bytes = 10
        full.on_close = lambda code: hub.detach(full)
        _, reader = await follower(hub, "events", "event_stream:*")
        hole = Hole("events.event_stream", "k3f9", 1, 4, Position("k3f9", 4), "lost")

        hub._tell_hole(find("events"), hole)
        await asyncio.sleep(0)

        assert not full.open
        assert [(frame["gap"]["from"], frame["gap"]["to"]) for frame in reader.frames] == [(1, 4)]


class TestAFlood:
    async def test_is_not_held_up_by_one_who_reads_nothing(self, hub: Hub) -> None:
        stuck, silent = await follower(hub, "metrics", "*")
        silent.writable = False
        _, quick = await follower(hub, "metrics", "*")

        for _ in range(60):
            await apublish("metrics", "performance_metrics:web", "seen", data="x" * 40_000)

        assert [event["offset"] for event in await quick.has(60)] == list(range(1, 61))
        assert stuck.grace_seconds == 0
        assert stuck.mailbox.size <= stuck.mailbox.max_bytes
        assert stuck.mailbox.dropped > 0
