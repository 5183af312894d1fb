"""The reading end of one instance: joins the groups that this process needs, and passes on what arrives, in order."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from consumers.cursor import Cursor, Hole
from instances.batch import BARRIER, EVENTS, Batch, from_message
from instances.broker import Broker, Unavailable
from instances.groups import group_of
from instances.keeper import Keeper
from instances.spec import InstanceSpec

logger = logging.getLogger(__name__)

REORDER_SECONDS: Final = 0.25
"""How long a batch waits for what should come before it, before that is told as lost."""
BARRIER_SECONDS: Final = 2.0
LINGER_SECONDS: Final = 5.0
"""A group stays joined for a moment after its last subscriber, because pages are reloaded."""

Deliver = Callable[[InstanceSpec, Batch], None]
Tell = Callable[[InstanceSpec, Hole], None]
Breathe = Callable[[InstanceSpec], Awaitable[None]]


class Pump:
    """One for each instance, so that a flood of one doesn't queue before another's events."""

    def __init__(self, spec: InstanceSpec, broker: Broker, *, deliver: Deliver, tell: Tell, breathe: Breathe) -> None:
        self.spec = spec
        self.cursors: dict[str, Cursor] = {}
        """The streams followed, by name."""
        self._broker = broker
        self._alias = spec.delivery.layer
        self._deliver = deliver
        self._tell = tell
        self._breathe = breathe
        self._wanted: dict[str, int] = {}
        self._changes = asyncio.Lock()
        self._barriers: dict[str, asyncio.Future[None]] = {}
        self._channel: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._leaving: set[asyncio.Task[None]] = set()
        self.keeper = Keeper(f"pump of {spec.name}", self._run, on_end=self._ended)

    @property
    def ready(self) -> bool:
        """Whether a channel is open, and joined to what is followed."""
        return self._channel.done()

    async def follow(self, streams: Sequence[str]) -> None:
        """Make sure that everything after the streams' cursors arrives here. Raises: Unavailable."""
        for stream in streams:
            self._wanted[stream] = self._wanted.get(stream, 0) + 1
        try:
            if any(stream not in self.cursors for stream in streams):
                async with self._changes:
                    await self._join([stream for stream in streams if stream not in self.cursors])
        except BaseException:
            self.unfollow(streams)
            raise

    def unfollow(self, streams: Sequence[str]) -> None:
        """Take back one `follow`."""
        for stream in streams:
            self._wanted[stream] -= 1
        if any(self._wanted[stream] == 0 for stream in streams):
            task = asyncio.create_task(self._leave_later(streams))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def stop(self) -> None:
        for task in self._leaving:
            task.cancel()
        await self.keeper.stop()

    async def _join(self, streams: Sequence[str]) -> None:
        """Follow streams that nobody here followed.

        1. Join their groups.
        2. Wait for a message of our own through each group: from then on nothing of it is missed.
        3. Read where the streams end. What arrives of the events up to there was on its way already, and is
           passed over; what comes after is live.
        """
        channel = await asyncio.wait_for(asyncio.shield(self._channel), BARRIER_SECONDS)
        for stream in streams:
            await self._broker.join(self._alias, group_of(stream), channel)
        try:
            await asyncio.wait_for(asyncio.gather(*(self._barrier(stream) for stream in streams)), BARRIER_SECONDS)
        except TimeoutError:
            raise Unavailable("The channel layer did not confirm the subscription in time.") from None
        heads = await self._broker.heads(streams)
        for stream, head in heads.items():
            self.cursors.setdefault(stream, Cursor(stream, head.position, head.topic))

    async def _barrier(self, stream: str) -> None:
        token = secrets.token_hex(8)
        arrived = self._barriers[token] = asyncio.get_running_loop().create_future()
        try:
            # A subscription may be confirmed after the first of these was sent, so it is sent until it comes back.
            while not arrived.done():
                await self._broker.send(self._alias, group_of(stream), {"type": BARRIER, "token": token})
                await asyncio.wait({arrived}, timeout=0.1)
        finally:
            del self._barriers[token]

    async def _leave_later(self, streams: Sequence[str]) -> None:
        await asyncio.sleep(LINGER_SECONDS)
        async with self._changes:
            for stream in streams:
                if self._wanted.get(stream) == 0:
                    del self._wanted[stream]
                    self.cursors.pop(stream, None)
                    try:
                        await self._broker.leave(self._alias, group_of(stream), await self._channel)
                    except Unavailable as refusal:
                        # What still arrives for the group finds no cursor, and is passed over.
                        logger.info("The group of %s was not left: %s", stream, refusal.message)

    async def _run(self) -> None:
        """Open a channel, join again what was followed, and pass on what arrives until cancelled."""
        channel = await self._broker.new_channel(self._alias)
        for stream in self.cursors:
            await self._broker.join(self._alias, group_of(stream), channel)
        self._channel.set_result(channel)
        while True:
            self._take(await self._broker.receive(self._alias, channel))
            # The in-memory layer gives without waiting as long as it has something; the others want their turn.
            await self._breathe(self.spec)

    def _ended(self) -> None:
        self._channel = asyncio.get_running_loop().create_future()

    def _take(self, message: dict[str, Any]) -> None:
        kind = message.get("type")
        if kind == BARRIER:
            arrived = self._barriers.get(message["token"])
            if arrived is not None and not arrived.done():
                arrived.set_result(None)
        elif kind == EVENTS:
            batch = from_message(message)
            cursor = self.cursors.get(batch.stream)
            if cursor is not None:
                waited = cursor.waits
                self._pass(cursor.accept(batch))
                if cursor.waits and not waited:
                    asyncio.get_running_loop().call_later(REORDER_SECONDS, self._give_up, cursor)

    def _give_up(self, cursor: Cursor) -> None:
        self._pass(cursor.give_up())

    def _pass(self, passed: list[Batch | Hole]) -> None:
        for part in passed:
            if isinstance(part, Batch):
                self._deliver(self.spec, part)
            else:
                self._tell(self.spec, part)
