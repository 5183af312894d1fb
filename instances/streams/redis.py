"""Streams of several processes: counted and kept in Redis, in one atomic step for all publications of a batch."""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, Final, cast

import msgspec
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from instances.batch import Batch, Carried
from instances.event import Prepared
from instances.streams import scripts
from instances.streams.chunk import in_chunks, packed, unpacked
from instances.streams.contract import (
    IDS_REMEMBERED_MAX,
    IDS_REMEMBERED_SECONDS,
    PAGE_EVENTS,
    PAST_EPOCHS,
    PURGED_EVENTS_MAX,
    Due,
    IdConflict,
    Keeps,
    Placed,
    Slice,
)
from instances.streams.position import Head, Position, new_epoch

KEY_PREFIX: Final = "gaterhub:stream:"
IDS_PREFIX: Final = "gaterhub:ids:"
MAX_CONNECTIONS: Final = 8
"""Of one process: a lane for each instance asks at most once at a time, and rarely all ten at once."""
READ_CHUNKS: Final = 16
"""In one step; a script takes so many of them until it has enough."""
READ_BYTES: Final = 1024 * 1024
"""Enough, however few events that is."""

_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder().decode


class RedisStreams:
    """Counts in one Redis that all processes share. Its connections belong to one event loop.

    `clock` counts seconds since 1970.
    """

    def __init__(self, url: str, *, timeout_seconds: float, clock: Callable[[], float] = time.time) -> None:
        # Whoever comes when all connections are in use waits for one, instead of being told that Redis is gone.
        pool = BlockingConnectionPool.from_url(
            url,
            timeout=timeout_seconds,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            health_check_interval=15,
            max_connections=MAX_CONNECTIONS,
            # A second try after a lost answer could count twice; whether to try again is the publisher's to say.
            retry=Retry(NoBackoff(), 0),
        )
        self._clock = clock
        self.redis: Redis = Redis.from_pool(pool)
        self._append = self.redis.register_script(scripts.APPEND)
        self._heads = self.redis.register_script(scripts.HEADS)
        self._read = self.redis.register_script(scripts.READ)
        self._purge = self.redis.register_script(scripts.PURGE)

    async def append(
        self, instance: str, publications: Sequence[Sequence[Prepared]], keeps: Keeps
    ) -> list[Placed | IdConflict]:
        numbers: dict[str, int] = {}
        asked = []
        # Bytes travel beside the wish: the MessagePack that Redis reads knows only text.
        payloads: list[bytes] = []
        # Of each publication, which of its events stand in which piece.
        pieces_of: list[list[list[int]]] = []
        for events in publications:
            pieces, indices = _pieces(events)
            asked.append([_wish(piece, numbers, payloads) for piece in pieces])
            pieces_of.append(indices)
        wish = {
            "now": round(self._clock() * 1000),
            "keep_events": [keeps[name].events for name in numbers],
            "keep_ms": [round(keeps[name].seconds * 1000) for name in numbers],
            "ids": IDS_PREFIX + instance,
            "ids_ms": IDS_REMEMBERED_SECONDS * 1000,
            "ids_max": IDS_REMEMBERED_MAX,
            "past": PAST_EPOCHS,
            "fresh": [new_epoch() for _ in numbers],
            "publications": asked,
        }
        keys = [KEY_PREFIX + name for name in numbers]
        answer = _unpack(await self._append(keys=keys, args=[_pack(wish), *payloads]))
        return [
            _answered(events, indices, places)
            for events, indices, places in zip(publications, pieces_of, answer, strict=True)
        ]

    async def heads(self, streams: Iterable[str]) -> dict[str, Head]:
        names = list(streams)
        wish = {"past": PAST_EPOCHS, "fresh": [new_epoch() for _ in names]}
        answer = await self._heads(keys=[KEY_PREFIX + name for name in names], args=[_pack(wish)])
        heads = {}
        for number, name in enumerate(names):
            epoch, offset, received, topic, event_type = answer[number * 5 : number * 5 + 5]
            heads[name] = Head(
                Position(epoch.decode(), int(offset)),
                int(received) if received else None,
                topic.decode() or None,
                event_type.decode() or None,
            )
        return heads

    async def read(self, stream: str, after: Position, *, limit: int = PAGE_EVENTS) -> Slice:
        return await self._slice(stream, after.epoch, first=after.offset + 1, limit=limit, back=False)

    async def read_back(self, stream: str, before: Position, *, limit: int = PAGE_EVENTS) -> Slice:
        return await self._slice(stream, before.epoch, first=before.offset - 1, limit=limit, back=True)

    async def past(self, stream: str) -> list[str]:
        wish = {"past": PAST_EPOCHS, "fresh": [new_epoch()], "epoch": "", "first": 1, "chunks": 0, "back": False}
        answer = await self._read(keys=[KEY_PREFIX + stream], args=[_pack(wish)])
        return [epoch for epoch, _ in _epochs(answer)]

    async def due(self, keeps: Keeps) -> dict[str, Due]:
        return await self._expired(keeps, most=0)

    async def purge(self, keeps: Keeps) -> dict[str, Due]:
        return await self._expired(keeps, most=PURGED_EVENTS_MAX)

    async def _expired(self, keeps: Keeps, *, most: int) -> dict[str, Due]:
        """Purge, or only count, with `most` of 0; a call for each stream, so that none of them takes long."""
        found = {}
        for stream, keep in keeps.items():
            now_ms = round(self._clock() * 1000)
            wish = {"now": now_ms, "keep_ms": round(keep.seconds * 1000), "most": most}
            events, oldest, more = await self._purge(keys=[KEY_PREFIX + stream], args=[_pack(wish)])
            found[stream] = Due(int(events), None, int(oldest) if oldest else None, bool(more))
        return found

    async def _slice(self, stream: str, epoch: str, *, first: int, limit: int, back: bool) -> Slice:
        """Read chunks until the limit is met; `first` is where reading begins, forwards or backwards."""
        key = KEY_PREFIX + stream
        wish = {
            "past": PAST_EPOCHS,
            "fresh": [new_epoch()],
            "epoch": epoch,
            "first": first,
            "chunks": READ_CHUNKS,
            "limit": limit,
            "bytes": READ_BYTES,
            "back": back,
        }
        answer = await self._read(keys=[key], args=[_pack(wish)])
        epochs = _epochs(answer)
        ends = dict(epochs)
        if epoch not in ends:
            return Slice(None, 1, None, next((name for name, _ in epochs if name > epoch), epochs[-1][0]))
        following = next((after for (name, _), (after, _) in pairwise(epochs) if name == epoch), None)
        oldest, chunks = int(answer[2]), answer[3]
        events: list[Carried] = []
        start = 0
        for entry in chunks:
            fields = dict(zip(entry[1][::2], entry[1][1::2], strict=True))
            begins = int(fields[b"f"])
            start = start or begins
            events += unpacked(fields[b"e"], stream, epoch, begins)
        if back:
            events = events[: first - start + 1]
            cut = max(len(events) - limit, 0)
        else:
            cut = max(first - start, 0)
        events = events[cut : cut + limit]
        batch = Batch(stream, epoch, start + cut, events) if events else None
        return Slice(batch, oldest, ends[epoch], following)

    async def ping(self) -> None:
        """Ask for a sign of life. Raises what redis-py raises."""
        await cast("Awaitable[bool]", self.redis.ping())

    async def close(self) -> None:
        await self.redis.aclose()


def _pieces(events: Sequence[Prepared]) -> tuple[list[Sequence[Prepared]], list[list[int]]]:
    """Return the events in pieces that each can be kept as one value, and where each piece's events stand.

    An event with an id of its publisher's is a piece of its own, because it may have been published before.
    """
    pieces: list[Sequence[Prepared]] = []
    indices: list[list[int]] = []
    by_stream: dict[str, list[int]] = {}

    def finish(stream: str) -> None:
        waiting = by_stream.pop(stream, [])
        if waiting:
            at = 0
            for piece in in_chunks([events[index] for index in waiting]):
                pieces.append(piece)
                indices.append(waiting[at : at + len(piece)])
                at += len(piece)

    for index, event in enumerate(events):
        if event.given_id is None:
            by_stream.setdefault(event.stream, []).append(index)
        else:
            # The order within a stream is the order of arrival.
            finish(event.stream)
            pieces.append([event])
            indices.append([index])
    for stream in list(by_stream):
        finish(stream)
    return pieces, indices


def _wish(piece: Sequence[Prepared], numbers: dict[str, int], payloads: list[bytes]) -> tuple[object, ...]:
    """Return what the script takes of a piece: stream and payload by number, then what is told of its last event.

    The payload is the packed events, followed by id and digest where the piece is an event with an id.
    """
    last = piece[-1]
    stream = numbers.setdefault(last.stream, len(numbers)) + 1
    payloads.append(packed(piece))
    place = len(payloads) + 1
    if last.given_id is not None:
        payloads.extend((last.given_id, last.digest))
    return stream, len(piece), last.received_ms, last.topic, last.event_type, place, last.given_id is not None


def _answered(
    events: Sequence[Prepared], indices: Sequence[Sequence[int]], places: Sequence[Any]
) -> Placed | IdConflict:
    """Give each event its place; `places` is the number of a conflicting piece, or (repeated, epoch, first) of each."""
    if isinstance(places, int):
        index = indices[places - 1][0]
        return IdConflict(index=index, id=events[index].id)
    positions: list[Position] = [Position("", 0)] * len(events)
    repeated: set[int] = set()
    for standing, (is_repeated, epoch, first) in zip(indices, places, strict=True):
        for number, index in enumerate(standing):
            positions[index] = Position(epoch, first + number)
        if is_repeated:
            repeated.update(standing)
    return Placed(positions, frozenset(repeated))


def _epochs(answer: Sequence[Any]) -> list[tuple[str, int]]:
    """Return the remembered epochs with their ends, oldest first; the last is the present one."""
    current = answer[0].decode(), int(answer[1])
    past = [tuple(text.rsplit(":", 1)) for text in answer[4].decode().split()]
    return [(epoch, int(end)) for epoch, end in reversed(past)] + [current]
