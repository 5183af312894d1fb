"""Which adapters the instances of this process work with, as the settings say."""

from django.conf import settings

from instances.board import RedisBoard
from instances.broker import TIMEOUT_SECONDS, Broker
from instances.journal.stream import JournalStreams
from instances.limits.leases import SharedBuckets
from instances.replays import RedisReplays
from instances.streams.memory import MemoryStreams
from instances.streams.redis import RedisStreams


def make_broker() -> Broker:
    """Return a broker for the running loop."""
    if settings.REDIS_URL:
        streams = RedisStreams(settings.REDIS_URL, timeout_seconds=TIMEOUT_SECONDS)
        return Broker(
            streams=streams,
            journal=JournalStreams(),
            board=RedisBoard(streams.redis),
            replays=RedisReplays(streams.redis),
            buckets=SharedBuckets(streams.redis),
        )
    # Nothing in this process's memory can hang, and a loop that was busy for a second must not look as if it could.
    return Broker(streams=MemoryStreams(), journal=JournalStreams(), timeout_seconds=None)
