"""The one way in which the hub publishes its own acts: safe from anywhere, and never in the way of the act."""

import asyncio
import logging
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, transaction

from gaterhub.origin import host, segment
from instances.event import now_ms
from instances.publishing import apublish_event, publish_event
from instances.schemas.typed_event import TypedEvent

logger = logging.getLogger(__name__)

PENDING_MAX: Final = 1_000
"""Acts told at once from the loop; beyond it something is amiss, and the act itself must not suffer."""

_LOGGED: Final = ("actor", "action", "status", "message", "outcome")
"""Of an act's data, what its line in the log names."""

# The loop holds its tasks weakly, and an act must not vanish because nobody held on to it.
_pending: Final[set[asyncio.Task[Any]]] = set()
_lost = 0
# What was told before the hub of this process began to serve, and when; None where nothing is held back.
_held: list[tuple[TypedEvent, int]] | None = None


def tell(event: TypedEvent, *, log_level: int | None = logging.INFO) -> None:
    """Publish an act of the hub itself, and log it at that level, if any; never raises.

    From a thread it waits for the answer. On a running loop it returns at once and publishes in a task of its own.
    What can't be published is logged by `publish_event`.
    """
    global _lost
    if log_level is not None:
        _log(log_level, event)
    if _held is not None:
        _held.append((event, now_ms()))
        return
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        publish_event(event, publisher=publisher())
        return
    if len(_pending) >= PENDING_MAX:
        _lost += 1
        if _lost % PENDING_MAX == 1:
            logger.warning("%d acts of the hub are not told: too many wait to be published.", _lost)
        return
    _publish_on(loop, event)


def _publish_on(loop: asyncio.AbstractEventLoop, event: TypedEvent, *, timestamp: int | None = None) -> None:
    publishing = apublish_event(event, timestamp=timestamp, publisher=publisher())
    task = loop.create_task(publishing, name=f"tell {event.topic}")
    _pending.add(task)
    task.add_done_callback(_pending.discard)


def hold_back() -> None:
    """Keep what is told from now on until the hub that this process is about to serve can take it."""
    global _held
    _held = []


def release() -> None:
    """Publish what was held back, on the running loop, with the time at which it happened."""
    global _held
    held, _held = _held or [], None
    for event, timestamp in held:
        _publish_on(asyncio.get_running_loop(), event, timestamp=timestamp)


def _log(level: int, event: TypedEvent) -> None:
    """Write a line about an act, for whoever reads the log and follows no instance."""
    words = [str(event.data[key]) for key in _LOGGED if event.data.get(key)]
    logger.log(level, "%s on %s (%s)", event.event_type, event.topic, ", ".join(words) or "gaterhub")


def tell_on_commit(event: TypedEvent, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Publish an act once its transaction has committed; an act that was rolled back didn't happen."""
    transaction.on_commit(lambda: tell(event), using=using, robust=True)


async def told(*, within_seconds: float) -> None:
    """Wait, no longer than that, until what was told on this loop is published."""
    if _pending:
        await asyncio.wait(set(_pending), timeout=within_seconds)


def publisher() -> str:
    """Return whom the hub's own acts name as their publisher."""
    return f"gaterhub@{segment(host())}"
