import asyncio

import pytest
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from gaterhub.acts.middleware import CurrentRequestMiddleware, current_request


class TestCurrentRequestMiddleware:
    async def test_tells_each_of_several_requests_its_own(self) -> None:
        both = asyncio.Barrier(2)
        seen: dict[str, HttpRequest | None] = {}

        async def view(request: HttpRequest) -> HttpResponseBase:
            async with both:
                pass
            # A synchronous view runs on a thread, which has to know it, too.
            seen[request.path] = await sync_to_async(current_request)()
            return HttpResponse()

        middleware = CurrentRequestMiddleware(view)
        assert iscoroutinefunction(middleware)
        requests = [RequestFactory().get(path) for path in ("/a", "/b")]
        async with asyncio.timeout(5):
            await asyncio.gather(*(middleware(request) for request in requests))

        assert seen == {"/a": requests[0], "/b": requests[1]}
        assert current_request() is None

    def test_forgets_the_request_when_its_view_fails(self) -> None:
        def view(request: HttpRequest) -> HttpResponse:
            raise ValueError

        with pytest.raises(ValueError):
            CurrentRequestMiddleware(view)(RequestFactory().get("/"))

        assert current_request() is None
