"""How far a follower has come in each stream."""

from collections.abc import Mapping


class Positions:
    """By stream, `<epoch>:<offset>` of the last event that is worked off, or told as missing."""

    def __init__(self, since: Mapping[str, str]) -> None:
        self._by_stream = dict(since)

    def __bool__(self) -> bool:
        return bool(self._by_stream)

    def as_dict(self) -> dict[str, str]:
        return dict(self._by_stream)

    def passed(self, stream: str, position: str) -> bool:
        """Tell whether the stream has come as far, within the same epoch."""
        epoch, _, offset = position.rpartition(":")
        known_epoch, _, known_offset = self._by_stream.get(stream, "").rpartition(":")
        return known_epoch == epoch and int(offset) <= int(known_offset)

    def advance(self, stream: str, position: str) -> None:
        """Move on to a position, never back."""
        if not self.passed(stream, position):
            self._by_stream[stream] = position

    def extend(self, streams: Mapping[str, str]) -> None:
        """Take up further streams, each from where it begins."""
        self._by_stream = {**streams, **self._by_stream}

    def begin(self, streams: Mapping[str, str]) -> None:
        """Take the positions after which live begins."""
        self._by_stream = dict(streams)
