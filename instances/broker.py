"""The way to Redis, or to this process's memory: streams and channel layer behind time-outs and a circuit breaker."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from instances.board import Board, MemoryBoard, Note
from instances.breaker import CircuitBreaker, State
from instances.catalog import find
from instances.error_codes import Refusal
from instances.event import Prepared, Signed
from instances.groups import instance_of
from instances.limits.bucket import Lease
from instances.limits.leases import SharedBuckets
from instances.limits.rates import Amount, Rates
from instances.replays import MemoryReplays, Replays
from instances.streams import Due, Head, IdConflict, Keeps, KeptStreams, Placed, Position, Slice, Streams
from instances.turns import Turns

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS: Final = 1.0
"""For one step; a publish has two (count, broadcast), so that a hung Redis is told within two seconds."""


class Unavailable(Refusal):
    """The broker can't be reached; whether what was asked has happened is unknown."""

    def __init__(self, message: str) -> None:
        super().__init__("unavailable", message)


class Broker:
    """What the lanes and the hub's pumps of one event loop share."""

    def __init__(
        self,
        *,
        streams: Streams,
        journal: KeptStreams | None = None,
        board: Board | None = None,
        replays: Replays | None = None,
        buckets: SharedBuckets | None = None,
        timeout_seconds: float | None = TIMEOUT_SECONDS,
    ) -> None:
        self.streams = streams
        self.journal = journal
        """What evidence and alerts are read from; None where they are kept like all others."""
        self._board = board or MemoryBoard()
        self._replays = replays or MemoryReplays()
        self._buckets = buckets
        self.breaker = CircuitBreaker(on_change=self._told)
        self.turns = Turns()
        """In which the loop's long work is done."""
        self._timeout_seconds = timeout_seconds

    async def append(
        self, instance: str, publications: Sequence[Sequence[Prepared]], keeps: Keeps
    ) -> list[Placed | IdConflict]:
        """Count the events into their streams, and keep them. Raises: Unavailable."""
        async with self._guard("counting events"):
            return await self.streams.append(instance, publications, keeps)

    async def claim(self, publications: Sequence[Sequence[Signed]]) -> list[list[int]]:
        """Remember signatures, and return of each publication which are known. Raises: Unavailable, TooManySigned."""
        async with self._guard("comparing signatures"):
            return await self._replays.claim(publications)

    async def give_back(self, signed: Iterable[Signed]) -> None:
        """Forget signatures whose events were not taken. Raises: Unavailable."""
        async with self._guard("forgetting signatures"):
            await self._replays.give_back(signed)

    async def read(self, stream: str, after: Position, *, limit: int) -> Slice:
        """Return kept events after a position. Raises: Unavailable."""
        if (journal := self._journal_of(stream)) is not None:
            return await journal.read(stream, after, limit=limit)
        async with self._guard("reading events"):
            return await self.streams.read(stream, after, limit=limit)

    async def read_back(self, stream: str, before: Position, *, limit: int) -> Slice:
        """Return kept events right before a position. Raises: Unavailable."""
        if (journal := self._journal_of(stream)) is not None:
            return await journal.read_back(stream, before, limit=limit)
        async with self._guard("reading events"):
            return await self.streams.read_back(stream, before, limit=limit)

    async def past(self, stream: str) -> list[str]:
        """Return the remembered epochs of a stream, oldest first. Raises: Unavailable."""
        if (journal := self._journal_of(stream)) is not None:
            return await journal.past(stream)
        async with self._guard("reading epochs"):
            return await self.streams.past(stream)

    async def heads(self, streams: Iterable[str]) -> dict[str, Head]:
        """Return where each stream ends. Raises: Unavailable."""
        names = list(streams)
        journaled = [name for name in names if self._journal_of(name) is not None]
        heads: dict[str, Head] = {}
        if journaled and self.journal is not None:
            heads = await self.journal.heads(journaled)
        if len(journaled) < len(names):
            async with self._guard("reading where streams end"):
                heads |= await self.streams.heads([name for name in names if name not in heads])
        return heads

    async def due(self, keeps: Keeps) -> dict[str, Due]:
        """Return of each stream what a purge would remove. Raises: Unavailable."""
        async with self._guard("counting old events"):
            return await self.streams.due(keeps)

    async def purge(self, keeps: Keeps) -> dict[str, Due]:
        """Remove of each stream what is older than its keep, up to a bound. Raises: Unavailable."""
        async with self._guard("purging old events"):
            return await self.streams.purge(keeps)

    def _journal_of(self, stream: str) -> KeptStreams | None:
        """Return the journal if it is what keeps the stream."""
        return self.journal if self.journal is not None and find(instance_of(stream)).delivery.journaled else None

    async def send(self, alias: str, group: str, message: dict[str, Any]) -> None:
        """Send a message to the members of a group. Raises: Unavailable."""
        async with self._guard("broadcasting events"):
            await get_channel_layer(alias).group_send(group, message)

    async def send_to(self, alias: str, channel: str, message: dict[str, Any]) -> None:
        """Send a message to one channel, whosever it is. Raises: Unavailable."""
        async with self._guard("answering another process"):
            await get_channel_layer(alias).send(channel, message)

    async def new_channel(self, alias: str) -> str:
        """Return a channel of this process. Raises: Unavailable."""
        async with self._guard("opening a channel"):
            name: str = await get_channel_layer(alias).new_channel()
            return name

    async def receive(self, alias: str, channel: str) -> dict[str, Any]:
        """Wait for the next message of a channel, for as long as it takes."""
        message: dict[str, Any] = await get_channel_layer(alias).receive(channel)
        return message

    async def join(self, alias: str, group: str, channel: str) -> None:
        """Make the channel a member of the group. Raises: Unavailable."""
        async with self._guard("joining a group"):
            await get_channel_layer(alias).group_add(group, channel)

    async def leave(self, alias: str, group: str, channel: str) -> None:
        """End the channel's membership. Raises: Unavailable."""
        async with self._guard("leaving a group"):
            await get_channel_layer(alias).group_discard(group, channel)

    @property
    def shared(self) -> bool:
        """Whether other processes are reached by it."""
        return self._board.shared

    @property
    def shares_rates(self) -> bool:
        """Whether what callers may publish is shared with other processes."""
        return self._buckets is not None

    async def lease(self, name: str, rates: Rates, need: Amount, want: Amount) -> Lease:
        """Take of a shared bucket what this process may let through. Raises: Unavailable."""
        if self._buckets is None:
            raise Unavailable("This process shares no rates with others.")
        async with self._guard("asking what a caller may publish"):
            return await self._buckets.lease(name, rates, need, want)

    async def pin(self, process: str, text: bytes) -> Mapping[str, Note]:
        """Tell the other processes about this one, and return what all of them tell. Raises: Unavailable."""
        async with self._guard("telling the other processes"):
            return await self._board.pin(process, text)

    async def take_down(self, process: str) -> None:
        """Let the other processes know that this one ends. Raises: Unavailable."""
        async with self._guard("telling the other processes"):
            await self._board.take_down(process)

    async def close(self) -> None:
        await self.streams.close()
        if self.journal is not None:
            await self.journal.close()

    @asynccontextmanager
    async def _guard(self, doing: str) -> AsyncIterator[None]:
        if not self.breaker.allows():
            raise Unavailable("Redis could not be reached a moment ago; it is tried again within a second.")
        try:
            async with asyncio.timeout(self._timeout_seconds):
                yield
        except (RedisError, OSError, TimeoutError) as error:
            self.breaker.failed()
            raise Unavailable(f"Redis can't be reached ({doing}: {error or type(error).__name__}).") from error
        except BaseException:
            # Such as a cancellation, because a client went away.
            self.breaker.left()
            raise
        self.breaker.succeeded()

    def _told(self, state: State) -> None:
        logger.warning("The circuit to Redis is %s.", state.value)
