"""One process of the hub: the real lanes, pumps and hub, on streams and a layer that are not."""

import asyncio
import json
import random
from collections import defaultdict
from contextvars import ContextVar, copy_context
from typing import Any

from consumers.hub import Hub
from instances.breaker import CircuitBreaker
from instances.broker import Broker, Unavailable
from instances.config import REFRESH_SECONDS
from instances.event import Prepared, prepare
from instances.groups import all_streams
from instances.instance import Instance
from instances.lane import LaneFull, Publication
from instances.spec import InstanceSpec
from instances.streams import Keep, Placed
from tests.integration.simulation.configuration import ConfigurationOfProcess, SimulatedRouting
from tests.integration.simulation.layer import LayerOfProcess, SimulatedLayer
from tests.integration.simulation.streams import SimulatedStreams

CURRENT: ContextVar["Process"] = ContextVar("process")
"""Whose code is running: what a real process has one of, a simulated one finds through this."""


class Process:
    """Made inside a task of its own, whose context all its tasks inherit."""

    def __init__(
        self,
        name: str,
        rows: tuple[InstanceSpec, ...],
        keep: Keep,
        streams: SimulatedStreams,
        layer: SimulatedLayer,
        routing: SimulatedRouting,
    ) -> None:
        CURRENT.set(self)
        self.configuration = ConfigurationOfProcess(routing)
        self.context = copy_context()
        """In which whatever comes from outside has to run."""
        self.name = name
        self.layer = LayerOfProcess(layer, name)
        loop = asyncio.get_running_loop()
        self.broker = Broker(streams=streams)
        self.broker.breaker = CircuitBreaker(clock=loop.time)
        self.instances = {row.name: Instance(row) for row in rows}
        for instance in self.instances.values():
            instance.start(self.broker)
            assert instance.lane is not None
            instance.lane.keeps = lambda: defaultdict(lambda: keep)
        # The name tells the process apart, and is the same each time that a seed is run.
        self.hub = Hub(self.broker, chance=random.Random(name))
        self.up = True
        self._sampler = asyncio.create_task(self._sample())
        self._refresher = asyncio.create_task(self._refresh())

    async def stop(self) -> None:
        """End at once, as when killed."""
        self.up = False
        self._sampler.cancel()
        self._refresher.cancel()
        await asyncio.gather(self._sampler, self._refresher, return_exceptions=True)
        await self.hub.stop()
        for instance in self.instances.values():
            await instance.stop()

    async def publish(self, spec: InstanceSpec, events: list[dict[str, Any]]) -> bool:
        """Publish as a publisher would, and tell whether it was told that they are in."""
        loop = asyncio.get_running_loop()
        # Into which stream an event goes, the process's own configuration says.
        prepared = self.context.run(self._prepare, spec, events, loop)
        lane = self.instances[spec.name].lane
        if lane is None:
            return False
        answer: asyncio.Future[Placed] = loop.create_future()
        try:
            lane.put(Publication(prepared, answer))
            await answer
        except (Unavailable, LaneFull):
            return False
        return True

    def _prepare(
        self, spec: InstanceSpec, events: list[dict[str, Any]], loop: asyncio.AbstractEventLoop
    ) -> list[Prepared]:
        return [
            prepare(
                spec,
                json.dumps(event, separators=(",", ":")).encode(),
                publisher_json=b'"simulated"',
                clock=lambda: round(loop.time() * 1000),
            )
            for event in events
        ]

    async def _refresh(self) -> None:
        """Read the configuration every two seconds, as the supervisor does."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            self.configuration.refresh()

    async def _sample(self) -> None:
        """Look at the heads once a second, as the supervisor does."""
        while True:
            names = {name: all_streams(instance.spec) for name, instance in self.instances.items()}
            try:
                heads = await self.broker.heads([stream for streams in names.values() for stream in streams])
            except Unavailable:
                pass
            else:
                for name, instance in self.instances.items():
                    instance.sample(0.0, {stream: heads[stream] for stream in names[name]})
            await asyncio.sleep(1.0)
