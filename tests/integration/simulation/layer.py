"""A channel layer that loses, delays, reorders and doubles messages, and keeps none for who isn't there."""

import asyncio
from collections import defaultdict
from typing import Any

from tests.integration.simulation.weather import Weather

Message = dict[str, Any]


class PumpEnded(Exception):
    """What a channel gives whose connection was killed."""


class SimulatedLayer:
    """One for all processes; a channel's name begins with its process's."""

    def __init__(self, weather: Weather) -> None:
        self._weather = weather
        self._members: dict[str, dict[str, None]] = defaultdict(dict)
        self._queues: dict[str, asyncio.Queue[Message | None]] = {}
        self._due: dict[str, float] = {}
        """When the last message in order arrives at a channel."""
        self._channels = 0

    async def channel_for(self, process: str) -> str:
        await self._weather.pass_through()
        self._channels += 1
        name = f"{process}!{self._channels}"
        self._queues[name] = asyncio.Queue()
        return name

    async def group_add(self, group: str, channel: str) -> None:
        await self._weather.pass_through()
        self._members[group][channel] = None

    async def group_discard(self, group: str, channel: str) -> None:
        await self._weather.pass_through()
        self._members[group].pop(channel, None)

    async def group_send(self, group: str, message: Message) -> None:
        await self._weather.pass_through()
        for channel in self._members[group]:
            self._carry(channel, message)

    async def receive(self, channel: str) -> Message:
        message = await self._queues[channel].get()
        if message is None:
            raise PumpEnded
        return message

    def end_pumps(self, process: str) -> None:
        """Kill the connections of a process's channels, with what they still held."""
        for channel, queue in self._queues.items():
            if channel.startswith(f"{process}!"):
                for members in self._members.values():
                    members.pop(channel, None)
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(None)

    def _carry(self, channel: str, message: Message) -> None:
        weather, loop = self._weather, asyncio.get_running_loop()
        chance = weather.chance
        for _ in range(2 if chance.random() < weather.doubled else 1):
            if chance.random() < weather.lost:
                continue
            at = loop.time() + weather.delay_seconds()
            if chance.random() < weather.late:
                at += chance.random() * weather.late_seconds
            else:
                at = self._due[channel] = max(at, self._due.get(channel, 0.0))
            loop.call_at(at, self._arrive, channel, message)

    def _arrive(self, channel: str, message: Message) -> None:
        if channel.partition("!")[0] not in self._weather.deaf and not self._weather.refuses:
            self._queues[channel].put_nowait(message)


class LayerOfProcess:
    """The layer as one process has it."""

    def __init__(self, layer: SimulatedLayer, process: str) -> None:
        self._process = process
        self._layer = layer
        self.group_add = layer.group_add
        self.group_discard = layer.group_discard
        self.group_send = layer.group_send
        self.receive = layer.receive

    async def new_channel(self) -> str:
        return await self._layer.channel_for(self._process)
