"""The one way in which the hub publishes its own acts: safe from anywhere, and never in the way of the act."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, transaction

from gaterhub.origin import host, segment
from instances.event import now_ms
from instances.publishing import apublish, publish

logger = logging.getLogger(__name__)

PENDING_MAX: Final = 1_000
"""Acts told at once from the loop; beyond it something is amiss, and the act itself must not suffer."""

# The loop holds its tasks weakly, and an act must not vanish because nobody held on to it.
_pending: Final[set[asyncio.Task[Any]]] = set()
_lost = 0
# What was told before the hub of this process began to serve; None where nothing is held back.
_held: list[tuple[tuple[str, str, str], dict[str, Any]]] | None = None


def tell(
    instance: str,
    topic: str,
    event_type: str,
    *,
    data: Mapping[str, Any],
    metadata: Mapping[str, Any] | None = None,
    log_level: int | None = logging.INFO,
) -> None:
    """Publish an act of the hub itself, and log it at that level, if any; never raises.

    From a thread it waits for the answer. On a running loop it returns at once and publishes in a task of its own.
    What can't be published is logged by `publish`.
    """
    global _lost
    if log_level is not None:
        _log(log_level, topic, event_type, data)
    said: dict[str, Any] = {"data": dict(data), "metadata": dict(metadata or {}), "publisher": publisher()}
    if _held is not None:
        _held.append(((instance, topic, event_type), {**said, "timestamp": now_ms()}))
        return
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        publish(instance, topic, event_type, **said)
        return
    if len(_pending) >= PENDING_MAX:
        _lost += 1
        if _lost % PENDING_MAX == 1:
            logger.warning("%d acts of the hub are not told: too many wait to be published.", _lost)
        return
    task = loop.create_task(apublish(instance, topic, event_type, **said), name=f"tell {topic}")
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
    for what, said in held:
        task = asyncio.get_running_loop().create_task(apublish(*what, **said))
        _pending.add(task)
        task.add_done_callback(_pending.discard)


def _log(level: int, topic: str, event_type: str, data: Mapping[str, Any]) -> None:
    """Write a line about an act, for whoever reads the log and follows no instance."""
    words = [str(data[key]) for key in ("actor", "action", "status", "message", "outcome") if data.get(key)]
    logger.log(level, "%s on %s (%s)", event_type, topic, ", ".join(words) or "gaterhub")


def tell_on_commit(
    instance: str,
    topic: str,
    event_type: str,
    *,
    data: Mapping[str, Any],
    metadata: Mapping[str, Any] | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> None:
    """Publish an act once its transaction has committed; an act that was rolled back didn't happen."""
    transaction.on_commit(
        lambda: tell(instance, topic, event_type, data=data, metadata=metadata), using=using, robust=True
    )


async def told(*, within_seconds: float) -> None:
    """Wait, no longer than that, until what was told on this loop is published."""
    if _pending:
        await asyncio.wait(set(_pending), timeout=within_seconds)


def publisher() -> str:
    """Return whom the hub's own acts name as their publisher."""
    return f"gaterhub@{segment(host())}"
