"""Processes, clients and publishers in one simulated world, and the faults that a seed brings over them."""

import asyncio
import random
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

from django.dispatch import Signal

from consumers import notices
from instances.broker import TIMEOUT_SECONDS
from instances.catalog import find
from instances.config import Effective
from instances.groups import Streams
from instances.routing import new_streams, spread
from instances.spec import Family, InstanceSpec
from instances.streams import Keep
from instances.topics import Pattern
from tests.integration.simulation.client import Client
from tests.integration.simulation.configuration import SimulatedRouting
from tests.integration.simulation.layer import SimulatedLayer
from tests.integration.simulation.process import CURRENT, Process
from tests.integration.simulation.record import Broken, Record
from tests.integration.simulation.streams import SimulatedStreams, place_of
from tests.integration.simulation.weather import Weather

ROWS: Final = tuple(find(name) for name in ("events", "health", "metrics", "alerts", "diagnostics"))
"""One of each class: record, state, firehose, page, debug."""

SMALL: Final[Mapping[str, object]] = {
    "consumers.connection.ROOM_BYTES": 6 * 1024,
    "consumers.mailbox.MESSAGE_MAX_BYTES": 8 * 1024,
    "consumers.messages.MESSAGE_MAX_BYTES": 8 * 1024,
    "consumers.messages.REPLAYED_BYTES": 2 * 1024,
    "consumers.breath.PRESSED_BYTES": 12 * 1024,
    "consumers.hub.INSTANCES": ROWS,
    "consumers.history.PAGE_EVENTS": 16,
    "consumers.history.CACHED_PAGES": 4,
    "consumers.cursor.HELD_BATCHES_MAX": 12,
    "consumers.cursor.RECENT_EVENTS_MAX": 30,
    "instances.batch.MAX_EVENTS": 10,
    "instances.batch.MAX_BYTES": 6 * 1024,
}
"""Every bound made small, so that a few hundred events meet them all."""
KEEP: Final = Keep(events=120, seconds=3_600)
SETTLED_SECONDS: Final = 10.0
"""After the last fault, everyone is where the streams end."""
LIVE_SECONDS: Final = 0.5
"""In fair weather an event arrives within that, without being healed: a beat takes longer to miss it."""

TOPICS: Final[Mapping[str, tuple[str, ...]]] = {
    "events": ("event_stream:a", "event_stream:b", "event_stream:rare", "aggregate_events:a"),
    "health": ("subscription_health:a:b", "subscription_health:c:d", "circuit_breaker_status:a"),
    "metrics": ("performance_metrics:a", "performance_metrics:b", "odd:one"),
    "alerts": ("system_alerts:a", "system_alerts:b"),
    "diagnostics": ("diagnostics:a", "diagnostics:b"),
}
PATTERNS: Final[tuple[tuple[str, str], ...]] = (
    ("events", "event_stream:*"),
    ("events", "event_stream:rare"),
    ("events", "*"),
    ("health", "subscription_health:*"),
    ("health", "*:a:b"),
    ("metrics", "performance_metrics:*"),
    ("metrics", "*:b"),
    ("alerts", "*"),
    ("alerts", "system_alerts:b"),
    ("diagnostics", "*"),
)


class _NoExchange:
    """Processes that tell one another no figures: nothing here reads them."""

    def __init__(self, *_: object) -> None:
        """It needs nothing."""

    def start(self) -> None:
        """Nothing runs."""

    async def stop(self) -> None:
        """Nothing ends."""


def _streams_here(spec: InstanceSpec) -> Streams:
    return CURRENT.get().configuration.streams(spec)


def _effective_here(name: str) -> Effective:
    return CURRENT.get().configuration.effective(find(name))


async def _read_here() -> bool:
    return CURRENT.get().configuration.refresh()


@contextmanager
def small_world() -> Iterator[None]:
    """Make every bound small, and what a process has one of its own."""
    with ExitStack() as patches:
        for name, value in SMALL.items():
            patches.enter_context(patch(name, value))
        patches.enter_context(patch("consumers.hub.Exchange", _NoExchange))
        patches.enter_context(patch("consumers.hub.instances", lambda: CURRENT.get().instances))
        patches.enter_context(patch("instances.broker.get_channel_layer", lambda alias: CURRENT.get().layer))
        patches.enter_context(patch("instances.groups._streams", _streams_here))
        patches.enter_context(patch("instances.config.effective", _effective_here))
        patches.enter_context(patch("consumers.reconfigured.read_anew", _read_here))
        for name in ("subscription_opened", "subscription_closed"):
            patches.enter_context(patch.object(notices, name, Signal()))
        yield


class World:
    """Everything, with one chance for all of it. `told` is the transcript of what was done."""

    def __init__(self, seed: int, *, processes: int = 2, clients: int = 5) -> None:
        self.chance = random.Random(seed)
        self.weather = Weather(self.chance)
        loop = asyncio.get_running_loop()
        self.streams = SimulatedStreams(self.weather, loop.time)
        self.layer = SimulatedLayer(self.weather)
        self.routing = SimulatedRouting()
        self.processes: list[Process] = []
        self.clients = [self._client(number) for number in range(clients)]
        self.transcript: list[str] = []
        self._size = processes
        self._started = 0
        self._loop = loop
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ending: list[asyncio.Task[None]] = []

    # --- who is there --------------------------------------------------------------------------------------------

    def _client(self, number: int) -> Client:
        chosen = self.chance.sample(PATTERNS, self.chance.choice((1, 2, 3)))
        records = [Record(find(name), Pattern(text)) for name, text in chosen]
        return Client(f"client {number}", self.chance, records, at_once=self.chance.random() < 0.5)

    async def begin(self) -> None:
        for _ in range(self._size):
            await self.start_process()
        for client in self.clients:
            self._ending.append(asyncio.create_task(client.live(self.processes, self.streams.published)))

    async def start_process(self) -> None:
        self._started += 1
        name = f"process{self._started}"

        async def make() -> Process:
            return Process(name, ROWS, KEEP, self.streams, self.layer, self.routing)

        self.processes.append(await asyncio.create_task(make()))

    async def replace_process(self) -> None:
        """Kill one, and start another."""
        killed = self.processes.pop(self.chance.randrange(len(self.processes)))
        for client in self.clients:
            if client.session is not None and client.session.process is killed:
                client.disconnect()
        await killed.stop()
        await self.start_process()

    def say(self, text: str) -> None:
        self.transcript.append(f"{self._loop.time():9.3f} {text}")

    def check(self) -> None:
        """Raise what a client has found to be wrong."""
        for task in self._ending:
            if task.done():
                task.result()

    # --- what happens --------------------------------------------------------------------------------------------

    def publish(self, spec: InstanceSpec, topics: list[str], *, again: bool = False) -> None:
        """Publish events, together, on any process; some publishers try again until they are told that it is in."""
        chance = self.chance
        events = [
            {
                "topic": topic,
                "event_type": chance.choice(("up", "down")),
                "data": {"severity": chance.choice(("debug", "info", "error")), "fill": "x" * chance.randrange(600)},
            }
            for topic in topics
        ]
        if again:
            for event in events:
                event["id"] = str(UUID(int=chance.getrandbits(128), version=4))
        self._do(self._publish(spec, events, again))

    async def _publish(self, spec: InstanceSpec, events: list[dict[str, Any]], again: bool) -> None:
        for _ in range(4 if again else 1):
            if await self.chance.choice(self.processes).publish(spec, events):
                return
            await asyncio.sleep(0.3)

    async def spread(self, spec: InstanceSpec, family: Family, parts: int) -> None:
        """Spread a family over so many streams, as an operator does; while Redis is out it is refused."""
        routes = dict(self.routing.routes.get(spec.name, {}))
        route = routes.get(family.name)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                heads = await self.streams.heads(new_streams(spec, family, route, parts))
        except (OSError, TimeoutError):
            self.say("refused")
            return
        begins = {stream: head.position for stream, head in heads.items()}
        routes[family.name] = spread(family, route, parts, begins)
        for client in self.clients:
            for record in client.records:
                if any(stream.split(".")[:2] == [spec.name, family.name] for stream in record.positions):
                    # Whoever followed it before, connected just now or not, is to get all that comes.
                    for stream, begin in begins.items():
                        record.begins.setdefault(stream, place_of(str(begin)))
        self.routing.routes = {**self.routing.routes, spec.name: routes}

    def _do(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def pass_time(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.check()

    # --- the end -------------------------------------------------------------------------------------------------

    async def settle(self) -> None:
        """End all faults, wait, and see that the continuity rule held. Raises: Broken."""
        self.say("fair weather")
        self.weather.clear()
        for client in self.clients:
            client.pace_seconds = 0.0
            client.hurry.set()
        await self.pass_time(SETTLED_SECONDS)
        self._check_reached("was held for ever")
        before = {stream: len(events) for stream, events in self.streams.published.items()}
        for name, topics in TOPICS.items():
            self.publish(find(name), list(topics))
        await self.pass_time(LIVE_SECONDS)
        self._check_delivered(before)
        await self.pass_time(2.5)
        self._check_reached("was not told of")
        for client in self.clients:
            self._check_client(client)

    def _check_reached(self, what: str) -> None:
        for client in self.clients:
            for record in client.records:
                if not record.positions:
                    raise Broken(f"{client.name} has no subscription to {record.pattern.text}.")
                behind = record.behind({stream: self.streams.head(stream) for stream in record.positions})
                if behind:
                    raise Broken(f"The end of a stream {what}: {client.name} {record.pattern.text} {behind}")

    def _check_delivered(self, before: Mapping[str, int]) -> None:
        for client in self.clients:
            for record in client.records:
                for stream in record.positions:
                    # Streams of an earlier layout get nothing any more.
                    new = self.streams.published.get(stream, [])[before.get(stream, 0) :]
                    for event in new[-1:]:
                        if record.wants(event) and event.place not in record.delivered[stream]:
                            raise Broken(f"{stream} {event.place} did not come by itself to {client.name}.")

    def _check_client(self, client: Client) -> None:
        excused: set[tuple[str, Any]] = set()
        for record in client.records:
            excused |= record.excused(self.streams.published)
            if not self.streams.restored:
                record.check_needed(self.streams.published, self.streams.keeps)
        conflated = sum(session.connection.mailbox.conflated for session in client.sessions)
        if len(excused) > conflated:
            raise Broken(f"{client.name} misses {len(excused)} events, and {conflated} were conflated: {excused}")
        last = client.session
        if last is not None and last.conflated_told != last.connection.mailbox.conflated:
            raise Broken(f"{last.connection.mailbox.conflated} were conflated, {last.conflated_told} were told.")

    async def end(self) -> None:
        for task in (*self._ending, *self._tasks):
            task.cancel()
        await asyncio.gather(*self._ending, *self._tasks, return_exceptions=True)
        for process in self.processes:
            await process.stop()
