"""Addresses of the WebSocket."""

from typing import Final

from channels.routing import URLRouter
from django.urls import path

from consumers.sockets import EventSocket

websocket_application: Final = URLRouter([path("ws/v1/", EventSocket.as_asgi())])
