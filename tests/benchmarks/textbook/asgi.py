"""The baseline's ASGI application: no log-in, no session, no origin check, only the two consumers."""

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path

from tests.benchmarks.textbook.consumers import FollowerConsumer, PublisherConsumer

application = ProtocolTypeRouter(
    {
        "websocket": URLRouter(
            [
                path("follow/", FollowerConsumer.as_asgi()),
                path("publish/", PublisherConsumer.as_asgi()),
            ]
        )
    }
)
