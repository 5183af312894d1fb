"""Who purges: without Redis the process that has the streams, with Redis the worker that leads."""

import asyncio

from django.conf import settings

from gaterhub.acts.telling import tell
from instances.broker import TIMEOUT_SECONDS
from instances.retention.purging import PURGE_SECONDS, TURN_SECONDS, Purged, purge
from instances.schemas import system
from instances.supervisor import ensure_home, home


async def purge_own() -> None:
    """Purge the streams in this process's memory until cancelled, turn by turn."""
    while True:
        await asyncio.sleep(PURGE_SECONDS)
        here = home()
        if here is not None:
            _tell(await purge(here.broker))


def purge_shared() -> None:
    """Purge the streams in Redis once; a job of the worker. Without Redis there is nothing that is shared."""
    if not settings.REDIS_URL:
        return
    here = ensure_home()
    turn = asyncio.run_coroutine_threadsafe(purge(here.broker), here.loop)
    try:
        _tell(turn.result(TURN_SECONDS + TIMEOUT_SECONDS))
    finally:
        turn.cancel()


def _tell(purged: list[Purged]) -> None:
    for each in purged:
        tell(
            system.history_purged(
                component="gaterhub",
                instance=each.instance,
                events=each.events,
                streams=list(each.streams),
                policies=list(each.policies),
            )
        )
