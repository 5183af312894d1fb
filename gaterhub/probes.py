"""Probes for whoever keeps the process running: is it alive, and should it get traffic."""

import asyncio

from django.db import Error, close_old_connections, connection
from django.http import HttpRequest, JsonResponse

from consumers.running import current_hub
from instances.broker import Unavailable
from instances.catalog import INSTANCES
from instances.groups import all_streams
from instances.supervisor import home, instances


async def livez(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the event loop turns."""
    return JsonResponse({"status": "alive"})


async def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 where events can be taken and delivered, else 503; what isn't ready is named."""
    parts = {
        "hub": current_hub() is not None,
        "instances": all(instance.up for instance in instances().values()),
        "database": await asyncio.to_thread(_database_answers),
        "streams": await _streams_answer(),
    }
    ready = all(parts.values())
    told = {name: "ready" if is_ready else "not ready" for name, is_ready in parts.items()}
    return JsonResponse({"status": "ready" if ready else "not ready", **told}, status=200 if ready else 503)


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


async def _streams_answer() -> bool:
    here = home()
    if here is None:
        return False
    try:
        await here.broker.heads(all_streams(INSTANCES[0])[:1])
    except Unavailable:
        return False
    return True
