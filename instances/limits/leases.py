"""The buckets that all processes share in Redis, from which each takes leases."""

import math
from typing import Any, Final

from redis.asyncio import Redis

from instances.limits.bucket import NO_WAIT, NOTHING, Lease
from instances.limits.rates import Amount, Rates

KEY_PREFIX: Final = "gaterhub:rate:"

# KEYS[1] is the caller's bucket of an instance. ARGV has for events and then for bytes: rate per second (0: any
# amount), capacity, need, want. Redis's own clock fills the bucket, so that the clocks of several hosts need not agree;
# it is forgotten when it is full again. The answer: two grants, then two waits in microseconds.
_LEASE: Final = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local kept = redis.call('HMGET', KEYS[1], 'at', '1', '2')
local passed = math.max(now - (tonumber(kept[1]) or now), 0) / 1000000
local levels, waits, short, full_in = {}, {0, 0}, false, 0
for i = 1, 2 do
  local rate, capacity, need = tonumber(ARGV[i * 4 - 3]), tonumber(ARGV[i * 4 - 2]), tonumber(ARGV[i * 4 - 1])
  if rate > 0 then
    levels[i] = math.min(capacity, (tonumber(kept[i + 1]) or capacity) + passed * rate)
    if levels[i] < need then
      waits[i] = math.ceil((need - levels[i]) / rate * 1000000)
      short = true
    end
    full_in = math.max(full_in, capacity / rate)
  end
end
local grants = {0, 0}
for i = 1, 2 do
  local want = tonumber(ARGV[i * 4])
  if not short then
    grants[i] = levels[i] and math.floor(math.min(levels[i], want)) or want
  end
  if levels[i] then
    redis.call('HSET', KEYS[1], tostring(i), string.format('%.6f', levels[i] - grants[i]))
  end
end
redis.call('HSET', KEYS[1], 'at', string.format('%.0f', math.max(now, tonumber(kept[1]) or 0)))
redis.call('PEXPIRE', KEYS[1], math.ceil(full_in * 1000) + 1000)
return {grants[1], grants[2], waits[1], waits[2]}
"""


class SharedBuckets:
    """Asks Redis, once for each lease."""

    def __init__(self, redis: Redis) -> None:
        self._script = redis.register_script(_LEASE)

    async def lease(self, name: str, rates: Rates, need: Amount, want: Amount) -> Lease:
        """Grant as much of `want` as there is, if that is `need` at least; whole numbers go over the wire."""
        words = [
            math.ceil(word)
            for row in zip(rates.per_second, rates.burst, need, want, strict=True)
            for word in row
        ]  # fmt: skip
        events, size, events_wait_us, bytes_wait_us = await self._ask(name, words)
        if events_wait_us or bytes_wait_us:
            return Lease(NOTHING, Amount(events_wait_us / 1e6, bytes_wait_us / 1e6))
        return Lease(Amount(events, size), NO_WAIT)

    async def _ask(self, name: str, words: list[int]) -> list[int]:
        answer: list[Any] = await self._script(keys=[KEY_PREFIX + name], args=words)
        return [int(word) for word in answer]
