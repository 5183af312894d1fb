"""The application as servers see it: pages and API by Django, sockets by the hub, start and stop by lifespan."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gaterhub.settings")
# Apps have to be ready before anything with a model in it is imported.
django_application = get_asgi_application()

from consumers.routing import websocket_application  # noqa: E402
from gaterhub.lifespan import lifespan, start_once  # noqa: E402

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Serve one scope. A server without lifespan, such as daphne, has the hub started by its first scope."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    await start_once()
    if scope["type"] == "http":
        await django_application(scope, receive, send)
    else:
        await websocket_application(scope, receive, send)
