"""A pump on a broker and a layer that the test has in its hands, in simulated time."""

import asyncio
from collections.abc import Iterator
from typing import Any, cast
from unittest.mock import patch

import pytest

from consumers.cursor import Hole
from consumers.history import History
from consumers.pump import BARRIER_SECONDS, LINGER_SECONDS, REORDER_SECONDS, Pump
from instances.batch import Batch, to_message
from instances.breaker import CircuitBreaker
from instances.broker import Broker, Unavailable
from instances.catalog import find
from instances.groups import group_of
from instances.spec import InstanceSpec
from instances.streams import Head, Position, Slice, Streams
from tests.integration.simulation.loop import simulated
from tests.unit.consumers.making import EPOCH, batch

SPEC = find("events")
STREAM = "events.event_stream"


class Kept:
    """Streams that hold what the test puts there."""

    def __init__(self) -> None:
        self.events = 0
        self.answers: list[Slice] = []
        """Given first, whatever is kept."""
        self.reads = 0

    async def heads(self, streams: Any) -> dict[str, Head]:
        return {stream: Head(Position(EPOCH, self.events), None, None, None) for stream in streams}

    async def read(self, stream: str, after: Position, *, limit: int) -> Slice:
        self.reads += 1
        await asyncio.sleep(0.001)
        if self.answers:
            return self.answers.pop(0)
        count = min(self.events - after.offset, limit)
        kept = batch(after.offset + 1, count, stream=STREAM) if count > 0 else None
        return Slice(kept, 1, self.events, None)


class Layer:
    """Carries messages to whoever has joined, as long as `up`."""

    def __init__(self) -> None:
        self.up = True
        self.members: dict[str, set[str]] = {}
        self.queues: dict[str, asyncio.Queue[dict[str, Any] | None]] = {}

    async def new_channel(self) -> str:
        if not self.up:
            raise ConnectionRefusedError
        name = f"channel{len(self.queues) + 1}"
        self.queues[name] = asyncio.Queue()
        return name

    async def group_add(self, group: str, channel: str) -> None:
        self.members.setdefault(group, set()).add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self.members[group].discard(channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        for channel in self.members.get(group, ()):
            self.queues[channel].put_nowait(message)

    async def receive(self, channel: str) -> dict[str, Any]:
        message = await self.queues[channel].get()
        if message is None:
            raise ConnectionResetError
        return message

    def end(self) -> None:
        """End every channel there is."""
        self.members.clear()
        for queue in self.queues.values():
            queue.put_nowait(None)


class Bench:
    """A pump and what it said."""

    def __init__(self, layer: Layer) -> None:
        self.layer, self.kept = layer, Kept()
        self.said: list[int | str] = []
        self.broker = Broker(streams=cast("Streams", self.kept))
        self.broker.breaker = CircuitBreaker(clock=asyncio.get_running_loop().time)
        self.history = History(self.broker)
        self.pump = Pump(
            SPEC,
            self.broker,
            history=self.history,
            deliver=self._deliver,
            tell=self._tell,
            breathe=lambda: asyncio.sleep(0),
        )

    def _deliver(self, spec: InstanceSpec, passed: Batch) -> None:
        self.said += range(passed.first, passed.last + 1)

    def _tell(self, spec: InstanceSpec, hole: Hole) -> None:
        self.said.append(f"{hole.first}-{hole.last} {hole.reason}")

    async def send(self, first: int, count: int = 1) -> None:
        """Publish events that the layer brings; those before them are kept, and it has not brought them."""
        self.kept.events = max(self.kept.events, first + count - 1)
        await self.layer.group_send(group_of(STREAM), to_message(batch(first, count, stream=STREAM)))

    async def end(self) -> None:
        await self.pump.stop()


@pytest.fixture
def layer() -> Iterator[Layer]:
    layer = Layer()
    with patch("instances.broker.get_channel_layer", lambda alias: layer):
        yield layer


class TestPump:
    def test_reads_from_history_what_the_layer_did_not_bring(self, layer: Layer) -> None:
        async def live() -> None:
            bench = Bench(layer)
            await bench.pump.follow([STREAM])
            await bench.send(3, 2)
            await asyncio.sleep(REORDER_SECONDS / 2)
            assert bench.said == []
            await asyncio.sleep(REORDER_SECONDS)
            assert bench.said == [1, 2, 3, 4]
            await bench.end()

        simulated(live())

    def test_looks_a_second_time_before_it_tells_a_loss(self, layer: Layer) -> None:
        """The first page may have been asked for by somebody else, before the missing event was kept."""

        async def live() -> None:
            bench = Bench(layer)
            await bench.pump.follow([STREAM])
            bench.kept.answers = [Slice(None, 1, 0, None)]
            await bench.send(2)
            await asyncio.sleep(2 * REORDER_SECONDS)
            assert bench.said == [1, 2]
            await bench.end()

        simulated(live())

    def test_tells_what_neither_the_layer_nor_the_history_has(self, layer: Layer) -> None:
        async def live() -> None:
            bench = Bench(layer)
            await bench.pump.follow([STREAM])
            bench.kept.answers = [Slice(None, 1, 0, None)] * 2
            await bench.send(3)
            await asyncio.sleep(2 * REORDER_SECONDS)
            assert bench.said == ["1-2 lost", 3]
            await bench.end()

        simulated(live())

    def test_finds_at_the_second_beat_that_a_stream_went_on_in_silence(self, layer: Layer) -> None:
        async def live() -> None:
            bench = Bench(layer)
            await bench.pump.follow([STREAM])
            bench.kept.events = 5
            bench.pump.beat(await bench.kept.heads([STREAM]))
            await asyncio.sleep(0.5)
            assert bench.said == []
            bench.pump.beat(await bench.kept.heads([STREAM]))
            await asyncio.sleep(0.5)
            assert bench.said == [1, 2, 3, 4, 5]
            await bench.end()

        simulated(live())

    def test_says_unavailable_while_no_channel_is_open(self, layer: Layer) -> None:
        async def live() -> None:
            layer.up = False
            bench = Bench(layer)
            began = asyncio.get_running_loop().time()
            with pytest.raises(Unavailable):
                await bench.pump.follow([STREAM])
            assert asyncio.get_running_loop().time() - began == pytest.approx(BARRIER_SECONDS)
            await bench.end()

        simulated(live())

    def test_joins_on_its_next_channel_what_was_about_to_be_followed(self, layer: Layer) -> None:
        async def live() -> None:
            bench = Bench(layer)
            await asyncio.sleep(0.1)
            bench.kept.heads = _ending(layer, bench.kept.heads)  # type: ignore[method-assign]
            await bench.pump.follow([STREAM])
            await asyncio.sleep(1.0)
            await bench.send(1)
            await asyncio.sleep(REORDER_SECONDS / 2)
            assert bench.said == [1]
            assert bench.pump.keeper.restarts == 1
            await bench.end()

        simulated(live())

    def test_can_be_followed_again_though_its_channel_ended_while_a_stream_was_left(self, layer: Layer) -> None:
        async def live() -> None:
            bench = Bench(layer)
            await bench.pump.follow([STREAM])
            layer.up = False
            layer.end()
            bench.pump.unfollow([STREAM])
            await asyncio.sleep(LINGER_SECONDS + 3)
            layer.up = True
            await asyncio.sleep(10)
            await bench.pump.follow([STREAM])
            await bench.send(1)
            await asyncio.sleep(REORDER_SECONDS)
            assert bench.said == [1]
            await bench.end()

        simulated(live())


def _ending(layer: Layer, heads: Any) -> Any:
    """Return a way to read heads during which every channel ends."""

    async def read(streams: Any) -> Any:
        layer.end()
        # The next channel opens before the answer comes.
        await asyncio.sleep(0.2)
        return await heads(streams)

    return read
