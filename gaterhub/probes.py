"""Probes for whoever keeps the process running: is it alive, and should it get traffic."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from django.db import Error, InterfaceError, close_old_connections, connection
from django.http import HttpRequest, JsonResponse

from consumers.running import current_hub
from instances.broker import Unavailable
from instances.catalog import INSTANCES
from instances.groups import all_streams
from instances.journal.leading import leader
from instances.supervisor import home, instances

T = TypeVar("T")

ANSWER_SECONDS: Final = 2.5
"""Whoever probes gives up after some seconds."""


async def livez(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the event loop turns."""
    return JsonResponse({"status": "alive"})


async def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 where events can be taken and delivered, else 503; what isn't ready is named."""
    # All at once: the time in which one that hangs is given up is not to be added to the others'.
    database, streams, (sequencer, journal) = await asyncio.gather(
        _in_time(_database_answers, lambda: False),
        _streams_answer(),
        _in_time(_sequencer_leads, lambda: (None, "not ready: its database gives no answer")),
    )
    parts = {
        "hub": current_hub() is not None,
        "instances": all(instance.up for instance in instances().values()),
        "database": database,
        "streams": streams,
        # Evidence and alerts are taken without them, and neither sealed nor delivered.
        "sequencer": sequencer is None,
        "journal": journal is None,
    }
    ready = all(parts.values())
    told = {name: "ready" if is_ready else "not ready" for name, is_ready in parts.items()}
    told |= {name: why for name, why in (("sequencer", sequencer), ("journal", journal)) if why}
    return JsonResponse({"status": "ready" if ready else "not ready", **told}, status=200 if ready else 503)


async def _in_time(ask: Callable[[], T], otherwise: Callable[[], T]) -> T:
    """Ask in a thread; a database that hangs must not hold up the answer."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(ask), ANSWER_SECONDS)
    except TimeoutError:
        return otherwise()


def _database_answers() -> bool:
    close_old_connections()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    finally:
        close_old_connections()
    return True


def _sequencer_leads() -> tuple[str | None, str | None]:
    """Return why nothing is numbered, and why the journal can't go on as it is; None each where all is well."""
    close_old_connections()
    try:
        leading = leader()
    except (Error, InterfaceError) as error:
        return None, f"not ready: its database gives no answer ({type(error).__name__})"
    finally:
        close_old_connections()
    if leading is None:
        return "not ready: no process leads; `manage.py serve` and `manage.py worker` stand by", None
    return None, f"not ready: {leading.trouble}" if leading.trouble else None


async def _streams_answer() -> bool:
    here = home()
    if here is None:
        return False
    try:
        await here.broker.heads(all_streams(INSTANCES[0])[:1])
    except Unavailable:
        return False
    return True
