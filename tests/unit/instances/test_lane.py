import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import pytest

from instances import lane as lane_module
from instances.batch import Batch, from_message
from instances.broker import Broker, Unavailable
from instances.catalog import find
from instances.event import Prepared, compact, prepare
from instances.groups import group_of
from instances.lane import Lane, LaneFull, Publication
from instances.streams import Append, Position
from instances.streams.memory import MemoryStreams

HEALTH = find("health")


class FakeBroker:
    """Counts in memory, and keeps what is broadcast."""

    def __init__(self) -> None:
        self.streams = MemoryStreams()
        self.steps: list[list[Append]] = []
        self.sent: list[tuple[str, str, Batch]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.out: Exception | None = None

    async def append(self, appends: Sequence[Append]) -> list[Position]:
        self.steps.append(list(appends))
        await self.open.wait()
        if self.out is not None:
            raise self.out
        return await self.streams.append(appends)

    async def send(self, alias: str, group: str, message: dict[str, Any]) -> None:
        self.sent.append((alias, group, from_message(message)))


def prepared(topic: str, number: int = 0) -> Prepared:
    body = json.dumps({"topic": topic, "event_type": "tested", "data": number})
    return prepare(HEALTH, compact(body), publisher_json=b'"gater-1"')


@pytest.fixture
async def broker() -> FakeBroker:
    return FakeBroker()


@pytest.fixture
async def lane(broker: FakeBroker) -> AsyncIterator[Lane]:
    lane = Lane(HEALTH, cast("Broker", broker))
    task = asyncio.create_task(lane.run())
    yield lane
    task.cancel()


def put(lane: Lane, *events: Prepared) -> asyncio.Future[list[Position]]:
    answer: asyncio.Future[list[Position]] = asyncio.get_running_loop().create_future()
    lane.put(Publication(list(events), answer))
    return answer


class TestLane:
    async def test_tells_each_publisher_where_its_events_stand(self, lane: Lane) -> None:
        one = put(lane, prepared("subscription_health:a"), prepared("event_store_health:a"))
        other = put(lane, prepared("subscription_health:b"), prepared("subscription_health:c"))

        assert [position.offset for position in await one] == [1, 1]
        assert [position.offset for position in await other] == [2, 3]
        assert (lane.published_events, lane.waiting_events) == (4, 0)

    async def test_broadcasts_each_stream_in_the_order_of_its_offsets(self, lane: Lane, broker: FakeBroker) -> None:
        answers = [put(lane, prepared("subscription_health:a", number)) for number in range(5)]
        await asyncio.gather(*answers)

        ((alias, group, batch),) = broker.sent
        events = [json.loads(carried.wire) for carried in batch.events]
        assert (alias, group) == (HEALTH.delivery.layer, group_of("health.subscription_health"))
        assert [event["data"] for event in events] == [0, 1, 2, 3, 4]
        assert [event["offset"] for event in events] == [1, 2, 3, 4, 5]
        assert {(event["stream"], event["epoch"]) for event in events} == {(batch.stream, batch.epoch)}
        assert lane.published_bytes == sum(len(carried.wire) for carried in batch.events)

    async def test_counts_in_one_step_what_came_meanwhile(self, lane: Lane, broker: FakeBroker) -> None:
        broker.open.clear()
        first = put(lane, prepared("subscription_health:a"))
        while not broker.steps:
            await asyncio.sleep(0)
        later = [put(lane, prepared("subscription_health:a")) for _ in range(10)]
        broker.open.set()
        await asyncio.gather(first, *later)

        assert [[wish.count for wish in step] for step in broker.steps] == [[1], [10]]

    async def test_takes_no_more_than_a_step_at_once(
        self, lane: Lane, broker: FakeBroker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lane_module, "MAX_STEP_EVENTS", 4)
        answers = [put(lane, *[prepared("subscription_health:a")] * 3) for _ in range(3)]
        await asyncio.gather(*answers)

        assert [step[0].count for step in broker.steps] == [6, 3]

    async def test_refuses_more_than_it_lets_wait(self, lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lane_module, "MAX_WAITING_EVENTS", 2)
        waiting = put(lane, *[prepared("subscription_health:a")] * 2)

        with pytest.raises(LaneFull, match="2 events wait") as caught:
            put(lane, prepared("subscription_health:a"))

        assert (caught.value.code, caught.value.retry) == ("too_many_requests", True)
        assert len(await waiting) == 2

    async def test_tells_all_of_a_step_that_the_broker_is_out_and_goes_on(self, lane: Lane, broker: FakeBroker) -> None:
        broker.out = Unavailable("Redis can't be reached.")
        lost = [put(lane, prepared("subscription_health:a")) for _ in range(2)]
        told = await asyncio.gather(*lost, return_exceptions=True)
        broker.out = None
        (position,) = await put(lane, prepared("subscription_health:a"))

        assert [type(each) for each in told] == [Unavailable] * 2
        assert (lane.failed_events, position.offset) == (2, 1)
        assert not [each for _, _, each in broker.sent if each.first != 1]

    async def test_publishes_for_a_publisher_that_no_longer_waits(self, lane: Lane, broker: FakeBroker) -> None:
        gone = put(lane, prepared("subscription_health:a"))
        gone.cancel()

        assert (await put(lane, prepared("subscription_health:a")))[0].offset == 2

    async def test_tells_everybody_who_waits_when_it_is_abandoned(self, lane: Lane, broker: FakeBroker) -> None:
        broker.open.clear()
        in_step = put(lane, prepared("subscription_health:a"))
        while not broker.steps:
            await asyncio.sleep(0)
        waiting = put(lane, prepared("subscription_health:a"))
        lane.abandon(Unavailable("The hub is stopping."))

        told = await asyncio.gather(in_step, waiting, return_exceptions=True)
        assert [str(each) for each in told] == ["The hub is stopping."] * 2
        assert (lane.waiting_events, lane.failed_events) == (0, 2)
