"""The hub of a process: finds the subscribers of each event and puts the same bytes into their mailboxes."""

import asyncio
import logging
import os
import random
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings

from consumers import notices
from consumers.close_codes import DRAINING, NO_PONG
from consumers.connection import GRACE_MOST_SECONDS, GRACE_REGAINED_SECONDS, Connection, Shared, Subscription
from consumers.cursor import Hole
from consumers.figures import Exchange, ProcessFigures, Told, instance_figures
from consumers.mailbox import MAILBOX_MAX_BYTES
from consumers.messages import Control, Event, Gap, runs_of
from consumers.pump import Pump
from consumers.trie import Matcher
from instances.batch import Batch
from instances.broker import Broker, Unavailable
from instances.catalog import INSTANCES
from instances.groups import streams_of
from instances.schemas import usage
from instances.spec import InstanceSpec
from instances.streams import Position
from instances.supervisor import start_instances, stop_instances
from instances.topics import Pattern

logger = logging.getLogger(__name__)

TICK_SECONDS: Final = 1.0
PING_SECONDS: Final = 25
PONG_SECONDS: Final = 10.0
PRESSED_BYTES: Final = MAILBOX_MAX_BYTES // 2
BREATH_SECONDS: Final = 0.002
STALLED_BREATHS: Final = 5
"""Whoever takes nothing in so many breaths isn't reading."""
DRAIN_RETRY_MS: Final = (500, 5_000)
"""Clients of a process that drains come back spread over this time, and not all at once."""


class Hub:
    """One for each process, on the loop that serves its sockets. It knows no database."""

    def __init__(self, broker: Broker) -> None:
        self.connections: dict[str, Connection] = {}
        self._loop = asyncio.get_running_loop()
        self._matchers: dict[str, Matcher[Connection]] = {spec.name: Matcher() for spec in INSTANCES}
        self._followers: dict[str, Counter[Connection]] = {}
        """Of each stream, the connections with a pattern that it may match."""
        self._told_heads: dict[str, Position] = {}
        self._dirty: list[Connection] = []
        self._delivered: Counter[str] = Counter()
        self._subscribers: Counter[str] = Counter()
        """Of each instance, the connections that follow anything of it."""
        self._pressed: dict[str, set[Connection]] = {spec.name: set() for spec in INSTANCES}
        """Of each instance, the connections whose mailbox its last batches have filled to more than half."""
        self.pumps = {
            spec.name: Pump(spec, broker, deliver=self._deliver, tell=self._tell_hole, breathe=self._breathe)
            for spec in INSTANCES
        }
        self._ticker = asyncio.create_task(self._tick(), name="hub ticker")
        self._broker = broker
        self._started_ms = round(time.time() * 1000)
        self.exchange = Exchange(broker, self.figures)
        self.exchange.start()

    # --- connections ---------------------------------------------------------------------------------------------

    def attach(self, connection: Connection) -> None:
        """Take in a connection that has said who it is."""
        connection.connected_at = connection.pinged_at = self._loop.time()
        self.connections[connection.id] = connection

    def detach(self, connection: Connection) -> None:
        """Forget a connection; a second time changes nothing."""
        if self.connections.pop(connection.id, None) is not None:
            for subscription in list(connection.subscriptions.values()):
                self.unsubscribe(connection, subscription)

    async def subscribe(
        self, connection: Connection, *, id: str, spec: InstanceSpec, pattern: Pattern
    ) -> tuple[Subscription, dict[str, Position]]:
        """Have the connection follow the pattern, and return where live begins in each stream. Raises: Unavailable."""
        streams = streams_of(spec, pattern)
        pump = self.pumps[spec.name]
        await pump.follow(streams)
        subscription = Subscription(id, spec, pattern, streams)
        if connection.id not in self.connections:
            pump.unfollow(streams)
            raise Unavailable("The connection is closed.")
        if not _follows(connection, spec):
            self._subscribers[spec.name] += 1
        connection.subscriptions[id] = subscription
        self._matchers[spec.name].add(pattern, connection)
        for stream in streams:
            self._followers.setdefault(stream, Counter())[connection] += 1
            self._told_heads.setdefault(stream, pump.cursors[stream].head)
        notices.subscription_opened.send_robust(sender=Hub, **_told_of(connection, subscription))
        usage.note_subscribed(spec.name, connection.principal, pattern.text)
        return subscription, {stream: pump.cursors[stream].head for stream in streams}

    def unsubscribe(self, connection: Connection, subscription: Subscription) -> None:
        del connection.subscriptions[subscription.id]
        if not _follows(connection, subscription.spec):
            self._subscribers[subscription.spec.name] -= 1
        self._matchers[subscription.spec.name].remove(subscription.pattern, connection)
        for stream in subscription.streams:
            followers = self._followers[stream]
            followers[connection] -= 1
            if not followers[connection]:
                del followers[connection]
            if not followers:
                del self._followers[stream]
        self.pumps[subscription.spec.name].unfollow(subscription.streams)
        notices.subscription_closed.send_robust(sender=Hub, **_told_of(connection, subscription))
        usage.note_unsubscribed(subscription.spec.name, connection.principal, subscription.pattern.text)

    # --- events --------------------------------------------------------------------------------------------------

    def _deliver(self, spec: InstanceSpec, batch: Batch) -> None:
        """Put a batch into the mailboxes: events for the same subscribers as one run that all of them share."""
        match = self._matchers[spec.name].match
        epoch, stream, delivery = batch.epoch, batch.stream, spec.delivery
        waiting: list[Event] = []
        waiting_for: tuple[Connection, ...] = ()
        for offset, (topic, event_type, severity, wire) in enumerate(batch.events, batch.first):
            targets = match(topic)
            # The matcher gives the very same tuple for the same subscribers.
            if targets is not waiting_for:
                self._put(spec, waiting, waiting_for)
                waiting, waiting_for = [], targets
            if targets:
                waiting.append(
                    Event(
                        stream=stream,
                        epoch=epoch,
                        offset=offset,
                        topic=topic,
                        event_type=event_type,
                        severity=severity,
                        delivery=delivery,
                        wire=wire,
                    )
                )
        self._put(spec, waiting, waiting_for)

    def _put(self, spec: InstanceSpec, events: list[Event], targets: tuple[Connection, ...]) -> None:
        if not events:
            return
        self._delivered[spec.name] += len(events) * len(targets)
        urgent = spec.delivery.urgent
        pressed = self._pressed[spec.name]
        for run in runs_of(events):
            for connection in targets:
                connection.put(run, urgent=urgent)
                if connection.mailbox.size > PRESSED_BYTES:
                    pressed.add(connection)
                if not connection.dirty:
                    self._soil(connection)

    async def _breathe(self, spec: InstanceSpec) -> None:
        """Let the others have their turn, and those who read the time to read what came all at once.

        A batch of 4 MiB is several mailboxes full, and arrives quicker than any socket takes it: nobody is a slow
        consumer for that. So the instance's pump waits, as long as the pressed connections get on, but no longer
        than each has grace. One that doesn't get on at all has none, until its mailbox is empty again.
        """
        await asyncio.sleep(0)
        pressed = self._pressed[spec.name]
        sizes = {connection: connection.mailbox.size for connection in pressed if connection.grace_seconds > 0}
        pressed.clear()
        stalled: Counter[Connection] = Counter()
        while sizes:
            started = self._loop.time()
            await asyncio.sleep(BREATH_SECONDS)
            spent = self._loop.time() - started
            for connection, before in list(sizes.items()):
                size = sizes[connection] = connection.mailbox.size
                stalled[connection] = stalled[connection] + 1 if size >= before else 0
                connection.grace_seconds -= spent
                if stalled[connection] > STALLED_BREATHS:
                    connection.grace_seconds = 0.0
                if size <= PRESSED_BYTES or connection.grace_seconds <= 0:
                    del sizes[connection]

    def _soil(self, connection: Connection) -> None:
        """Have the connection flushed at the end of this turn, together with all that arrives in it."""
        if not self._dirty:
            self._loop.call_soon(self._flush)
        connection.dirty = True
        self._dirty.append(connection)

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, []
        shared: Shared = {}
        for connection in dirty:
            connection.flush(shared)

    def _tell_hole(self, spec: InstanceSpec, hole: Hole) -> None:
        """Tell every follower of the stream what is missing in it."""
        logger.warning("A gap in %s from %s:%s (%s).", hole.stream, hole.epoch, hole.first, hole.reason)
        gap = Gap(
            stream=hole.stream,
            epoch=hole.epoch,
            first=hole.first,
            last=hole.last,
            following=str(hole.following),
            lost=None,
            reason=hole.reason,
        )
        for connection in self._followers.get(hole.stream, ()):
            connection.tell_gap(gap, urgent=spec.delivery.urgent)
            if not connection.dirty:
                self._soil(connection)

    # --- time ----------------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                self._tell_positions()
                self._ping(self._loop.time())
            except Exception:
                # One bad second must not end the pings of all that follow.
                logger.exception("The hub's tick failed.")

    def _tell_positions(self) -> None:
        """Tell those to whom a stream's newest event did not go how far they may consider themselves served.

        How many events were conflated is told along with it, or alone.
        """
        told: dict[Connection, dict[str, str]] = {}
        for pump in self.pumps.values():
            match = self._matchers[pump.spec.name].match
            for stream, cursor in pump.cursors.items():
                if self._told_heads.get(stream) == cursor.head:
                    continue
                self._told_heads[stream] = cursor.head
                served = set(match(cursor.last_topic)) if cursor.last_topic is not None else set()
                for connection in self._followers.get(stream, ()):
                    if connection not in served:
                        told.setdefault(connection, {})[stream] = str(cursor.head)
        for connection in self.connections.values():
            if connection.mailbox.conflated > connection.told_conflated:
                told.setdefault(connection, {})
        for connection, positions in told.items():
            if connection.positions_wait in connection.mailbox.normal:
                # A slow client has the last ones still before it; the next tell of these streams too.
                for stream in positions:
                    self._told_heads.pop(stream, None)
                continue
            conflated = connection.mailbox.conflated
            frame: dict[str, object] = {"positions": positions}
            if conflated > connection.told_conflated:
                frame["conflated"] = conflated - connection.told_conflated
                connection.told_conflated = conflated
            connection.positions_wait = Control(frame)
            connection.put(connection.positions_wait)
            connection.flush({})

    def _ping(self, now: float) -> None:
        for connection in list(self.connections.values()):
            if not connection.mailbox:
                connection.grace_seconds = min(connection.grace_seconds + GRACE_REGAINED_SECONDS, GRACE_MOST_SECONDS)
            waits = connection.awaits_pong_since
            if waits is not None:
                if now - waits > PONG_SECONDS:
                    connection.close(NO_PONG)
            elif now - connection.pinged_at >= PING_SECONDS:
                connection.pinged_at = connection.awaits_pong_since = now
                connection.tell({"ping": {}})

    # --- the whole -----------------------------------------------------------------------------------------------

    async def drain(self) -> None:
        """Tell every client to go elsewhere, and close; each with a time of its own to come back."""
        for connection in list(self.connections.values()):
            retry_after_ms = random.randint(*DRAIN_RETRY_MS)
            connection.tell({"bye": {"code": DRAINING.code, "reason": DRAINING.name, "retry_after_ms": retry_after_ms}})
            connection.close(DRAINING)

    async def stop(self) -> None:
        await self.exchange.stop()
        self._ticker.cancel()
        await asyncio.gather(self._ticker, return_exceptions=True)
        for pump in self.pumps.values():
            await pump.stop()

    def figures(self) -> ProcessFigures:
        """Return what this process tells all others of itself."""
        return ProcessFigures(
            name=f"{settings.GATERHUB_NODE}-{os.getpid()}",
            version=settings.GATERHUB_VERSION,
            started_ms=self._started_ms,
            connections=len(self.connections),
            queued_bytes=sum(connection.mailbox.size for connection in self.connections.values()),
            breaker=self._broker.breaker.state.value,
            instances=instance_figures(
                follows={name: pump.keeper.up for name, pump in self.pumps.items()}, subscribers=self._subscribers
            ),
        )

    def snapshot(self) -> dict[str, Any]:
        """Return this process's figures as plain values."""
        subscriptions = Counter(
            subscription.spec.name
            for connection in self.connections.values()
            for subscription in connection.subscriptions.values()
        )
        return {
            "connections": len(self.connections),
            "queued_bytes": sum(connection.mailbox.size for connection in self.connections.values()),
            "dropped": sum(connection.mailbox.dropped for connection in self.connections.values()),
            "conflated": sum(connection.mailbox.conflated for connection in self.connections.values()),
            "instances": {
                name: {
                    "up": pump.keeper.up,
                    "restarts": pump.keeper.restarts,
                    "subscriptions": subscriptions[name],
                    "streams": len(pump.cursors),
                    "delivered": self._delivered[name],
                }
                for name, pump in self.pumps.items()
            },
        }


def _follows(connection: Connection, spec: InstanceSpec) -> bool:
    return any(subscription.spec is spec for subscription in connection.subscriptions.values())


def _told_of(connection: Connection, subscription: Subscription) -> dict[str, Any]:
    return {
        "connection": connection.id,
        "principal": connection.principal,
        "instance": subscription.spec.name,
        "pattern": subscription.pattern.text,
    }


_hub: Hub | None = None


async def start_hub() -> Hub:
    """Return the hub of this process, started on the running loop if it isn't yet."""
    global _hub
    here = await start_instances()
    if _hub is None:
        _hub = Hub(here.broker)
    return _hub


async def stop_hub() -> None:
    """End the hub and the instances of this process."""
    global _hub
    ending, _hub = _hub, None
    if ending is not None:
        await ending.stop()
    await stop_instances()


def current_hub() -> Hub | None:
    """Return the hub of this process, or None where none runs."""
    return _hub


def snapshot() -> Mapping[str, Any]:
    """Return the figures of this process's hub, empty where none runs."""
    return {} if _hub is None else _hub.snapshot()


def processes() -> list[Told]:
    """Return what every process of the hub last told of itself, empty where no hub runs in this one."""
    return [] if _hub is None else _hub.exchange.told()
