"""Our server with its history off: it counts events and keeps none. Arguments are those of `manage.py`, after a mode.

- `off` counts in the process's own memory. With Redis it asks that for nothing but to broadcast, so that offsets which
  several processes share are off as well.
- `offsets` counts in Redis, in one atomic step for a batch, as `serve` does with the history on.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from unittest.mock import patch

from django.core.management import execute_from_command_line

from instances import broker
from instances.event import Prepared
from instances.streams import Due, Head, IdConflict, Keeps, Placed, Position, Slice
from instances.streams.position import new_epoch
from instances.streams.redis import RedisStreams

KEY_PREFIX = "gaterhub:bench:"
# What a hub does that shares its offsets and keeps nothing: the run id tells a Redis that was started anew.
COUNT = """
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
  answer[#answer + 1] = offset + 1
end
return answer
"""


class CountingStreams:
    """Counts on one event loop, and remembers no event."""

    def __init__(self) -> None:
        self._epoch = new_epoch()
        self._offsets: dict[str, int] = {}
        self._last: dict[str, Prepared] = {}

    async def append(
        self, instance: str, publications: Sequence[Sequence[Prepared]], keeps: Keeps
    ) -> list[Placed | IdConflict]:
        """Give every event its place."""
        return [Placed([self._place(event) for event in events]) for events in publications]

    def _place(self, event: Prepared) -> Position:
        offset = self._offsets[event.stream] = self._offsets.get(event.stream, 0) + 1
        self._last[event.stream] = event
        return Position(self._epoch, offset)

    async def heads(self, streams: Iterable[str]) -> dict[str, Head]:
        """Return where each stream ends."""
        return {stream: self._head(stream) for stream in streams}

    def _head(self, stream: str) -> Head:
        position = Position(self._epoch, self._offsets.get(stream, 0))
        last = self._last.get(stream)
        if last is None:
            return Head(position, None, None, None)
        return Head(position, last.received_ms, last.topic, last.event_type)

    async def read(self, stream: str, after: Position, *, limit: int = 0) -> Slice:
        """Return that nothing is kept."""
        return self._nothing(stream, after)

    async def read_back(self, stream: str, before: Position, *, limit: int = 0) -> Slice:
        """Return that nothing is kept."""
        return self._nothing(stream, before)

    def _nothing(self, stream: str, position: Position) -> Slice:
        if position.epoch != self._epoch:
            return Slice(None, 1, None, self._epoch)
        end = self._offsets.get(stream, 0)
        return Slice(None, end + 1, end, None)

    async def due(self, keeps: Keeps) -> dict[str, Due]:
        """Return that nothing is due."""
        return {stream: Due(0, 0) for stream in keeps}

    async def purge(self, keeps: Keeps) -> dict[str, Due]:
        """Remove nothing."""
        return await self.due(keeps)

    async def past(self, stream: str) -> list[str]:
        """Return the one epoch."""
        return [self._epoch]

    async def close(self) -> None:
        """Forget nothing: the process ends."""


class RedisCountingStreams(CountingStreams):
    """Counts beside a Redis that carries everything but the streams."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        super().__init__()
        self._kept = RedisStreams(url, timeout_seconds=timeout_seconds)
        self.redis = self._kept.redis

    async def ping(self) -> None:
        """Ask Redis for a sign of life."""
        await self._kept.ping()

    async def close(self) -> None:
        """Let go of Redis."""
        await self._kept.close()


class RedisOffsetStreams(RedisCountingStreams):
    """Counts in Redis itself: a lane waits for it as it does for the history."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        super().__init__(url, timeout_seconds=timeout_seconds)
        # Nobody else's count goes on here.
        self.prefix = f"{KEY_PREFIX}{self._epoch}:"
        self._count = self.redis.register_script(COUNT)

    async def append(
        self, instance: str, publications: Sequence[Sequence[Prepared]], keeps: Keeps
    ) -> list[Placed | IdConflict]:
        """Give every event its place."""
        counts = Counter(event.stream for events in publications for event in events)
        last = {event.stream: event for events in publications for event in events}
        arguments: list[str | int] = []
        for stream, count in counts.items():
            told = last[stream]
            arguments += (self._epoch, count, told.received_ms, told.topic, told.event_type)
        firsts = await self._count(keys=[self.prefix + stream for stream in counts], args=arguments)
        for stream, first in zip(counts, firsts, strict=True):
            # From here on as if counted here: one process is all that publishes in this benchmark.
            self._offsets[stream] = first - 1
        return await super().append(instance, publications, keeps)


STREAMS_OF_MODE = {"off": RedisCountingStreams, "offsets": RedisOffsetStreams}


def main() -> None:
    """Run one of Django's commands with the history off."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gaterhub.settings")
    program, mode, *arguments = sys.argv
    with (
        patch.object(broker, "MemoryStreams", CountingStreams),
        patch.object(broker, "RedisStreams", STREAMS_OF_MODE[mode]),
    ):
        execute_from_command_line([program, *arguments])


if __name__ == "__main__":
    main()
