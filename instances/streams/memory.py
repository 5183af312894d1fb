"""Streams of one process: counted in its memory, in a new epoch at each start."""

from collections.abc import Iterable, Sequence

from instances.streams.position import Append, Head, Position, new_epoch


class MemoryStreams:
    """Counts on one event loop, whose turns make each append atomic."""

    def __init__(self) -> None:
        self._epoch = new_epoch()
        self._heads: dict[str, Head] = {}

    async def append(self, appends: Sequence[Append]) -> list[Position]:
        firsts = []
        for wish in appends:
            known = self._heads.get(wish.stream)
            before = 0 if known is None else known.position.offset
            firsts.append(Position(self._epoch, before + 1))
            end = Position(self._epoch, before + wish.count)
            self._heads[wish.stream] = Head(end, wish.received_ms, wish.topic, wish.event_type)
        return firsts

    async def heads(self, streams: Iterable[str]) -> dict[str, Head]:
        start = Head(Position(self._epoch, 0), None, None, None)
        return {stream: self._heads.get(stream, start) for stream in streams}

    async def close(self) -> None:
        """Forget nothing: the next epoch begins with the next process."""
