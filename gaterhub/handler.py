"""Django's handler for ASGI, with a request's whole way through middleware and view in one hop to a thread."""

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class OneHopHandler(ASGIHandler):
    """Every view of ours is sync, so the middleware around it may be too.

    Django's own handler runs each middleware on the loop and hops to a thread and back for its every step: some
    fifteen hops for a request, which together cost more than all the rest of it.
    """

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request from the thread that Django keeps for it."""
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)
