import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast
from uuid import uuid4

import pytest

from instances import lane as lane_module
from instances.batch import Batch, from_message
from instances.broker import Broker, Unavailable
from instances.catalog import find
from instances.event import Prepared, compact, prepare
from instances.groups import group_of
from instances.lane import Lane, LaneFull, Publication
from instances.streams import IdConflict, Keeps, Placed
from instances.streams.memory import MemoryStreams
from instances.turns import Turns

HEALTH = find("health")


class FakeBroker:
    """Counts in memory, and keeps what is broadcast."""

    def __init__(self) -> None:
        self.streams = MemoryStreams()
        self.turns = Turns()
        self.steps: list[list[int]] = []
        """How many events each publication of a step has."""
        self.sent: list[tuple[str, str, Batch]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.out: Exception | None = None
        self.mute = False

    async def append(
        self, instance: str, publications: Sequence[Sequence[Prepared]], keeps: Keeps
    ) -> list[Placed | IdConflict]:
        self.steps.append([len(events) for events in publications])
        await self.open.wait()
        if self.out is not None:
            raise self.out
        return await self.streams.append(instance, publications, keeps)

    async def send(self, alias: str, group: str, message: dict[str, Any]) -> None:
        if self.mute:
            raise Unavailable("Redis can't be reached.")
        self.sent.append((alias, group, from_message(message)))


def prepared(topic: str, number: int = 0, **words: str) -> Prepared:
    body = json.dumps({"topic": topic, "event_type": "tested", "data": number} | words)
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


def put(lane: Lane, *events: Prepared) -> asyncio.Future[Placed]:
    answer: asyncio.Future[Placed] = asyncio.get_running_loop().create_future()
    lane.put(Publication(list(events), answer, "gater-1"))
    return answer


def offsets(placed: Placed) -> list[int]:
    return [position.offset for position in placed.positions]


class TestLane:
    async def test_tells_each_publisher_where_its_events_stand(self, lane: Lane) -> None:
        one = put(lane, prepared("subscription_health:a"), prepared("event_store_health:a"))
        other = put(lane, prepared("subscription_health:b"), prepared("subscription_health:c"))

        assert offsets(await one) == [1, 1]
        assert offsets(await other) == [2, 3]
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

        assert broker.steps == [[1], [1] * 10]

    async def test_takes_no_more_than_a_step_at_once(
        self, lane: Lane, broker: FakeBroker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lane_module, "MAX_STEP_EVENTS", 4)
        answers = [put(lane, *[prepared("subscription_health:a")] * 3) for _ in range(3)]
        await asyncio.gather(*answers)

        assert broker.steps == [[3, 3], [3]]

    async def test_refuses_more_than_it_lets_wait(self, lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lane_module, "MAX_WAITING_EVENTS", 2)
        waiting = put(lane, *[prepared("subscription_health:a")] * 2)

        with pytest.raises(LaneFull, match="2 events wait") as caught:
            put(lane, prepared("subscription_health:a"))

        assert (caught.value.code, caught.value.retry) == ("too_many_requests", True)
        assert offsets(await waiting) == [1, 2]

    async def test_tells_all_of_a_step_that_the_broker_is_out_and_goes_on(self, lane: Lane, broker: FakeBroker) -> None:
        broker.out = Unavailable("Redis can't be reached.")
        lost = [put(lane, prepared("subscription_health:a")) for _ in range(2)]
        told = await asyncio.gather(*lost, return_exceptions=True)
        broker.out = None
        (offset,) = offsets(await put(lane, prepared("subscription_health:a")))

        assert [type(each) for each in told] == [Unavailable] * 2
        assert (lane.failed_events, offset) == (2, 1)
        assert not [each for _, _, each in broker.sent if each.first != 1]

    async def test_publishes_for_a_publisher_that_no_longer_waits(self, lane: Lane, broker: FakeBroker) -> None:
        gone = put(lane, prepared("subscription_health:a"))
        gone.cancel()

        assert offsets(await put(lane, prepared("subscription_health:a"))) == [2]

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

    async def test_tells_a_publisher_whose_id_is_taken_and_no_other(self, lane: Lane, broker: FakeBroker) -> None:
        one, other = str(uuid4()), str(uuid4())
        await put(lane, prepared("subscription_health:a", 1, id=one))

        conflict = put(lane, prepared("subscription_health:a", 2, id=one))
        fine = put(lane, prepared("subscription_health:a", 3, id=other))

        with pytest.raises(IdConflict, match=one):
            await conflict
        assert offsets(await fine) == [2]

    async def test_broadcasts_an_event_once_that_is_published_again(self, lane: Lane, broker: FakeBroker) -> None:
        again = prepared("subscription_health:a", 1, id=str(uuid4()))
        first = await put(lane, again)

        second = await put(lane, prepared("subscription_health:a"), again)

        assert (second.positions[1], second.repeated) == (first.positions[0], frozenset({1}))
        assert [(batch.first, batch.last) for _, _, batch in broker.sent] == [(1, 1), (2, 2)]

    async def test_answers_for_what_is_kept_though_it_can_t_be_broadcast(
        self, lane: Lane, broker: FakeBroker, caplog: pytest.LogCaptureFixture
    ) -> None:
        broker.mute = True
        kept = await put(lane, prepared("subscription_health:a"))
        broker.mute = False
        await put(lane, prepared("subscription_health:a"))

        assert offsets(kept) == [1]
        assert [batch.first for _, _, batch in broker.sent] == [2]
        assert "kept and not broadcast" in caplog.text


class TestTally:
    async def test_counts_each_event_once_under_its_publisher(self, lane: Lane) -> None:
        given = prepared("process_health:api", id=str(uuid4()))
        await put(lane, given, prepared("process_health:web"))

        await put(lane, given, prepared("process_health:web"))

        assert {each.topic: each.events for each in lane.tally.all()} == {
            "process_health:api": 1,
            "process_health:web": 2,
        }
        assert {each.publishers for each in lane.tally.all()} == {("gater-1",)}

    async def test_counts_nothing_that_was_not_taken(self, lane: Lane, broker: FakeBroker) -> None:
        broker.out = Unavailable("Redis can't be reached.")

        with pytest.raises(Unavailable):
            await put(lane, prepared("process_health:api"))

        assert lane.tally.all() == []
