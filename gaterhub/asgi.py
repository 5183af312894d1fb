"""The application as servers see it: pages and API by Django, sockets by the hub, start and stop by lifespan."""

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gaterhub.settings")
# Apps have to be ready before anything with a model in it is imported.
django.setup(set_prefix=False)

from consumers.routing import websocket_application  # noqa: E402
from gaterhub.api.body import BodyLimit, Receive, Send  # noqa: E402
from gaterhub.handler import OneHopHandler  # noqa: E402
from gaterhub.lifespan import lifespan, start_once  # noqa: E402
from instances.access.forwarding import resolve  # noqa: E402
from instances.spec import Limits  # noqa: E402

django_application = BodyLimit(OneHopHandler(), max_bytes=Limits().body_bytes)


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Serve one scope. A server without lifespan, such as daphne, has the hub started by its first scope."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    resolve(scope)
    await start_once()
    if scope["type"] == "http":
        await django_application(scope, receive, send)
    else:
        await websocket_application(scope, receive, send)
