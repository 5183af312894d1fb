"""The server with its history off: it counts as the adapters do, and keeps nothing."""

import json

from instances.catalog import find
from instances.event import Prepared, prepare
from instances.streams import Keep, Placed, Position
from tests.benchmarks.counting import CountingStreams, RedisOffsetStreams

STREAM = "events.event_stream"
KEEPS = {STREAM: Keep(events=100, seconds=60.0)}


def event(topic: str = "event_stream:a") -> Prepared:
    raw = json.dumps({"topic": topic, "event_type": "bench"}, separators=(",", ":"))
    return prepare(find("events"), raw.encode(), publisher_json=b'"test"')


class TestCountingStreams:
    async def test_gives_each_event_the_next_place(self) -> None:
        streams = CountingStreams()

        first = await streams.append("events", [[event(), event()], [event()]], KEEPS)
        second = await streams.append("events", [[event()]], KEEPS)

        offsets = [
            place.offset for answer in first + second if isinstance(answer, Placed) for place in answer.positions
        ]
        assert offsets == [1, 2, 3, 4]
        head = (await streams.heads([STREAM]))[STREAM]
        assert (head.position.offset, head.topic) == (4, "event_stream:a")

    async def test_keeps_nothing(self) -> None:
        streams = CountingStreams()
        await streams.append("events", [[event(), event()]], KEEPS)
        epoch = (await streams.past(STREAM))[-1]

        kept = await streams.read(STREAM, Position(epoch, 0))

        assert (kept.batch, kept.oldest, kept.end) == (None, 3, 2)


class TestRedisOffsetStreams:
    async def test_counts_on_where_another_process_has_counted(self, redis_url: str) -> None:
        streams = RedisOffsetStreams(redis_url, timeout_seconds=5.0)
        other = RedisOffsetStreams(redis_url, timeout_seconds=5.0)
        other.prefix = streams.prefix
        try:
            await streams.append("events", [[event(), event()]], KEEPS)
            await other.append("events", [[event()]], KEEPS)
            (answer,) = await streams.append("events", [[event()]], KEEPS)
        finally:
            await streams.redis.delete(f"{streams.prefix}{STREAM}")
            await streams.close()
            await other.close()

        assert isinstance(answer, Placed)
        assert [place.offset for place in answer.positions] == [4]
