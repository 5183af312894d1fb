"""The reading end of one instance: joins the groups that this process needs, and passes on what arrives, in order."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from consumers.cursor import Cursor, Hole
from consumers.history import History
from instances.batch import BARRIER, EVENTS, Batch, from_message
from instances.broker import Broker, Unavailable
from instances.groups import group_of
from instances.keeper import Keeper
from instances.spec import InstanceSpec
from instances.streams import Head, Position
from instances.turns import PIECE_BYTES

logger = logging.getLogger(__name__)

REORDER_SECONDS: Final = 0.05
"""How long a batch waits for what should come before it, before that is read from history."""
HEAL_RETRY_SECONDS: Final = 0.5
BARRIER_SECONDS: Final = 2.0
LINGER_SECONDS: Final = 5.0
"""A group stays joined for a moment after its last subscriber, because pages are reloaded."""

AT_THEIR_ENDS: Final[Mapping[str, Position]] = {}

Deliver = Callable[[InstanceSpec, Batch], None]
Tell = Callable[[InstanceSpec, Hole], None]
Breathe = Callable[[], Awaitable[None]]


class Pump:
    """One for each instance, so that a flood of one doesn't queue before another's events."""

    def __init__(
        self,
        spec: InstanceSpec,
        broker: Broker,
        *,
        history: History,
        deliver: Deliver,
        tell: Tell,
        breathe: Breathe,
    ) -> None:
        self.spec = spec
        self.cursors: dict[str, Cursor] = {}
        """The streams followed, by name."""
        self._broker = broker
        self._history = history
        self._alias = spec.delivery.layer
        self._deliver = deliver
        self._tell = tell
        self._breathe = breathe
        self._wanted: dict[str, int] = {}
        self._changes = asyncio.Lock()
        self._barriers: dict[str, asyncio.Future[None]] = {}
        self._channel = ""
        """Empty while none is open."""
        self._opened = asyncio.Event()
        self._leaving: set[asyncio.Task[None]] = set()
        self._healing: dict[str, asyncio.Task[None]] = {}
        self._expected: dict[str, Position] = {}
        """Of each stream, where it ended at the last beat."""
        self.healed_events = 0
        """Events that did not arrive by themselves and were read from history."""
        self.heard_at: float | None = None
        """When anything came last, in seconds of the loop's clock."""
        self.keeper = Keeper(f"pump of {spec.name}", self._run, on_end=self._ended)

    @property
    def ready(self) -> bool:
        """Whether a channel is open, and joined to what is followed."""
        return self._opened.is_set()

    async def follow(self, streams: Sequence[str], *, begins: Mapping[str, Position] = AT_THEIR_ENDS) -> None:
        """Make sure that everything after the streams' cursors arrives here. Raises: Unavailable.

        A stream that nobody here followed yet begins at its end, or where `begins` says, and what came since is read.
        """
        self.want(streams)
        try:
            if any(stream not in self.cursors for stream in streams):
                async with self._changes:
                    await self._join([stream for stream in streams if stream not in self.cursors], begins)
        except BaseException:
            self.unfollow(streams)
            raise

    def want(self, streams: Sequence[str]) -> None:
        """Count one more who follows streams that are followed already."""
        for stream in streams:
            self._wanted[stream] = self._wanted.get(stream, 0) + 1

    def unfollow(self, streams: Sequence[str]) -> None:
        """Take back one `follow`."""
        for stream in streams:
            self._wanted[stream] -= 1
        if any(self._wanted[stream] == 0 for stream in streams):
            task = asyncio.create_task(self._leave_later(streams))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def stop(self) -> None:
        for task in (*self._leaving, *self._healing.values()):
            task.cancel()
        await self.keeper.stop()

    async def _join(self, streams: Sequence[str], begins: Mapping[str, Position]) -> None:
        """Follow streams that nobody here followed.

        1. Join their groups.
        2. Wait for a message of our own through each group: from then on nothing of it is missed.
        3. Read where the streams end. What arrives of the events up to there was on its way already, and is
           passed over; what comes after is live.
        """
        try:
            await asyncio.wait_for(self._opened.wait(), BARRIER_SECONDS)
            for stream in streams:
                await self._broker.join(self._alias, group_of(stream), self._channel)
            await asyncio.wait_for(asyncio.gather(*(self._barrier(stream) for stream in streams)), BARRIER_SECONDS)
        except TimeoutError:
            raise Unavailable("The channel layer did not confirm the subscription in time.") from None
        heads = await self._broker.heads(streams)
        for stream, head in heads.items():
            begin = begins.get(stream, head.position)
            cursor = self.cursors.setdefault(stream, Cursor(stream, begin))
            if begin != head.position:
                self.heal(cursor)

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
                    if not self._opened.is_set():
                        # The next channel joins only what is wanted then.
                        continue
                    try:
                        await self._broker.leave(self._alias, group_of(stream), self._channel)
                    except Unavailable as refusal:
                        # What still arrives for the group finds no cursor, and is passed over.
                        logger.info("The group of %s was not left: %s", stream, refusal.message)

    async def _run(self) -> None:
        """Open a channel, join again what was followed, and pass on what arrives until cancelled."""
        loop = asyncio.get_running_loop()
        channel = await self._broker.new_channel(self._alias)
        # Also what somebody is about to follow: they may have joined it on the channel before.
        for stream in list(self._wanted):
            await self._broker.join(self._alias, group_of(stream), channel)
        self._channel = channel
        self._opened.set()
        gives_way, turns = self.spec.delivery.gives_way, self._broker.turns
        while True:
            message = await self._broker.receive(self._alias, channel)
            if gives_way and len(message.get("events", ())) >= PIECE_BYTES:
                await turns.take()
            self._take(message)
            self.heard_at = loop.time()
            # The in-memory layer gives without waiting as long as it has something; the others want their turn.
            await self._breathe()

    def _ended(self) -> None:
        self._opened.clear()

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
                    asyncio.get_running_loop().call_later(REORDER_SECONDS, self.heal, cursor)

    # --- healing -------------------------------------------------------------------------------------------------

    def beat(self, heads: Mapping[str, Head]) -> None:
        """Find streams that went on without a word here: where one ended at the last beat must be reached by now."""
        for stream, cursor in self.cursors.items():
            expected = self._expected.get(stream)
            if expected is not None and not cursor.reached(expected):
                self.heal(cursor)
        self._expected = {stream: heads[stream].position for stream in self.cursors if stream in heads}

    def heal(self, cursor: Cursor) -> None:
        """Read from history what did not come; at once, in a task of its own, unless it is being done already."""
        stream = cursor.stream
        if stream not in self._healing and self.cursors.get(stream) is cursor:
            task = asyncio.create_task(self._heal(cursor), name=f"healing {stream}")
            self._healing[stream] = task
            task.add_done_callback(lambda _: self._healing.pop(stream, None))

    async def _heal(self, cursor: Cursor) -> None:
        """Go on from the cursor's head until nothing waits, and the history has nothing more.

        1. Read a page. While the broker is out, wait for it.
        2. Pass it on, with what was held for it.
        3. What is held and was found neither there nor by itself never comes. A second look makes sure, because a
           page may have been asked for by somebody else, before that was kept.
        """
        barren = 0
        while self.cursors.get(cursor.stream) is cursor:
            before = cursor.head
            try:
                kept = await self._history.after(cursor.stream, before)
            except Unavailable:
                await asyncio.sleep(HEAL_RETRY_SECONDS)
                continue
            if cursor.head.epoch != before.epoch:
                # It went over to the next epoch meanwhile.
                continue
            passed = cursor.fill(kept)
            self.healed_events += sum(len(part.events) for part in passed if isinstance(part, Batch))
            self._pass(passed)
            if cursor.head == before:
                barren += 1
                if barren == 2 or not cursor.waits:
                    break
                continue
            barren = 0
            await self._breathe()
            if not cursor.waits and cursor.reached(self._expected.get(cursor.stream, cursor.head)):
                break
        self._pass(cursor.give_up())

    def _pass(self, passed: list[Batch | Hole]) -> None:
        for part in passed:
            if isinstance(part, Batch):
                self._deliver(self.spec, part)
            else:
                self._tell(self.spec, part)
