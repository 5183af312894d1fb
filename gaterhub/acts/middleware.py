"""Which request is being answered, for acts that are noticed far from it, such as the saving of a row."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Final

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

_request: Final[ContextVar[HttpRequest | None]] = ContextVar("gaterhub_request", default=None)

Answer = HttpResponseBase | Awaitable[HttpResponseBase]


def current_request() -> HttpRequest | None:
    """Return the request at hand, or None outside of one."""
    return _request.get()


class CurrentRequestMiddleware:
    """Stands after the authentication middleware. Takes sync and async alike, so that it costs no thread."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Answer]) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        if self._is_async:
            return self._acall(request)
        token = _request.set(request)
        try:
            return self._get_response(request)
        finally:
            _request.reset(token)

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        token = _request.set(request)
        try:
            response = self._get_response(request)
            assert not isinstance(response, HttpResponseBase)
            return await response
        finally:
            _request.reset(token)
