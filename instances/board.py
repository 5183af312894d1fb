"""A board where each process pins a note about itself, and reads what all of them have pinned."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from redis.asyncio import Redis

KEY: Final = "gaterhub:processes"
KEPT_SECONDS: Final = 300.0
"""How long the note of a process that died without a word is still read, so that people see that it is gone."""

# Redis's own clock tells the age of a note, so that the clocks of several hosts need not agree.
_PIN: Final = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local kept = tonumber(ARGV[3])
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now) .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], kept)
local notes = redis.call('HGETALL', KEYS[1])
local answer = {}
for i = 1, #notes, 2 do
  local at, text = string.match(notes[i + 1], '^(%d+) (.*)$')
  local age = at and now - tonumber(at)
  if not age or age > kept then
    redis.call('HDEL', KEYS[1], notes[i])
  else
    answer[#answer + 1] = notes[i]
    answer[#answer + 1] = string.format('%.0f', age)
    answer[#answer + 1] = text
  end
end
return answer
"""


@dataclass(frozen=True, slots=True)
class Note:
    text: bytes
    age_seconds: float
    """Since it was pinned."""


class Board(Protocol):
    """What both adapters do."""

    shared: bool
    """Whether other processes read it."""

    async def pin(self, process: str, text: bytes) -> Mapping[str, Note]:
        """Put the text in the place of the process's last one, and return the notes of all, by process."""

    async def take_down(self, process: str) -> None:
        """Remove the note of a process that ends."""


class MemoryBoard:
    """The board of a process that is alone."""

    shared = False

    def __init__(self) -> None:
        self._notes: dict[str, Note] = {}

    async def pin(self, process: str, text: bytes) -> Mapping[str, Note]:
        self._notes[process] = Note(text, 0.0)
        return dict(self._notes)

    async def take_down(self, process: str) -> None:
        self._notes.pop(process, None)


class RedisBoard:
    """A hash in Redis. A field of its own cannot expire in every version of Redis, so each note carries its time."""

    shared = True

    def __init__(self, redis: Redis, *, kept_seconds: float = KEPT_SECONDS) -> None:
        self._redis = redis
        self._kept_ms = round(kept_seconds * 1000)
        self._pin = redis.register_script(_PIN)

    async def pin(self, process: str, text: bytes) -> Mapping[str, Note]:
        answer: list[Any] = await self._pin(keys=[KEY], args=[process, text, self._kept_ms])
        return {
            name.decode(): Note(note, int(age_ms) / 1000)
            for name, age_ms, note in zip(answer[::3], answer[1::3], answer[2::3], strict=True)
        }

    async def take_down(self, process: str) -> None:
        await cast("Awaitable[int]", self._redis.hdel(KEY, process))
