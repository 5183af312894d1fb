"""Signatures that were taken lately, so that none is taken twice: in this process, or in Redis for all processes."""

import time
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from typing import Any, Final, Protocol

from redis.asyncio import Redis

from instances.error_codes import Refusal
from instances.event import Signed

KEY_PREFIX: Final = "gaterhub:signed:"
MARGIN_SECONDS: Final = 60
"""Longer than the window in which a signature is good, because the clocks of two hubs may differ."""
REMEMBERED_MAX: Final = 300_000
"""In one process without Redis, at some 200 bytes each: 800 signed events a second."""


class Replayed(Refusal):
    """Signed events that came before."""

    def __init__(self, indices: Sequence[int], ids: Sequence[str]) -> None:
        super().__init__(
            "conflict",
            f"The signed event {ids[0]} came before with this very signature, so it was taken already or its outcome "
            "was told to be unknown. To be certain, sign it anew with the same id and the present time.",
        )
        self.errors = tuple(
            {
                "index": index,
                "code": self.code,
                "message": f"The signed event {id} came before with this very signature.",
            }
            for index, id in zip(indices, ids, strict=True)
        )


class TooManySigned(Refusal):
    """More signatures than can be remembered; forgetting some instead would let them be replayed."""

    def __init__(self, remembered: int) -> None:
        super().__init__(
            "too_many_requests",
            f"{remembered:,} signatures of the last minutes are remembered already; slow down, or give the hub Redis.",
        )


class Replays(Protocol):
    """What both adapters do."""

    async def claim(self, publications: Sequence[Sequence[Signed]]) -> list[list[int]]:
        """Remember each publication's signatures, all or, where one is known already, none.

        Return for each which of its signatures are known, by their indices. Raises: TooManySigned.
        """

    async def give_back(self, signed: Iterable[Signed]) -> None:
        """Forget signatures whose events were not taken, for certain."""


class MemoryReplays:
    """What a process that is alone remembers. `clock` counts seconds since 1970."""

    def __init__(self, *, clock: Callable[[], float] = time.time, most: int = REMEMBERED_MAX) -> None:
        self._clock = clock
        self._most = most
        self._known: set[bytes] = set()
        self._ends: list[tuple[int, bytes]] = []
        """A heap; what was given back may stand in it still."""

    async def claim(self, publications: Sequence[Sequence[Signed]]) -> list[list[int]]:
        now_ms = self._clock() * 1000
        while self._ends and self._ends[0][0] <= now_ms:
            self._known.discard(heappop(self._ends)[1])
        if len(self._ends) + sum(map(len, publications)) > self._most:
            raise TooManySigned(len(self._ends))
        return [self._claim(signed) for signed in publications]

    async def give_back(self, signed: Iterable[Signed]) -> None:
        self._known.difference_update(each.mac for each in signed)

    def _claim(self, signed: Sequence[Signed]) -> list[int]:
        here: set[bytes] = set()
        known = []
        for index, each in enumerate(signed):
            if each.mac in self._known or each.mac in here:
                known.append(index)
            here.add(each.mac)
        if not known:
            self._known |= here
            for each in signed:
                heappush(self._ends, (each.until_ms, each.mac))
        return known


# KEYS are the signatures of all publications, one after the other. ARGV has for each publication how many are its, and
# for how many milliseconds each of those is kept. The answer has for each the places of those that are known.
_CLAIM: Final = """
local answer, key, word = {}, 0, 1
while ARGV[word] do
  local count, known, here = tonumber(ARGV[word]), {}, {}
  for i = 1, count do
    local name = KEYS[key + i]
    if here[name] or redis.call('EXISTS', name) == 1 then known[#known + 1] = i end
    here[name] = true
  end
  if #known == 0 then
    for i = 1, count do redis.call('SET', KEYS[key + i], '', 'NX', 'PX', ARGV[word + i]) end
  end
  answer[#answer + 1] = known
  key, word = key + count, word + count + 1
end
return answer
"""


class RedisReplays:
    """What all processes remember together: a key for each signature, in one step for all that a lane asks about."""

    def __init__(self, redis: Redis, *, clock: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._clock = clock
        self._claim = redis.register_script(_CLAIM)

    async def claim(self, publications: Sequence[Sequence[Signed]]) -> list[list[int]]:
        now_ms = int(self._clock() * 1000)
        words: list[int] = []
        for signed in publications:
            words.append(len(signed))
            words.extend(max(each.until_ms - now_ms, 1) for each in signed)
        keys = [_key(each) for signed in publications for each in signed]
        answer: list[Any] = await self._claim(keys=keys, args=words)
        return [[place - 1 for place in known] for known in answer]

    async def give_back(self, signed: Iterable[Signed]) -> None:
        await self._redis.delete(*map(_key, signed))


def _key(signed: Signed) -> str:
    return KEY_PREFIX + signed.mac.hex()
