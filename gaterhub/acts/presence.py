"""The hub's coming and going, and while it runs the figures of its instances."""

import asyncio
import logging
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import django
import psutil
from django.conf import settings

from consumers.running import current_hub
from gaterhub.acts.commands import LONG_RUNNING, tell_command
from gaterhub.acts.denials import DENIALS, LOGINS
from gaterhub.acts.endings import ENDINGS
from gaterhub.acts.findings import tell_findings
from gaterhub.acts.telling import release, tell, told
from gaterhub.origin import host, segment
from instances.schemas import events, system
from instances.supervisor import instances

logger = logging.getLogger(__name__)

RATES_SECONDS: Final = 10.0
STATUS_SECONDS: Final = 15.0
"""Whoever follows `system` learns within a quarter of a minute that the hub is there."""
LAST_WORD_SECONDS: Final = 2.0
"""For what is still to be told when the hub stops; a broker that is out must not hold it up."""

_repeating: list[asyncio.Task[None]] = []


async def hub_started() -> None:
    """Tell that this process serves now.

    1. What was held back for it, the node, the hub's status, and the command that started it.
    2. What the system checks find, on a thread, because checks may take their time.
    3. From then on, every few seconds, how much each instance has carried and that the hub is running.
    """
    release()
    about = _about()
    tell(system.node_joined(node_name=segment(host()), **about))
    tell(system.started(component="gaterhub", status="started", **about))
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command in LONG_RUNNING:
        tell_command(command, "started", argument_count=len(sys.argv) - 2)
    await asyncio.to_thread(tell_findings)
    if not _repeating:
        _repeating.append(asyncio.create_task(_repeat(RATES_SECONDS, tell_rates), name="instance rates"))
        _repeating.append(asyncio.create_task(_repeat(STATUS_SECONDS, tell_status), name="hub status"))


async def hub_stopping() -> None:
    """Tell that this process serves no more, and wait a moment until that is published."""
    for task in _repeating:
        task.cancel()
    _repeating.clear()
    for counted in (DENIALS, LOGINS, ENDINGS):
        counted.flush()
    about = _about()
    tell(system.stopping(component="gaterhub", status="stopping", **about))
    tell(system.node_left(node_name=segment(host()), **about))
    await told(within_seconds=LAST_WORD_SECONDS)


async def _repeat(every_seconds: float, tell_it: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(every_seconds)
        try:
            tell_it()
        except Exception:
            logger.exception("The hub could not report about itself.")


def tell_rates() -> None:
    """Tell how much each instance has carried."""
    figures = {name: instance.snapshot() for name, instance in instances().items()}
    event = events.projection_updated(
        projection_name="instance_rates", projection="instance_rates", instances=rates_of(figures)
    )
    tell(event, log_level=None)


def tell_status() -> None:
    """Tell that the hub runs, for how long, and with how many connections."""
    hub = current_hub()
    event = system.running(
        component="gaterhub",
        node=host(),
        process=os.getpid(),
        status="running",
        uptime_seconds=round(time.time() - psutil.Process().create_time(), 1),
        connections=0 if hub is None else len(hub.connections),
    )
    tell(event, log_level=None)


def rates_of(figures: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return each instance's total and rate, of all processes."""
    return {
        name: {"total_events": each["total"], "events_per_second": each["rate_10s"], "up": each["up"]}
        for name, each in figures.items()
    }


def _about() -> dict[str, Any]:
    return {
        "node": host(),
        "process": os.getpid(),
        "version": settings.GATERHUB_VERSION,
        "python": platform.python_version(),
        "django": django.get_version(),
        "streams": "redis" if settings.REDIS_URL else "memory",
    }
