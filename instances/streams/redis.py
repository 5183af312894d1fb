"""Streams of several processes: counted in Redis, in one atomic step for all appends of a batch."""

from collections.abc import Awaitable, Iterable, Sequence
from typing import Any, Final, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from instances.streams.position import Append, Head, Position, new_epoch

KEY_PREFIX: Final = "gaterhub:stream:"
MAX_CONNECTIONS: Final = 8
"""Of one process: a lane for each instance asks at most once at a time, and rarely all ten at once."""

# A hash for each stream: epoch, offset, the run id of the Redis that counted last, and what the last event was.
# Another run id means that Redis was started anew, perhaps from an old snapshot, or that a replica took over: the count
# can't be continued for certain, so a new epoch begins. Reading the run id costs 11 µs a call.
_APPEND: Final = """
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local answer = {}
for i, key in ipairs(KEYS) do
  local at = (i - 1) * 5
  local known = redis.call('HMGET', key, 'epoch', 'offset', 'run')
  local epoch, offset = known[1], tonumber(known[2] or '0')
  if not epoch or known[3] ~= run then
    epoch, offset = ARGV[at + 1], 0
  end
  redis.call('HSET', key, 'epoch', epoch, 'offset', offset + tonumber(ARGV[at + 2]), 'run', run,
             'received', ARGV[at + 3], 'topic', ARGV[at + 4], 'event_type', ARGV[at + 5])
  answer[#answer + 1] = epoch
  answer[#answer + 1] = offset + 1
end
return answer
"""

# A stream that has never been appended to gets its epoch from the first who asks, so that what a subscriber is told
# and what the first publisher counts in are the same.
_HEADS: Final = """
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local answer = {}
for i, key in ipairs(KEYS) do
  local known = redis.call('HMGET', key, 'epoch', 'offset', 'received', 'topic', 'event_type', 'run')
  if not known[1] or known[6] ~= run then
    redis.call('DEL', key)
    redis.call('HSET', key, 'epoch', ARGV[i], 'offset', 0, 'run', run)
    known = {ARGV[i], '0', false, false, false}
  end
  for field = 1, 5 do
    answer[#answer + 1] = known[field] or ''
  end
end
return answer
"""


class RedisStreams:
    """Counts in one Redis that all processes share. Its connections belong to one event loop."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
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
        self.redis: Redis = Redis.from_pool(pool)
        self._append = self.redis.register_script(_APPEND)
        self._heads = self.redis.register_script(_HEADS)

    async def append(self, appends: Sequence[Append]) -> list[Position]:
        arguments: list[Any] = []
        for wish in appends:
            arguments += (new_epoch(), wish.count, wish.received_ms, wish.topic, wish.event_type)
        answer = await self._append(keys=[KEY_PREFIX + wish.stream for wish in appends], args=arguments)
        return [Position(epoch.decode(), int(first)) for epoch, first in zip(answer[::2], answer[1::2], strict=True)]

    async def heads(self, streams: Iterable[str]) -> dict[str, Head]:
        names = list(streams)
        answer = await self._heads(keys=[KEY_PREFIX + name for name in names], args=[new_epoch() for _ in names])
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

    async def ping(self) -> None:
        """Ask for a sign of life. Raises what redis-py raises."""
        await cast("Awaitable[bool]", self.redis.ping())

    async def close(self) -> None:
        await self.redis.aclose()
