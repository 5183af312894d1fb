"""Subscriptions that stand while an operator changes by which streams their instance goes, and what is given up."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from consumers.connection import Connection, Subscription
from consumers.pump import Pump
from instances import config
from instances.broker import Unavailable
from instances.catalog import INSTANCES
from instances.groups import all_streams, family_of, streams_of
from instances.routing import Route
from instances.spec import InstanceSpec
from instances.streams import Position

logger = logging.getLogger(__name__)

Lacking = tuple[Connection, Subscription, tuple[str, ...]]
"""A subscription, and the streams that it doesn't follow and should."""


async def read_anew() -> bool:
    """Read the configuration now, apart from the loop. False: the database is out."""
    return await asyncio.to_thread(config.refresh)


def left_at(spec: InstanceSpec, streams: Iterable[str], since: Mapping[str, Position]) -> dict[str, Position]:
    """Return where a client left off in each of the streams that it comes back to.

    One that knows a family's earlier streams left before the family was spread, and comes back to the new ones, too:
    to where they ended when they were taken into use.
    """
    begins = config.effective(spec.name).begins
    known = {family_of(stream) for stream in since}
    at = {}
    for stream in streams:
        if stream in since:
            at[stream] = since[stream]
        elif stream in begins and family_of(stream) in known:
            at[stream] = begins[stream]
    return at


def tell_new(
    connection: Connection, sub: str, spec: InstanceSpec, at: Mapping[str, Position], since: Mapping[str, Position]
) -> None:
    """Tell a client that comes back of streams that are new to it, before what they hold is replayed.

    It doesn't know yet what its subscription is called; `of` is a stream that it does know.
    """
    new = {stream: str(position) for stream, position in at.items() if stream not in since}
    for family, known in {family_of(stream): stream for stream in since}.items():
        if streams := {stream: position for stream, position in new.items() if family_of(stream) == family}:
            told = {"sub": sub, "of": known, "streams": streams}
            connection.tell({"extended": told}, urgent=spec.delivery.urgent)


class Followed(Protocol):
    """As much of the hub as is needed here."""

    connections: dict[str, Connection]
    pumps: dict[str, Pump]


class Reconfigured:
    """One of each hub, on its loop. `extend` has a subscription follow further streams, which its pump has by then."""

    def __init__(self, hub: Followed, extend: Callable[[Connection, Subscription, tuple[str, ...]], None]) -> None:
        self._hub = hub
        self._extend = extend
        self._known: dict[str, Mapping[str, Route]] = {spec.name: {} for spec in INSTANCES}
        self._one_at_a_time = {spec.name: asyncio.Lock() for spec in INSTANCES}
        self._tasks: set[asyncio.Task[None]] = set()
        self.delivery = {spec.name: config.effective(spec.name).delivery for spec in INSTANCES}
        """Of each instance, as its followers know it."""

    def look(self) -> None:
        """Follow what has changed since the last look, in tasks of their own; once a second."""
        for spec in INSTANCES:
            self._tell_policy(spec)
            if self._is_behind(spec) and not self._one_at_a_time[spec.name].locked():
                task = asyncio.create_task(self._follow_or_log(spec), name=f"new streams of {spec.name}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def follow(self, spec: InstanceSpec, *, naming: Iterable[str] = ()) -> None:
        """Have every subscription follow the streams that its pattern has now. Raises: Unavailable.

        Where streams are named that aren't known here, another process knows a newer layout: it is read first.
        """
        known = all_streams(spec)
        if any(stream not in known for stream in naming) and not await read_anew():
            raise Unavailable("The configuration can't be read just now, and the streams that you name are not known.")
        if self._is_behind(spec):
            async with self._one_at_a_time[spec.name]:
                routes = config.effective(spec.name).routes
                while lacking := self._lacking(spec):
                    await self._take_up(spec, lacking)
                self._known[spec.name] = routes

    async def _take_up(self, spec: InstanceSpec, lacking: list[Lacking]) -> None:
        """Follow what subscriptions lack.

        1. Follow it all from where the streams were taken into use: what was published since goes to everybody whose
           pattern matches, by the way of all live events.
        2. In the same turn of the loop, so before anything of them is told, let each subscription have its new streams.
        """
        new = tuple(dict.fromkeys(stream for _, _, streams in lacking for stream in streams))
        pump = self._hub.pumps[spec.name]
        await pump.follow(new, begins=config.effective(spec.name).begins)
        for connection, subscription, streams in lacking:
            if connection.subscriptions.get(subscription.id) is subscription:
                pump.want(streams)
                self._extend(connection, subscription, streams)
        pump.unfollow(new)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _tell_policy(self, spec: InstanceSpec) -> None:
        """Let followers know what becomes of a full queue from now on, and only then go by it."""
        delivery = config.effective(spec.name).delivery
        if delivery == self.delivery[spec.name]:
            return
        for connection, subscription in self._followers(spec):
            connection.tell({"policy": {"sub": subscription.id, "policy": delivery.overflow.value}})
        self.delivery[spec.name] = delivery

    def _followers(self, spec: InstanceSpec) -> list[tuple[Connection, Subscription]]:
        return [
            (connection, subscription)
            for connection in self._hub.connections.values()
            for subscription in connection.subscriptions.values()
            if subscription.spec is spec
        ]

    def _is_behind(self, spec: InstanceSpec) -> bool:
        return self._known[spec.name] != config.effective(spec.name).routes

    def _lacking(self, spec: InstanceSpec) -> list[Lacking]:
        lacking = []
        for connection, subscription in self._followers(spec):
            now = streams_of(spec, subscription.pattern)
            streams = tuple(stream for stream in now if stream not in subscription.streams)
            if streams:
                lacking.append((connection, subscription, streams))
        return lacking

    async def _follow_or_log(self, spec: InstanceSpec) -> None:
        try:
            await self.follow(spec)
        except Unavailable as refusal:
            logger.warning("New streams of %s are not followed yet, and tried again: %s", spec.name, refusal.message)
