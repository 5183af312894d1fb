"""Subscriptions that stand while an operator changes by which streams their instance goes, and what is given up."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from consumers.connection import Connection, Subscription
from consumers.pump import Pump
from instances import config
from instances.broker import Unavailable
from instances.catalog import INSTANCES
from instances.groups import streams_of
from instances.routing import Route
from instances.spec import InstanceSpec

logger = logging.getLogger(__name__)

AGAIN: Final[Mapping[str, Route]] = {"": Route(0)}
"""No configuration is like it: look at everybody once more."""


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

    def look_again(self, spec: InstanceSpec) -> None:
        """Look at everybody once more: somebody came while the routes changed."""
        self._known[spec.name] = AGAIN

    async def follow(self, spec: InstanceSpec) -> None:
        """Have every subscription follow the streams that its pattern has now. Raises: Unavailable.

        1. Find what each lacks.
        2. Follow it all from where the streams were taken into use: what was published since goes to everybody whose
           pattern matches, by the way of all live events.
        3. Let each subscription know of its new streams.
        """
        if not self._is_behind(spec):
            return
        async with self._one_at_a_time[spec.name]:
            routes = config.effective(spec.name).routes
            begins = {stream: at for route in routes.values() for stream, at in route.begins.items()}
            lacking = self._lacking(spec)
            new = tuple(dict.fromkeys(stream for _, _, streams in lacking for stream in streams))
            pump = self._hub.pumps[spec.name]
            await pump.follow(new, begins=begins)
            try:
                for connection, subscription, streams in lacking:
                    if connection.subscriptions.get(subscription.id) is subscription:
                        await pump.follow(streams)
                        self._extend(connection, subscription, streams)
            finally:
                pump.unfollow(new)
            self._known[spec.name] = routes

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _tell_policy(self, spec: InstanceSpec) -> None:
        """Let followers know what becomes of a full queue from now on, and only then go by it."""
        delivery = config.effective(spec.name).delivery
        if delivery == self.delivery[spec.name]:
            return
        self.delivery[spec.name] = delivery
        for connection, subscription in self._followers(spec):
            connection.tell({"policy": {"sub": subscription.id, "policy": delivery.overflow.value}})

    def _followers(self, spec: InstanceSpec) -> list[tuple[Connection, Subscription]]:
        return [
            (connection, subscription)
            for connection in self._hub.connections.values()
            for subscription in connection.subscriptions.values()
            if subscription.spec is spec
        ]

    def _is_behind(self, spec: InstanceSpec) -> bool:
        return self._known[spec.name] != config.effective(spec.name).routes

    def _lacking(self, spec: InstanceSpec) -> list[tuple[Connection, Subscription, tuple[str, ...]]]:
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
