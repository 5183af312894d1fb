"""Who saw an event, from its publishing to the answer: by the hub, its books and the database."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import pytest
from asgiref.sync import sync_to_async

from consumers.accounts import keep_account
from consumers.books import write_books
from consumers.close_codes import SLOW_CONSUMER
from consumers.connection import Connection, Origin
from consumers.hub import Hub
from consumers.mailbox import MAILBOX_MAX_BYTES
from consumers.running import start_hub, stop_hub
from consumers.seen.answer import Place, Seen, who_saw
from consumers.seen.recorded import recorded
from instances import config
from instances.access.principal import Principal
from instances.catalog import find
from instances.models import InstanceConfig
from instances.publishing import apublish
from instances.streams import Position
from instances.topics import Pattern
from tests.integration.test_hub import Reader

pytestmark = pytest.mark.django_db(transaction=True)

AUDIT: Final = find("audit")
TOPIC: Final = "audit_trail:user_actions"


@pytest.fixture(autouse=True)
def _configuration_read() -> Iterator[None]:
    config.refresh()
    yield
    config.refresh()


@pytest.fixture
async def hub(sequencer: None) -> AsyncIterator[Hub]:
    yield await start_hub()
    await stop_hub()


class Subscriber:
    """A connection as the socket makes it, and what came out of it."""

    def __init__(self, hub: Hub, name: str, number: int = 1) -> None:
        self.hub = hub
        self.reader = Reader()
        self.connection = Connection(self.reader)
        keep_account(self.connection, Origin(Principal(kind="token", id=number, name=name), "192.0.2.1", "tail", 0))
        hub.attach(self.connection)
        self.codes: list[Any] = []
        self.connection.on_close = self.closed

    def closed(self, code: Any) -> None:
        self.codes.append(code)
        self.hub.detach(self.connection)

    async def follow(self, pattern: str, id: str = "s1", **more: Any) -> Any:
        return await self.hub.subscribe(self.connection, id=id, spec=AUDIT, pattern=Pattern(pattern), **more)

    def leave(self) -> None:
        self.hub.detach(self.connection)
        self.connection.leave()


async def publish(topic: str = TOPIC, **more: Any) -> str:
    result = await apublish("audit", topic, "told", **more)
    assert result.accepted, result.error
    return str(result.event_id)


async def arrived(reader: Reader, id: str) -> Place:
    """Wait until the event is there, and return its place."""
    async with asyncio.timeout(10):
        while True:
            for event in reader.events:
                if event["id"] == id:
                    names = ("id", "instance", "topic", "stream", "offset", "epoch", "received")
                    return Place(*(event[name] for name in names))
            await asyncio.sleep(0.01)


async def seen_by(place: Place) -> list[Seen]:
    await sync_to_async(write_books)()
    return (await sync_to_async(who_saw)(place)).rows


def switch(hub: Hub, on: bool) -> None:
    """Set it, and have the hub take note of the time before and after, as it does once a second."""
    hub.recordings.look()
    InstanceConfig.objects.update_or_create(instance="audit", defaults={"record_seen": on})
    hub.recordings.look()


class TestWhoSaw:
    async def test_are_those_whose_patterns_match(self, hub: Hub) -> None:
        everything, people, gdpr = (Subscriber(hub, name) for name in ("everything", "people", "gdpr"))
        await everything.follow("*")
        await people.follow("audit_trail:user_actions")
        await gdpr.follow("compliance_events:*")

        first, second = await publish(), await publish("audit_trail:admin_operations")
        places = [await arrived(everything.reader, id) for id in (first, second)]

        assert sorted(seen.principal for seen in await seen_by(places[0])) == ["everything", "people"]
        assert [seen.principal for seen in await seen_by(places[1])] == ["everything"]

    async def test_are_told_with_what_they_could_read_of_it(self, hub: Hub) -> None:
        clear, veiled = Subscriber(hub, "clear"), Subscriber(hub, "veiled")
        await clear.follow("*")
        await veiled.follow("*", personal=False)

        place = await arrived(clear.reader, await publish())

        assert {seen.principal: seen.personal for seen in await seen_by(place)} == {"clear": True, "veiled": False}

    async def test_are_not_those_who_were_too_slow_for_it(self, hub: Hub) -> None:
        quick, slow = Subscriber(hub, "quick"), Subscriber(hub, "slow")
        await quick.follow("*")
        await slow.follow("*")
        first = await arrived(quick.reader, await publish())
        slow.reader.writable = False
        later = [await publish(data={"text": "x" * 60_000}) for _ in range(MAILBOX_MAX_BYTES // 60_000 + 2)]
        places = [await arrived(quick.reader, id) for id in later]

        assert slow.codes == [SLOW_CONSUMER]
        assert sorted(seen.principal for seen in await seen_by(first)) == ["quick", "slow"]
        for place in places:
            assert [seen.principal for seen in await seen_by(place)] == ["quick"]

    async def test_are_told_once_as_replayed_when_they_come_back_for_it(self, hub: Hub) -> None:
        here, away = Subscriber(hub, "here"), Subscriber(hub, "away", 2)
        await here.follow("*")
        await away.follow("*")
        before = await arrived(here.reader, await publish())
        away.leave()
        missed = await arrived(here.reader, await publish())

        back = Subscriber(hub, "away", 2)
        await back.follow("*", since={before.stream: Position(str(before.epoch), int(before.offset or 0))})
        after = await arrived(here.reader, await publish())
        await arrived(back.reader, after.id)

        def told(rows: list[Seen]) -> list[tuple[str, bool]]:
            return sorted((seen.connection, seen.replayed) for seen in rows if seen.principal == "away")

        assert told(await seen_by(before)) == [(away.connection.id, False)]
        assert told(await seen_by(missed)) == [(back.connection.id, True)]
        assert told(await seen_by(after)) == [(back.connection.id, False)]

    async def test_have_acknowledged_what_they_say(self, hub: Hub) -> None:
        mindful, silent = Subscriber(hub, "mindful"), Subscriber(hub, "silent")
        begun = await mindful.follow("*", durable="siem")
        await silent.follow("*")
        first = await arrived(mindful.reader, await publish())
        second = await arrived(mindful.reader, await publish())

        at = Position(str(first.epoch), int(first.offset or 0))
        hub.acknowledge(mindful.connection, begun.subscription, {first.stream: at})

        acknowledged = {seen.principal: seen for seen in await seen_by(first)}
        assert acknowledged["mindful"].acknowledged is not None
        assert acknowledged["mindful"].durable == "siem"
        assert acknowledged["silent"].acknowledged is None
        assert [seen.acknowledged for seen in await seen_by(second)] == [None, None]

    async def test_are_not_said_to_be_none_while_it_is_not_recorded(self, hub: Hub) -> None:
        reader = Subscriber(hub, "reader")
        await reader.follow("*")
        recorded_one = await arrived(reader.reader, await publish())
        await sync_to_async(switch)(hub, False)
        unrecorded = await arrived(reader.reader, await publish())
        await sync_to_async(switch)(hub, True)
        again = await arrived(reader.reader, await publish())
        counted = [len(await seen_by(place)) for place in (recorded_one, unrecorded, again)]

        known = [await sync_to_async(recorded)("audit", place.received) for place in (recorded_one, unrecorded, again)]

        assert counted == [1, 0, 1]
        assert [each.recorded for each in known] == [True, False, True]
        [off] = known[1].unrecorded
        assert off.because == "switched off"
        assert off.to_ms is not None
        assert known[0].unrecorded == (off,)
        assert known[2].unrecorded == ()
        assert known[2].since_ms == off.to_ms
