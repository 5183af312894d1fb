"""The purge: what the recent history of any stream has for longer than it may is removed, new events or none."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from instances import config
from instances.broker import Broker, Unavailable
from instances.catalog import INSTANCES
from instances.groups import instance_of
from instances.retention.policy import bounding

logger = logging.getLogger(__name__)

PURGE_SECONDS: Final = 30.0
"""From one turn to the next, and so how much longer than it may an event can stay in a stream that is quiet."""
TURN_SECONDS: Final = 2.0
"""After that no more is begun: the worker that leads has a lease to renew, and the next turn goes on."""

HISTORIES: Final = tuple(spec for spec in INSTANCES if not spec.delivery.journaled)
"""What the journal keeps is evidence or alerts, of which nothing is purged."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What a turn has removed of one instance because policies wanted it."""

    instance: str
    events: int
    streams: tuple[str, ...]
    policies: tuple[str, ...]


async def purge(broker: Broker) -> list[Purged]:
    """Remove what is too old, stream by stream, and return what of it went by policies.

    What there is no time for, and what Redis doesn't answer to, is left to the next turn.
    """
    policies = config.policies()
    ends_at = asyncio.get_running_loop().time() + TURN_SECONDS
    told = []
    for spec in HISTORIES:
        removed = {stream: await _purge(broker, stream, ends_at) for stream in config.effective(spec.name).keeps}
        own = config.effective(spec.name).keep
        by = {stream: bounding(stream, own, policies) for stream, events in removed.items() if events}
        streams = tuple(stream for stream, some in by.items() if some)
        if streams:
            names = dict.fromkeys(policy.name for stream in streams for policy in by[stream])
            told.append(Purged(spec.name, sum(removed[each] for each in streams), streams, tuple(names)))
    return told


async def _purge(broker: Broker, stream: str, ends_at: float) -> int:
    events = 0
    while asyncio.get_running_loop().time() < ends_at:
        # Asked each time: a turn may take a while, and what an operator says meanwhile holds.
        keep = config.effective(instance_of(stream)).keeps[stream]
        try:
            purged = (await broker.purge({stream: keep}))[stream]
        except Unavailable as unavailable:
            logger.warning("The history of %s was not purged: %s", stream, unavailable.message)
            break
        events += purged.events
        if not purged.more:
            break
        # A piece in memory awaits nothing, and others want the loop, too.
        await asyncio.sleep(0)
    return events
