"""Where a returning client left off, and what it has missed since."""

from typing import Final

from msgspec import UnsetType

from consumers.frames import BadFrame
from consumers.messages import Gap
from instances.streams import Position

_MAX_STREAMS: Final = 1_000


def read_since(since: dict[str, str] | UnsetType) -> dict[str, Position]:
    """Return the positions of `since` by stream. Raises: BadFrame."""
    if isinstance(since, UnsetType):
        return {}
    if len(since) > _MAX_STREAMS:
        raise BadFrame(f"`since` names {len(since):,} streams; at most {_MAX_STREAMS:,} are taken.")
    positions = {}
    for stream, text in since.items():
        epoch, _, offset = text.rpartition(":")
        if not epoch or not offset.isdecimal() or len(text) > 80:
            raise BadFrame(f"The position of {stream[:80]!r} in `since` must be <epoch>:<offset>, such as k3f9:41.")
        positions[stream] = Position(epoch, int(offset))
    return positions


def gap_after(stream: str, since: Position | None, head: Position) -> Gap | None:
    """Return what the client missed between its position and where live begins, or None where it missed nothing."""
    if since is None or (since.epoch == head.epoch and since.offset >= head.offset):
        return None
    same_epoch = since.epoch == head.epoch
    return Gap(
        stream=stream,
        epoch=since.epoch,
        first=since.offset + 1,
        last=head.offset if same_epoch else None,
        following=str(head),
        lost=None,
        reason="evicted" if same_epoch else "epoch",
    )
